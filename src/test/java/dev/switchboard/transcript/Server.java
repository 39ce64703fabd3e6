package dev.switchboard.transcript;

import java.time.Duration;

/** A server against which a transcript is played. */
public interface Server {

    /**
     * The secret of tokens, whose audience is {@code switchboard} and whose issuer is
     * {@link #ISSUER}.
     */
    String SECRET = "change-me-change-me-change-me-change-me";

    String ISSUER = "https://login.example.com";

    /**
     * Opens a connection to an endpoint such as {@code raw/news?echo=true}; see
     * {@link Dialect#isProtobuf}.
     */
    Line open(String endpoint) throws Exception;

    /** Lets the time pass, and answers pings meanwhile. */
    void pass(Duration time);

    /** One connection. */
    interface Line extends AutoCloseable {

        void send(String message) throws Exception;

        /** Waits for the next line of a message, or {@code close CODE REASON}, and returns it. */
        String next() throws Exception;

        /** Ends the connection without a close handshake. */
        void cut() throws Exception;

        @Override
        default void close() throws Exception {
            cut();
        }
    }
}
