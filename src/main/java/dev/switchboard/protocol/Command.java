package dev.switchboard.protocol;

import dev.switchboard.model.Disconnect;
import java.util.Locale;

/**
 * Command is one request of a client, and the id that the reply repeats (protocol section 3.1).
 *
 * @param id unsigned 32 bits; 0 for a command that gets no reply
 * @param outOfRange true if a number does not fit, or if the data has too many levels. The relay
 *     refuses such a command and keeps the connection
 */
record Command(long id, Request request, boolean outOfRange) {

    /**
     * The methods in the order of their precedence: if a command holds several, the first counts.
     */
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
        /** A command without a request, which answers a ping. */
        PONG;

        private final String word = name().toLowerCase(Locale.ROOT);

        /** Returns the name of the request and of its result in JSON. */
        String word() {
            return word;
        }
    }

    private static final Disconnect NO_ID = Disconnect.badRequest("a command without an id");
    private static final Disconnect UNKNOWN = Disconnect.badRequest("unknown command");

    /**
     * Throws a {@link Disconnect} if the request needs an id and has none, or if an id has no
     * request.
     */
    Command {
        boolean pong = request instanceof Request.Pong;
        if (pong && id != 0) {
            throw UNKNOWN;
        }
        if (!pong && !(request instanceof Request.Send) && id == 0) {
            throw NO_ID;
        }
    }
}
