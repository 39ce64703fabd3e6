package dev.switchboard.api;

/** Ends the observation of channels when it is closed. Any thread. */
public interface Observation extends AutoCloseable {

    /**
     * Stops the observer. A call of it that has begun goes on; no other begins. The observer itself
     * may close the observation, and a second close does nothing.
     */
    @Override
    void close();
}
