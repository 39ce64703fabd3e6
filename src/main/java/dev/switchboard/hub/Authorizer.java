package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Application.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What the access policy, and after it the application, say to what somebody wants. */
final class Authorizer {

    private final AccessPolicy access;
    private final Application application;

    Authorizer(AccessPolicy access, Application application) {
        this.access = access;
        this.application = application;
    }

    /** Completes with the identity by the policy, or by the application if the policy knows nothing. */
    CompletionStage<ConnectGrant> connect(Caller caller, @Nullable Identity login, String token, ConnectRequest words) {
        CompletionStage<ConnectGrant> answer =
                access.isStranger(login, token) ? application.connect(caller, words) : null;
        return answer == null ? access.identify(login, token).thenApply(this::welcome) : answer;
    }

    /** Where the application renews connections, their clients need not. */
    private ConnectGrant welcome(Identity who) {
        return application.renewsConnections() ? ConnectGrant.once(who, null) : ConnectGrant.renewable(who);
    }

    /** Whether it may be in the channel; the application has the last word about whoever brings no token of its. */
    CompletionStage<SubscribeGrant> subscribe(
            Caller caller, Identity who, String channel, String token, @Nullable Payload data) {
        return access.admit(who, caller.client(), channel, token)
                .thenCompose(grant -> token.isEmpty() && asks(Question.SUBSCRIBE, channel)
                        ? application.subscribe(caller, channel, data)
                        : CompletableFuture.completedStage(grant));
    }

    /** Those of the channels in which the client may be without a token and without asking the application. */
    CompletionStage<List<String>> open(String client, Identity who, Set<String> channels) {
        CompletionStage<List<String>> open = CompletableFuture.completedStage(new ArrayList<>());
        for (String channel : channels) {
            if (!asks(Question.SUBSCRIBE, channel)) {
                CompletionStage<Boolean> admitted =
                        access.admit(who, client, channel, "").handle((grant, refused) -> refused == null);
                open = open.thenCombine(admitted, (others, may) -> {
                    if (may) {
                        others.add(channel);
                    }
                    return others;
                });
            }
        }
        return open;
    }

    /** Whether {@link #publish} asks somebody. */
    boolean isNeededToPublish(String channel) {
        return asks(Question.PUBLISH, channel);
    }

    /** A publication that may go out, and how. */
    record Approved(Publication publication, PublishOptions manner) {}

    /** The publication as it is to be, of one whom the policy allows it. */
    CompletionStage<Approved> publish(Caller caller, String channel, Publication publication) {
        return isNeededToPublish(channel)
                ? application
                        .publish(caller, channel, publication.data())
                        .thenApply(agreed -> new Approved(publication.with(agreed), agreed.options()))
                : CompletableFuture.completedStage(new Approved(publication, PublishOptions.PLAIN));
    }

    private boolean asks(Question question, String channel) {
        return access.options(channel).questions().contains(question);
    }
}
