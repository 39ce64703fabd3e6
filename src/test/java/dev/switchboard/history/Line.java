package dev.switchboard.history;

/** A client's end of one connection to a relay; the frames are text messages of the JSON protocol. All methods return at once and may be called from any thread. */
public interface Line {

    /** Frames go out in the order of the calls. The ear is never called on the caller's thread; a line that has ended drops the frame. */
    void send(String frame);

    /** Reads no more from the connection, so that the relay's frames pile up on its side; a frame or two may still come. */
    void pause();

    void resume();

    /** Drops the connection without a close handshake. */
    void cut();

    /** Hears what comes from the relay: one call at a time, in the order in which it was sent. */
    interface Ear {

        void text(String frame);

        /** The connection has ended with this close code, 1006 if it broke without one; comes once and last; after {@link Line#cut} it need not come. */
        void closed(int code);
    }
}
