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
 * Asks the application before a client does something, and tells the application what happened. The
 * default methods neither ask nor tell anything.
 *
 * <p>Any thread calls the methods, several threads at a time. No method blocks or throws, even if
 * the application does not answer. A stage completes on any thread, also before the method returns;
 * its dependents never block that thread.
 *
 * <p>A stage fails with a {@link ClientError} or a {@link Disconnect}, which the client then gets.
 * If the application gives no usable answer, the stage fails with {@link ClientError#INTERNAL}. If
 * too many requests wait for the application, the stage fails with {@link ClientError#BUSY}.
 *
 * <p>The relay calls {@link #subscribe} and {@link #publish} only for channels whose options say
 * so, and after the access policy has allowed it.
 */
public interface Application {

    /** Stands for no application. */
    Application NONE = new Application() {};

    /**
     * Describes a client to the application.
     *
     * @param client the id of the client
     * @param user the user of the client; empty if it is anonymous
     * @param address the IP address of the client; empty if it is unknown
     * @param transport the name of the transport
     * @param protocol the name of the encoding
     * @param headers those headers of the handshake that the application wants to see
     * @param commandHeaders those headers of the connect command that the application wants to see; the
     *     client may claim anything in them
     * @param meta JSON that the application attached to the client; null for none
     */
    record Caller(
            String client,
            String user,
            String address,
            String transport,
            String protocol,
            Map<String, List<String>> headers,
            Map<String, String> commandHeaders,
            @Nullable String meta) {

        /** Creates a caller without an address, headers of a connect command and meta. */
        public Caller(
                String client, String user, String transport, String protocol, Map<String, List<String>> headers) {
            this(client, user, "", transport, protocol, headers, Map.of(), null);
        }

        /** Returns the caller with the user and the meta of the identity. */
        public Caller as(Identity identity) {
            return new Caller(
                    client, identity.user(), address, transport, protocol, headers, commandHeaders, identity.meta());
        }
    }

    /** Returns the names of the headers that the application wants to see; each in one spelling. */
    default List<String> headers() {
        return List.of();
    }

    /**
     * Asks for the identity of a client that brings neither a token nor a login. Returns null if
     * the application does not want to be asked; then the access policy decides.
     */
    default @Nullable CompletionStage<ConnectGrant> connect(Caller caller, ConnectRequest request) {
        return null;
    }

    /**
     * Asks whether the client may be in the channel. {@code data} come from the subscribe command;
     * null for none.
     */
    default CompletionStage<SubscribeGrant> subscribe(Caller caller, String channel, @Nullable Payload data) {
        return CompletableFuture.completedStage(SubscribeGrant.PLAIN);
    }

    /** Asks what the relay publishes in the place of the data, which can be the same data. */
    default CompletionStage<PublishGrant> publish(Caller caller, String channel, Payload data) {
        return CompletableFuture.completedStage(PublishGrant.to(data));
    }

    /**
     * Calls a method of the application, with data or null. Completes with its answer, or with null
     * if the answer is empty. Fails with {@link ClientError#NOT_AVAILABLE} if the application has
     * no methods.
     */
    default CompletionStage<@Nullable Payload> rpc(Caller caller, String method, @Nullable Payload data) {
        return CompletableFuture.failedStage(ClientError.NOT_AVAILABLE.because(
                "the setting switchboard.hooks.rpc names no application that answers; see hooks.md"));
    }

    /**
     * Returns whether the relay asks {@link #refresh(Caller)} when a connection expires. If so,
     * clients do not refresh their connections.
     */
    default boolean renewsConnections() {
        return false;
    }

    /**
     * Returns whether the relay asks {@link #refresh(Caller, String)} when a subscription expires.
     * If so, clients do not refresh their subscriptions.
     */
    default boolean renewsSubscriptions() {
        return false;
    }

    /**
     * Asks for how long the client may stay connected. Fails with {@link Disconnect#EXPIRED} if it
     * may not stay.
     */
    default CompletionStage<RefreshGrant> refresh(Caller caller) {
        return CompletableFuture.failedStage(Disconnect.EXPIRED);
    }

    /**
     * Asks for how long the client may stay in the channel. Fails with
     * {@link Disconnect#SUBSCRIPTION_EXPIRED} if it may not stay.
     */
    default CompletionStage<RefreshGrant> refresh(Caller caller, String channel) {
        return CompletableFuture.failedStage(Disconnect.SUBSCRIPTION_EXPIRED);
    }

    /**
     * Tells that a client has disconnected, once for each client whose identity is known. Works in
     * memory only.
     */
    default void disconnected(Caller caller, int code, String reason) {}

    /**
     * Tells that a channel got its first client. The relay calls this and {@link #vacated} under a
     * lock, so that the calls for one channel come in order. Works in memory only.
     */
    default void occupied(String channel) {}

    /** Tells that a channel lost its last client, as {@link #occupied} does. */
    default void vacated(String channel) {}
}
