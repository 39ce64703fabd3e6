package dev.switchboard.protocol;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ConnectResult;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.Payload;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.spi.Encoding;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Framing reads the commands of the client protocol, and writes the replies. It has no state, so
 * all connections share it.
 */
interface Framing extends Encoding {

    /** The version of the server in the reply to connect. */
    String VERSION = "switchboard";

    /**
     * Returns the commands of one message, at least one. If the message is malformed, the last
     * command cannot be read.
     *
     * @throws dev.switchboard.model.Disconnect if the message has no command, if it is text for
     *     Protobuf, or if it is bytes for JSON that are not UTF-8
     */
    Iterator<? extends EncodedCommand> commands(Frame message);

    /**
     * Returns true if a command has more than {@code maxBytes}. Throws as {@link #commands} does.
     */
    default boolean isTooLarge(Frame message, int maxBytes) {
        if (message.size() > maxBytes) {
            for (Iterator<? extends EncodedCommand> commands = commands(message); commands.hasNext(); ) {
                if (commands.next().size() > maxBytes) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Returns a reply with an error. */
    Frame error(long id, ClientError error);

    /**
     * Returns the reply to connect, or null if this framing cannot carry one of its publications.
     *
     * @param emulation null for a WebSocket
     */
    @Nullable
    Frame connected(long id, ConnectResult result, @Nullable Emulation emulation);

    /**
     * Returns the reply to refresh. {@code ttl} is in seconds, and 0 for a connection that does not
     * expire.
     */
    Frame refreshed(long id, String client, long ttl);

    /**
     * Returns the reply to subscribe, or null if this framing cannot carry one of its publications.
     */
    @Nullable
    Frame subscribed(long id, SubscribeResult result);

    /** Returns the reply to sub_refresh; {@code ttl} is as in {@link #refreshed}. */
    Frame subscriptionRefreshed(long id, long ttl);

    /** Returns an empty reply, for unsubscribe, publish and ping. */
    Frame done(long id, Command.Method method);

    /**
     * Returns the reply to rpc, or null if this framing cannot carry the result. The result may be
     * null.
     */
    @Nullable
    Frame called(long id, @Nullable Payload result);

    /** Returns the reply to presence; the keys are client ids. */
    Frame presence(long id, Map<String, ClientInfo> present);

    /** Returns the reply to presence_stats. */
    Frame presenceStats(long id, int clients, int users);

    /** Returns the reply to history, without the publications that this framing cannot carry. */
    Frame history(long id, History result);

    /**
     * Returns a time to live in 32 unsigned bits. A longer time becomes their maximum, 136 years.
     */
    static long seconds(long ttl) {
        return Math.min(ttl, 0xffff_ffffL);
    }
}
