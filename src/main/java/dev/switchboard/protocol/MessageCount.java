package dev.switchboard.protocol;

import dev.switchboard.hub.Disconnect;
import dev.switchboard.protocol.Command.Method;

/**
 * MessageCount counts the commands of one message and refuses too many. Subscribes count apart,
 * because client libraries send the subscribes of all channels together.
 */
final class MessageCount {

    private static final int MAX_COMMANDS = 64;

    private static final int MAX_SUBSCRIBES = 1024;

    private final int maxBytes;
    private int subscribes;
    private int others;
    private int bytes; // of the others

    /** {@code maxBytes} holds for each command, and for the sum of all that are not subscribes. */
    MessageCount(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Counts the command, or refuses it by a {@link Disconnect}. */
    void add(Command command) {
        boolean subscribe = command.method == Method.SUBSCRIBE;
        if (subscribe ? ++subscribes > MAX_SUBSCRIBES : ++others > MAX_COMMANDS) {
            throw Disconnect.badRequest("too many commands in one message");
        }
        bytes += subscribe ? 0 : command.size;
        if (Math.max(bytes, command.size) > maxBytes) {
            throw Disconnect.MESSAGE_TOO_BIG;
        }
    }
}
