package dev.switchboard.web;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Encodes frames for the body of a response that does not end. */
enum StreamFormat {
    /** JSON, with the end of each line. */
    LINES("application/octet-stream", "http_stream"),
    /** Protobuf, which contains its lengths. */
    BYTES("application/octet-stream", "http_stream"),
    /** Event streams in which each frame is the data of an event. */
    EVENTS("text/event-stream", "sse"),
    /** Event streams in which each frame is a whole event. */
    RAW_EVENTS("text/event-stream", "sse");

    private static final byte[] PING = {':', '\n', '\n'};

    private final String type;
    private final String transport;

    StreamFormat(String type, String transport) {
        this.type = type;
        this.transport = transport;
    }

    /** Returns the name of the transport. */
    String transport() {
        return transport;
    }

    /** Returns the value of {@code Content-Type}. */
    String type() {
        return type;
    }

    /** Sets the type, and the headers by which proxies forward each frame at once. */
    void head(HttpServletResponse response) {
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-store, no-transform"); // a proxy that compresses would wait for more
        response.setHeader("X-Accel-Buffering", "no"); // otherwise nginx waits for more
    }

    /** Returns the bytes of a frame. A ping is a comment. */
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
     * Returns the error that replaces a stream which ends before it has begun; null if the stream
     * has the last word alone.
     *
     * <p>An {@code EventSource} ignores the last word and reconnects, but after an error status it
     * never reconnects. Client libraries read the last word, and take an error status for a broken
     * transport.
     */
    @Nullable
    HttpError instead(Disconnect disconnect) {
        if (disconnect.isBadRequest()) {
            return HttpError.of(400, disconnect);
        }
        return this == RAW_EVENTS && disconnect.isForGood() ? HttpError.of(403, disconnect) : null;
    }
}
