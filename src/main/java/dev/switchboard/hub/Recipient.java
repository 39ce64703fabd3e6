package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;

/** The client to which frames are sent, as far as the sending code knows it. Any thread. */
interface Recipient {

    Outbox outbox();

    /** Ends the client for that reason, without blocking. */
    void disconnect(Disconnect reason);

    /** Ends the client after an error of the relay, without blocking. */
    void failed(Throwable failure);
}
