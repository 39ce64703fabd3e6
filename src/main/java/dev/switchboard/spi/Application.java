package dev.switchboard.spi;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.PublishGrant;
import dev.switchboard.model.RefreshGrant;
import dev.switchboard.model.SubscribeGrant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The application behind the relay: asked before things happen, and told after. As it stands here it is asked nothing and told nothing.
 *
 * <p>Methods return at once, however the application is; stages complete on any thread that nothing blocks, also before the method returns. A
 * stage fails with a {@link ClientError} or a {@link Disconnect}, which is the answer to the client; with {@link ClientError#INTERNAL} or {@link ClientError#BUSY}
 * if the application gave none.
 */
public interface Application {

    /** There is none. */
    Application NONE = new Application() {};

    /**
     * The client that wants something.
     *
     * @param user empty for one that is not known
     * @param address where it comes from, empty if that is not known
     * @param transport by which it came
     * @param protocol the word for what it speaks
     * @param headers of its handshake, those that are to be passed on
     * @param said headers that its connect command claims, of those that are to be passed on
     * @param meta what the application has said of it for its own use, JSON; null for nothing
     */
    record Caller(
            String client,
            String user,
            String address,
            String transport,
            String protocol,
            Map<String, List<String>> headers,
            Map<String, String> said,
            @Nullable String meta) {

        /** Without an address, headers of a connect command, and meta. */
        public Caller(
                String client, String user, String transport, String protocol, Map<String, List<String>> headers) {
            this(client, user, "", transport, protocol, headers, Map.of(), null);
        }

        /** The same client, of which the application has said who it is. */
        public Caller as(Identity who) {
            return new Caller(client, who.user(), address, transport, protocol, headers, said, who.meta());
        }
    }

    /** Returns the names of the headers that are to be passed on. */
    default List<String> headers() {
        return List.of();
    }

    /** Completes with the identity of the client; returns null if the application is not asked. */
    default @Nullable CompletionStage<ConnectGrant> connect(Caller caller, ConnectRequest words) {
        return null;
    }

    /** Whether it may be in the channel; {@code data} is what it says about that. */
    default CompletionStage<SubscribeGrant> subscribe(Caller caller, String channel, @Nullable Payload data) {
        return CompletableFuture.completedStage(SubscribeGrant.PLAIN);
    }

    /** What is to be published in its place, which may be the same. */
    default CompletionStage<PublishGrant> publish(Caller caller, String channel, Payload data) {
        return CompletableFuture.completedStage(PublishGrant.to(data));
    }

    /** What the method answers it, null for nothing; {@link ClientError#NOT_AVAILABLE} if there are no methods. */
    default CompletionStage<@Nullable Payload> rpc(Caller caller, String method, @Nullable Payload data) {
        return CompletableFuture.failedStage(ClientError.NOT_AVAILABLE);
    }

    /** Returns whether the application is asked to {@link #refresh(Caller)} connections, in place of their clients. */
    default boolean renewsConnections() {
        return false;
    }

    /** Returns whether the application is asked to {@link #refresh(Caller, String)} subscriptions, in place of their clients. */
    default boolean renewsSubscriptions() {
        return false;
    }

    /** For how much longer the client may stay; {@link Disconnect#EXPIRED} for no longer. */
    default CompletionStage<RefreshGrant> refresh(Caller caller) {
        return CompletableFuture.failedStage(Disconnect.EXPIRED);
    }

    /** As {@link #refresh(Caller)}, of its subscription; {@link Disconnect#SUBSCRIPTION_EXPIRED} for no longer. */
    default CompletionStage<RefreshGrant> refresh(Caller caller, String channel) {
        return CompletableFuture.failedStage(Disconnect.SUBSCRIPTION_EXPIRED);
    }

    /** A client that had connected has ended; memory only. */
    default void disconnected(Caller caller, int code, String reason) {}

    /** A channel got its first client; memory only, because it is called under a lock, as {@link #vacated} in the order in which it happens. */
    default void occupied(String channel) {}

    /** A channel lost its last client, who may be back in a moment. */
    default void vacated(String channel) {}
}
