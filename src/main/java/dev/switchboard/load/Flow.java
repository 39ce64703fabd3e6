package dev.switchboard.load;

/** Decides which connection sends, and when. For the thread of the run. */
interface Flow {

    /** Begins a phase: messages sent from now on count. */
    void begin();

    /** Sends what is due. Returns the nanoseconds until the next message is due. */
    long sendDue();

    /** Ends the sending of the phase. Messages on their way still count. */
    void end();

    /**
     * Takes a message that a client received, perhaps not for the first time.
     *
     * @param sender counts from 0, but is any number in a message of another run
     * @param nanos when the message was sent, or was due, as {@link System#nanoTime} says it
     */
    void received(Connection receiver, int sender, int sequence, long nanos);

    /** Stops waiting for the messages that have not arrived. */
    void giveUp();
}
