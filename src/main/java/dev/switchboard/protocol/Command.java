package dev.switchboard.protocol;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One command as it was read, before anybody looked whether it makes sense (protocol section 3.1).
 *
 * <p>A framing fills in the members that the command's method has; the others keep their zero.
 */
final class Command {

    /** In the order in which the first one wins if a command holds several. */
    enum Method {
        CONNECT,
        SUBSCRIBE,
        UNSUBSCRIBE,
        PUBLISH,
        PRESENCE,
        PRESENCE_STATS,
        HISTORY,
        PING,
        SEND,
        RPC,
        REFRESH,
        SUB_REFRESH,
        /** No request at all, which is an answer to a ping. */
        PONG;

        private final String word = name().toLowerCase(Locale.ROOT);

        /** How requests and their results are called on the wire. */
        String word() {
            return word;
        }
    }

    private static final Disconnect NO_ID = Disconnect.badRequest("a command without an id");
    private static final Disconnect UNKNOWN = Disconnect.badRequest("unknown command");

    /** Unsigned 32 bits; 0 for a command that wants no answer. */
    long id;

    final Method method;

    String channel = "";
    String token = "";

    /** Of the method that is called, or of the client's software. */
    String name = "";

    /** Of the client's software. */
    String version = "";

    /** That a connect brings, as names and values. */
    Map<String, String> headers = Map.of();

    /** What is published, or what the application behind the relay is to know; null if the command has none. */
    @Nullable
    Payload data;

    boolean positioned;
    boolean recoverable;
    boolean joinLeave;
    boolean recover;

    /** The offset and epoch of a subscribe, or {@code since} of a history request, which is null if absent. */
    @Nullable
    Position position;

    /** A number is negative or does not fit, or the data has too many levels; the command is refused, not the connection. */
    boolean outOfRange;

    /** The channels in which the server had the client before, each with its position, null for one that is not to recover. */
    Map<String, @Nullable Position> before = Map.of();

    long flag;
    int type;
    String delta = "";

    /** A tags filter is there. */
    boolean filtered;

    /** One of the members of a publication into a map is there. */
    boolean map;

    int limit;
    boolean reverse;

    Command(Method method) {
        this.method = method;
    }

    /**
     * Gives it its id, 0 for none, when all of it was read.
     *
     * @throws Disconnect if the one of id and request is missing that belongs to the other
     */
    Command identified(long id) {
        if (method == Method.PONG && id != 0) {
            throw UNKNOWN;
        }
        if (method != Method.PONG && method != Method.SEND && id == 0) {
            throw NO_ID;
        }
        this.id = id;
        return this;
    }
}
