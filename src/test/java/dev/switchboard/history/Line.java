package dev.switchboard.history;

/**
 * The client's end of one connection to a relay. Frames are text messages of the JSON protocol.
 *
 * <p>All methods return at once. Any thread.
 */
public interface Line {

    /**
     * Sends a frame, in the order of the calls. A line that has ended drops the frame. The listener
     * is never called on the thread of the caller.
     */
    void send(String frame);

    /** Stops reading, so that frames wait at the relay. One or two frames may still come. */
    void pause();

    void resume();

    /** Drops the connection without a close handshake. */
    void cut();

    /** Hears the frames of the relay, in their order, by one call at a time. */
    interface Listener {

        void text(String frame);

        /**
         * The connection has ended with this close code, 1006 if it broke without one. This is the
         * last call. After {@link Line#cut} it may be missing.
         */
        void closed(int code);
    }
}
