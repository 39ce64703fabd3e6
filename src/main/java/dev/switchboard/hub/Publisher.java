package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.spi.AccessPolicy.Right;
import dev.switchboard.spi.Application.Caller;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Publisher gives each publication to the engine; nothing else in the relay publishes.
 *
 * <p>It looks the channel rule up once for a publication. If the rule says so, it asks the
 * application first, and then checks the rights again, because the answer may have taken its time.
 * A stage completes when the publication is on its way to all subscriptions, with its position, or
 * with null in a channel without history. It fails with a {@link ClientError} or a
 * {@link Disconnect}, which may also be thrown. Any thread; nothing blocks.
 */
final class Publisher {

    /**
     * A publication of a client.
     *
     * @param handedOver completes when the engine has the publication or the publication is
     *     refused; never fails
     * @param position completes when the publication is on its way
     */
    record Progress(CompletionStage<?> handedOver, CompletionStage<@Nullable Position> position) {}

    private static final CompletionStage<?> DONE = CompletableFuture.completedStage(null);

    private final Node node;
    private final Authorizer authorizer;

    Publisher(Node node, Authorizer authorizer) {
        this.node = node;
        this.authorizer = authorizer;
    }

    /**
     * Publishes for the application, whose rights are not checked.
     *
     * @throws ClientError {@link ClientError#UNKNOWN_CHANNEL} if no rule names the namespace
     */
    CompletionStage<@Nullable Position> publish(String channel, Publication publication, PublishOptions options) {
        ChannelReader.requireKnown(node, channel);
        return handOver(channel, publication, node.access().options(channel).retention(), options);
    }

    /**
     * Publishes for a client whose right was checked.
     *
     * @param caller the client, if the application is asked
     * @param check throws a refusal if the client may not publish any more; runs after the
     *     application's answer
     */
    Progress publish(Supplier<Caller> caller, String channel, Publication publication, Runnable check) {
        ChannelOptions rule = node.access().options(channel);
        if (!rule.questions().contains(Question.PUBLISH)) {
            return new Progress(DONE, handOver(channel, publication, rule.retention(), PublishOptions.PLAIN));
        }
        CompletionStage<CompletionStage<@Nullable Position>> published = node.application()
                .publish(caller.get(), channel, publication.data())
                .thenApply(grant -> {
                    check.run();
                    return handOver(channel, publication.with(grant), rule.retention(), grant.options());
                });
        return new Progress(published.handle((stage, failure) -> null), published.thenCompose(position -> position));
    }

    /**
     * Publishes one message of an HTTP request. Its sender has the rights of a client that is in
     * the channel, but is not visible there.
     *
     * @param sender the name of subscriptions that do not get the publication; empty for none
     */
    CompletionStage<@Nullable Position> publish(Peer peer, String channel, Payload data, String sender) {
        String id = UUID.randomUUID().toString();
        Caller unknown = new Caller(id, "", peer.address(), "http", "raw", peer.headers(), Map.of(), null);
        return authorizer
                .connect(unknown, peer.login(), "", ConnectRequest.NONE)
                .thenCompose(connect -> {
                    Identity identity = connect.identity();
                    node.revocations().require(identity);
                    Caller caller = unknown.as(identity);
                    return authorizer
                            .subscribe(caller, identity, channel, "", null)
                            .thenCompose(grant -> {
                                if (!node.access().allows(Right.PUBLISH, identity, channel, true)) {
                                    throw ClientError.PERMISSION_DENIED.because(
                                            node.access().refusal(Right.PUBLISH, identity, channel, true));
                                }
                                node.revocations().require(identity); // the application may have been asked
                                ClientInfo info = new ClientInfo(id, identity.user(), identity.info(), grant.info());
                                Publication publication = new Publication(data, info, null, Map.of(), sender);
                                return publish(
                                                () -> caller,
                                                channel,
                                                publication,
                                                () -> node.revocations().require(identity))
                                        .position();
                            });
                });
    }

    private CompletionStage<@Nullable Position> handOver(
            String channel, Publication given, Retention ruled, PublishOptions options) {
        node.counters()
                .traffic()
                .of(node.access().namespace(channel))
                .published(given.data().size());
        Publication publication = given.withTime(node.clock().millis());
        node.witness().published(channel, publication);
        Retention retention = options.skipHistory() ? Retention.NONE : ruled;
        return options.key().isEmpty()
                ? node.engine().publish(channel, publication, retention)
                : node.engine().publishOnce(options.key(), channel, publication, retention);
    }
}
