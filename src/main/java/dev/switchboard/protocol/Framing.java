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

/** How commands and replies of the client protocol look on the wire; without state, shared by all connections that use it. */
interface Framing extends Encoding {

    /** What clients are told about the version of their server. */
    String VERSION = "switchboard";

    /**
     * Returns the commands of one message, at least one. Where the message is malformed, the last of them
     * cannot be read.
     *
     * @throws dev.switchboard.model.Disconnect if the message is of the other kind or has no command
     */
    Iterator<? extends EncodedCommand> commands(Frame message);

    /** Returns true if one of the commands has more than so many bytes; throws as {@link #commands}. */
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

    Frame error(long id, ClientError error);

    /** Null if this framing cannot carry a publication in it; {@code emulation} is null where commands come as replies go. */
    @Nullable
    Frame connected(long id, ConnectResult result, @Nullable Emulation emulation);

    /** {@code ttl} is 0 for a connection that does not expire. */
    Frame refreshed(long id, String client, long ttl);

    /** Null if this framing cannot carry a publication in it. */
    @Nullable
    Frame subscribed(long id, SubscribeResult result);

    Frame subscriptionRefreshed(long id, long ttl);

    /** An empty result, for unsubscribe, publish and ping. */
    Frame done(long id, Command.Method method);

    /** What a method answered, null for nothing; null if this framing cannot carry it. */
    @Nullable
    Frame called(long id, @Nullable Payload result);

    Frame presence(long id, Map<String, ClientInfo> present);

    Frame presenceStats(long id, int clients, int users);

    /** Leaves out publications that this framing cannot carry. */
    Frame history(long id, History result);

    /** A time as the schema has room for it, which is 136 years. */
    static long seconds(long ttl) {
        return Math.min(ttl, 0xffff_ffffL);
    }
}
