package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.spi.Encoding;
import org.jspecify.annotations.Nullable;

/**
 * What one client speaks: turns its frames into the client's verbs. A WebSocket calls it by one
 * thread at a time. Without WebSocket, several threads may bring messages of one client at once.
 */
public interface Protocol {

    /** The one channel that its client is bound to, for the log; null if the client chooses its channels. Foreign text, possibly a bad name. */
    @Nullable
    String channel();

    /**
     * Returns the session id that a client without WebSocket got, which is a secret; empty for a
     * WebSocket.
     */
    default String session() {
        return "";
    }

    /** How its client is told what it did not ask for. */
    Encoding encoding();

    /** The client is there; whatever it sends comes after this. */
    void open(Client client);

    /**
     * A whole message came. A {@link Disconnect} ends the client, any other exception ends it with {@link Disconnect#INTERNAL_ERROR}.
     */
    void receive(Client client, Frame frame);
}
