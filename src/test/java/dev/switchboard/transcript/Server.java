package dev.switchboard.transcript;

import java.time.Duration;

/** Whatever a transcript is played against. */
public interface Server {

    /** The secret with which it checks tokens; they are for the audience {@code switchboard}, from {@link #ISSUER}. */
    String SECRET = "change-me-change-me-change-me-change-me";

    String ISSUER = "https://login.example.com";

    /** Opens a connection to the endpoint below the root, such as {@code raw/news?echo=true}; see also {@link Dialect#isProtobuf}. */
    Line open(String endpoint) throws Exception;

    /** Lets time go by, and answers pings meanwhile. */
    void pass(Duration time);

    /** One connection. */
    interface Line extends AutoCloseable {

        void send(String message) throws Exception;

        /** The next line, of which a message may have several, or {@code close CODE REASON}; waits for it. */
        String next() throws Exception;

        /** Ends the connection without a word. */
        void cut() throws Exception;

        @Override
        default void close() throws Exception {
            cut();
        }
    }
}
