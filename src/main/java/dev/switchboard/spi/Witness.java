package dev.switchboard.spi;

import dev.switchboard.model.Denial;
import dev.switchboard.model.Publication;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sees what the clients of this node do, for operators.
 *
 * <p>Any thread calls the methods, also under locks of the hub. So they use memory only, and never
 * block or throw.
 */
public interface Witness {

    /** Sees nothing. */
    Witness NONE = new Witness() {};

    /**
     * Names a client.
     *
     * @param user empty if the client is anonymous, or not identified yet
     * @param address empty if it is unknown
     */
    record Subject(String client, String user, String address) {}

    /** A publication of a client or of the application was given to the engine. */
    default void published(String channel, Publication publication) {}

    /** A publication was queued for so many clients of this node. */
    default void delivered(String channel, Publication publication, int clients) {}

    /**
     * Returns what is told of each client for which the publication is queued. Returns null if that
     * is of no interest, which is common.
     */
    default @Nullable Consumer<Subject> deliveries(String channel, Publication publication) {
        return null;
    }

    /** A client was let in. */
    default void connected(Subject client) {}

    /** The subscription of a client is live. */
    default void subscribed(Subject client, String channel) {}

    /** A client has left a channel. */
    default void unsubscribed(Subject client, String channel) {}

    /** A command was refused; the channel may be empty. */
    default void refused(Subject client, String channel, Denial why) {}

    /** The connection of a client has ended; the reason may be empty. */
    default void disconnected(Subject client, int code, String reason) {}
}
