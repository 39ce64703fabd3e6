package dev.switchboard.hub;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The application behind the relay: asked before things happen, and told after. As it stands here it is asked nothing and told nothing.
 *
 * <p>Methods return at once, however the application is; stages complete on any thread that nothing blocks, also before the method returns. A
 * stage fails with a {@link ClientError} or a {@link Disconnect}, which is the answer to the client; with {@link ClientError#INTERNAL} if the
 * application gave none.
 */
public interface Application {

    /** There is none. */
    Application NONE = new Application() {};

    /**
     * The client that wants something.
     *
     * @param user empty for one that is not known
     * @param transport by which it came
     * @param protocol the word for what it speaks
     * @param headers of its handshake, those that are to be passed on
     */
    record Caller(String client, String user, String transport, String protocol, Map<String, List<String>> headers) {}

    /** Who it is, {@code data} being what it says of itself; null if the application is not asked that. */
    default @Nullable CompletionStage<Welcome> connect(Caller caller, @Nullable Payload data) {
        return null;
    }

    /** Whether it may be in the channel; {@code data} is what it says about that. */
    default CompletionStage<Grant> subscribe(Caller caller, String channel, @Nullable Payload data) {
        return CompletableFuture.completedStage(Grant.PLAIN);
    }

    /** What is to be published in its place, which may be the same. */
    default CompletionStage<Payload> publish(Caller caller, String channel, Payload data) {
        return CompletableFuture.completedStage(data);
    }

    /** What the method answers it; {@link ClientError#NOT_AVAILABLE} if there are no methods. */
    default CompletionStage<Payload> rpc(Caller caller, String method, @Nullable Payload data) {
        return CompletableFuture.failedStage(ClientError.NOT_AVAILABLE);
    }

    /** A client that had connected has ended; memory only. */
    default void disconnected(Caller caller, int code, String reason) {}

    /** A channel got its first client; memory only, because it is called under a lock, as {@link #vacated} in the order in which it happens. */
    default void occupied(String channel) {}

    /** A channel lost its last client, who may be back in a moment. */
    default void vacated(String channel) {}
}
