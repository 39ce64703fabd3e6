package dev.switchboard.spi;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Decides which client may do what.
 *
 * <p>Methods return at once; stages complete on any thread, also before the method returns. A stage fails with a {@link ClientError} or a
 * {@link Disconnect}, which is the answer to the client.
 */
public interface AccessPolicy {

    /** What a client may want of a channel besides being in it. */
    enum Right {
        PUBLISH,
        /** Publish bytes that are not JSON, which not every subscriber can receive. */
        PUBLISH_BINARY,
        PRESENCE,
        HISTORY
    }

    /** Whether nothing says who comes, neither a login that counts nor a token. */
    boolean isStranger(@Nullable Identity login, String token);

    /**
     * Completes with the identity of a connection token, empty for none, or of a login of the container, null for none.
     *
     * <p>Fails with {@link ClientError#TOKEN_EXPIRED} for one out of its time, {@link Disconnect#INVALID_TOKEN} for one that is no token of ours,
     * {@link ClientError#UNAUTHORIZED} where one is needed and none came.
     */
    CompletionStage<Identity> identify(@Nullable Identity login, String token);

    /**
     * Whether the client of that id may be in the channel; {@code token} is a subscription token, empty for none.
     *
     * <p>Fails with {@link ClientError#PERMISSION_DENIED}, also for a token that is not for this user, client and channel, or with
     * {@link ClientError#TOKEN_EXPIRED}.
     */
    CompletionStage<SubscribeGrant> admit(Identity who, String client, String channel, String token);

    /** Returns false for a channel that no token and no application may open for this client. */
    default boolean isMeantFor(Identity who, String channel) {
        return true;
    }

    /** Whether the client may do this in the channel, {@code subscribed} or from outside. */
    boolean allows(Right right, Identity who, String channel, boolean subscribed);

    /** Whether the channel's namespace exists; one without a namespace always does. */
    boolean knows(String channel);

    /** What the channel offers; for an unknown namespace that of the defaults. */
    ChannelOptions options(String channel);
}
