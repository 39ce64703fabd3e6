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

    /**
     * Returns the one channel that the client is bound to, or null if the client chooses its
     * channels. The channel may be a bad name, because the client has sent it.
     */
    @Nullable
    String channel();

    /**
     * Returns the session id that a client without WebSocket got, which is a secret; empty for a
     * WebSocket.
     */
    default String session() {
        return "";
    }

    /** Returns the encoding of what the client is sent without having asked. */
    Encoding encoding();

    /** Begins with a client, before the client's first message. */
    void open(Client client);

    /**
     * Handles a whole message. If it throws a {@link Disconnect}, the client ends with that; after
     * any other exception the client ends with {@link Disconnect#INTERNAL_ERROR}.
     */
    void receive(Client client, Frame frame);
}
