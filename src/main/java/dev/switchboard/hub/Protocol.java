package dev.switchboard.hub;

import org.jspecify.annotations.Nullable;

/** What one client speaks: turns its frames into the client's verbs. Called by one thread at a time for a client. */
public interface Protocol {

    /** The one channel that its client is bound to, for the log; null if the client chooses its channels. Foreign text, possibly a bad name. */
    @Nullable
    String channel();

    /** The client is there; whatever it sends comes after this. */
    void open(Client client);

    /** A whole message came. An exception ends the client with {@link Disconnect#INTERNAL_ERROR}. */
    void receive(Client client, Frame frame);
}
