package dev.switchboard.web;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;

/**
 * Holds back the answer to a handshake until the session is open.
 *
 * <p>Payara 6.2025.9 and GlassFish 7 send the answer, and only then begin to listen. The first frame of
 * a fast client may come in between, and then {@link OpeningThread} is needed.
 */
final class LateAnswer extends HttpServletResponseWrapper {

    LateAnswer(HttpServletResponse response) {
        super(response);
    }

    /** Does nothing for the answer to a handshake; {@link #send} sends it. */
    @Override
    public void flushBuffer() throws IOException {
        if (getStatus() != SC_SWITCHING_PROTOCOLS) {
            super.flushBuffer();
        }
    }

    /** Sends the answer. For the thread that opens the session. */
    void send() throws IOException {
        super.flushBuffer();
    }
}
