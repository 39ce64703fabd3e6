package dev.switchboard.hub;

import dev.switchboard.limits.ClientLimits;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.RefreshGrant;
import dev.switchboard.spi.Application.Caller;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Asks the application whether a client may stay when its time is over.
 *
 * <p>An application that does not answer lets it stay for a minute, after which it is asked again. Any thread; nothing blocks.
 */
final class Renewals {

    private static final System.Logger LOG = System.getLogger(Renewals.class.getName());

    private static final RefreshGrant LATER = new RefreshGrant(60, null, null);

    /** Where the application may owe no more answers: the turn of this one comes soon. */
    private static final RefreshGrant SOON = new RefreshGrant(1, null, null);

    private final Recipient client;
    private final Node node;

    Renewals(Recipient client, Node node) {
        this.client = client;
        this.node = node;
    }

    /** Returns of the headers those that the application wants to see, by its names for them. */
    Map<String, String> passedOn(Map<String, String> headers) {
        if (headers.isEmpty()) {
            return headers;
        }
        Map<String, String> passed = new LinkedHashMap<>();
        for (String wanted : node.application().headers()) {
            headers.forEach((name, value) -> {
                if (name.equalsIgnoreCase(wanted)) {
                    passed.put(wanted, value);
                }
            });
        }
        return Map.copyOf(passed);
    }

    /** Returns whether the application renews connections. */
    boolean ofConnections() {
        return node.application().renewsConnections();
    }

    /** Returns whether the application renews subscriptions. */
    boolean ofSubscriptions() {
        return node.application().renewsSubscriptions();
    }

    /** Returns how long the client is there before its renewal is due, or before it has to go. */
    Duration connection(long ttl) {
        return ofConnections() ? ClientLimits.exactly(ttl) : node.limits().withGrace(ttl);
    }

    /** As {@link #connection(long)}, of a subscription. */
    Duration subscription(long ttl) {
        return ofSubscriptions() ? ClientLimits.exactly(ttl) : node.limits().withGrace(ttl);
    }

    /** Gives the answer to {@code renew}, which may throw a refusal, or disconnects the client. */
    void connection(Caller caller, Consumer<RefreshGrant> renew) {
        ask(() -> node.application().refresh(caller), renew, () -> client.disconnect(Disconnect.EXPIRED));
    }

    /** As {@link #connection(Caller, Consumer)}, of a subscription; {@code end} takes the client out of the channel. */
    void subscription(Caller caller, String channel, Consumer<RefreshGrant> renew, Runnable end) {
        ask(() -> node.application().refresh(caller, channel), renew, end);
    }

    private void ask(Supplier<CompletionStage<RefreshGrant>> question, Consumer<RefreshGrant> renew, Runnable end) {
        CompletionStage<RefreshGrant> answer;
        try {
            answer = question.get();
        } catch (RuntimeException failure) {
            answer = CompletableFuture.failedStage(failure);
        }
        CompletionStage<?> unused = answer.exceptionallyCompose(failure -> extension(Failure.cause(failure)))
                .thenAccept(renew)
                .exceptionally(failure -> {
                    Throwable cause = Failure.cause(failure);
                    if (!(cause instanceof Disconnect) && !(cause instanceof ClientError)) {
                        LOG.log(System.Logger.Level.ERROR, "a renewal failed", cause);
                    }
                    if (Failure.cause(failure) instanceof Disconnect why
                            && !why.equals(Disconnect.SUBSCRIPTION_EXPIRED)) {
                        client.disconnect(why);
                    } else {
                        end.run();
                    }
                    return null;
                });
    }

    private static CompletionStage<RefreshGrant> extension(Throwable failure) {
        if (failure == ClientError.BUSY) {
            return CompletableFuture.completedStage(SOON);
        }
        boolean refused =
                failure instanceof Disconnect || failure instanceof ClientError && failure != ClientError.INTERNAL;
        return refused ? CompletableFuture.failedStage(failure) : CompletableFuture.completedStage(LATER);
    }
}
