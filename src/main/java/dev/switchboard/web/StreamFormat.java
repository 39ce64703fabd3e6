package dev.switchboard.web;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How frames follow one another in the body of an answer that does not end. */
enum StreamFormat {
    /** Each line of JSON with its end. */
    LINES("application/octet-stream", "http_stream"),
    /** Protobuf, which brings its lengths. */
    BYTES("application/octet-stream", "http_stream"),
    /** Each frame is the data of an event. */
    EVENTS("text/event-stream", "sse"),
    /** Each frame is a whole event. */
    RAW_EVENTS("text/event-stream", "sse");

    private static final byte[] PING = {':', '\n', '\n'};

    private final String type;
    private final String transport;

    StreamFormat(String type, String transport) {
        this.type = type;
        this.transport = transport;
    }

    /** Returns the word for the transport. */
    String transport() {
        return transport;
    }

    /** As {@code Content-Type} has it. */
    String type() {
        return type;
    }

    /** Sets the type, and the headers that make proxies pass on each frame at once. */
    void head(HttpServletResponse response) {
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-store, no-transform"); // a proxy that compresses waits for more
        response.setHeader("X-Accel-Buffering", "no"); // nginx waits for more without it
    }

    byte[] bytes(Frame frame) {
        if (frame instanceof Frame.Binary binary) {
            ByteBuffer bytes = binary.bytes().duplicate();
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return copy;
        }
        return frame instanceof Frame.Text text ? text(text.text()).getBytes(StandardCharsets.UTF_8) : PING;
    }

    private String text(String text) {
        return switch (this) {
            case LINES -> text + "\n";
            case EVENTS -> "data: " + text.replace("\n", "\ndata: ") + "\n\n";
            case BYTES, RAW_EVENTS -> text;
        };
    }

    /**
     * What to answer instead of a stream that ends before it has begun; null if its last word tells enough.
     *
     * <p>An {@code EventSource} ignores the last word. It reconnects for ever, and stops for ever at
     * an error. Client libraries read the last word, and take an error for a broken transport.
     */
    @Nullable
    HttpError instead(Disconnect why) {
        if (why.isBadRequest()) {
            return HttpError.of(400, why);
        }
        return this == RAW_EVENTS && why.isForGood() ? HttpError.of(403, why) : null;
    }
}
