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
 * Renewals asks the application whether a client may stay when its grant has expired.
 *
 * <p>If the application does not answer, the client stays for a minute, and the application is
 * asked again. Any thread; nothing blocks.
 */
final class Renewals {

    private static final System.Logger LOG = System.getLogger(Renewals.class.getName());

    /** The grant if the application did not answer. */
    private static final RefreshGrant LATER = new RefreshGrant(60, null, null);

    /** The grant if too many requests to the application are open. */
    private static final RefreshGrant SOON = new RefreshGrant(1, null, null);

    private final Recipient client;
    private final Node node;

    Renewals(Recipient client, Node node) {
        this.client = client;
        this.node = node;
    }

    /** Returns the headers that the application wants, by the application's names. */
    Map<String, String> wantedHeaders(Map<String, String> headers) {
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

    /** Returns the time after which the application is asked, or the client is disconnected. */
    Duration connection(long ttl) {
        return ofConnections() ? ClientLimits.exactly(ttl) : node.limits().withGrace(ttl);
    }

    /** Returns the time as {@link #connection(long)} does, for a subscription. */
    Duration subscription(long ttl) {
        return ofSubscriptions() ? ClientLimits.exactly(ttl) : node.limits().withGrace(ttl);
    }

    /**
     * Gives the answer to {@code renew}, which may throw a refusal. If it is no, disconnects the
     * client.
     */
    void connection(Caller caller, Consumer<RefreshGrant> renew) {
        ask(() -> node.application().refresh(caller), renew, () -> client.disconnect(Disconnect.EXPIRED));
    }

    /**
     * Asks as {@link #connection(Caller, Consumer)} does, for a subscription; {@code end} ends it.
     */
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
                    if (cause instanceof Disconnect reason && !reason.equals(Disconnect.SUBSCRIPTION_EXPIRED)) {
                        client.disconnect(reason);
                    } else {
                        end.run();
                    }
                    return null;
                });
    }

    /** Returns a short grant if the application did not answer, else the refusal. */
    private static CompletionStage<RefreshGrant> extension(Throwable failure) {
        if (failure == ClientError.BUSY) {
            return CompletableFuture.completedStage(SOON);
        }
        boolean refused = failure instanceof Disconnect
                || failure instanceof ClientError && !failure.equals(ClientError.INTERNAL);
        return refused ? CompletableFuture.failedStage(failure) : CompletableFuture.completedStage(LATER);
    }
}
