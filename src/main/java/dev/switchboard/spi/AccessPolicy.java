package dev.switchboard.spi;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Reason;
import dev.switchboard.model.SubscribeGrant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Decides what each client may do.
 *
 * <p>Any thread calls the methods, several threads at a time. No method blocks or throws. A stage
 * completes on any thread, also before the method returns. A stage never completes with null. It
 * fails with a {@link ClientError} or a {@link Disconnect}, which the client then gets.
 *
 * <p>A channel name is never empty. A token is the empty text if the client sent none.
 */
public interface AccessPolicy {

    /** Names what a client can do in a channel beside subscribing to it. */
    enum Right {
        /** The client publishes. */
        PUBLISH,
        /** The client publishes bytes that are not JSON, which not every subscriber can receive. */
        PUBLISH_BINARY,
        /** The client reads the presence of the channel. */
        PRESENCE,
        /** The client reads the history of the channel. */
        HISTORY
    }

    /**
     * Returns whether the client brings no proof of its user: neither a token, nor a login that
     * this policy accepts. Only then can the application name the user.
     *
     * @param login the login of the container; null for none
     * @param token the connection token; empty for none
     */
    boolean isStranger(@Nullable Identity login, String token);

    /**
     * Completes with the identity of a client that connects or refreshes its connection.
     *
     * <p>Fails with {@link ClientError#TOKEN_EXPIRED} if the token is expired or not yet valid.
     * Fails with {@link Disconnect#INVALID_TOKEN} if the token is not a token for this relay. Fails
     * with {@link ClientError#UNAUTHORIZED} if the client needs a token or a login and brings none.
     *
     * @param login the login of the container; null for none
     * @param token the connection token; empty for none
     */
    CompletionStage<Identity> identify(@Nullable Identity login, String token);

    /**
     * Completes with the grant of a client that subscribes to the channel or refreshes its
     * subscription.
     *
     * <p>Fails with {@link ClientError#PERMISSION_DENIED} if the client may not be in the channel,
     * or if the token is not for this user, client and channel. Fails with
     * {@link ClientError#TOKEN_EXPIRED} if the token is expired or not yet valid.
     *
     * @param client the id of the client
     * @param token the subscription token; empty for none
     */
    CompletionStage<SubscribeGrant> admit(Identity identity, String client, String channel, String token);

    /**
     * Returns false if the client may never be in the channel, whatever a token or the application
     * says.
     */
    default boolean isMeantFor(Identity identity, String channel) {
        return true;
    }

    /**
     * Returns whether the client has the right; {@code subscribed} says whether it is in the
     * channel.
     */
    boolean allows(Right right, Identity identity, String channel, boolean subscribed);

    /** Returns why {@link #allows} is false, for the log. */
    default Reason refusal(Right right, Identity identity, String channel, boolean subscribed) {
        return Reason.NONE;
    }

    /**
     * Returns the rule that holds for the channel in words for the log, or says that none names its
     * namespace.
     */
    default String rule(String channel) {
        return "the channel rule";
    }

    /**
     * Completes with what a client may do in the channel, and because of what. Nothing is counted,
     * and a token for one use stays unused.
     *
     * @param user the user, empty for none; a valid connection token names another
     * @param token a connection token, or a subscription token for the channel; empty for none
     */
    default CompletionStage<Explanation> explain(String user, String channel, String token) {
        return CompletableFuture.failedStage(ClientError.METHOD_NOT_FOUND);
    }

    /** Returns whether the namespace of the channel exists, or the channel has no namespace. */
    boolean knows(String channel);

    /**
     * Returns the namespace of the channel for metrics, as the rules name it. Returns null if the
     * rules do not name it, because clients choose the names of channels.
     */
    default @Nullable String namespace(String channel) {
        return null;
    }

    /** Returns what the channel offers. In an unknown namespace, a channel offers the defaults. */
    ChannelOptions options(String channel);
}
