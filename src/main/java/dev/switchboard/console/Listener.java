package dev.switchboard.console;

/**
 * Receives the events of a stream for one operator. Any thread calls it, also under a lock; it does
 * not block.
 */
public interface Listener {

    /**
     * Takes an event.
     *
     * @param name the name of the event; empty for none
     * @param id the id of the event; empty for none
     * @param json one line
     */
    void event(String name, String id, String json);

    /** Takes a sign of life. */
    void ping();

    /** Takes the end of the stream. */
    void end();
}
