package dev.switchboard.web;

import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How frames follow one another in the body of an answer that does not end. */
enum Layout {
    /** Each line of JSON with its end. */
    LINES("application/octet-stream"),
    /** Protobuf, which brings its lengths. */
    BYTES("application/octet-stream"),
    /** Each frame is the data of an event. */
    EVENTS("text/event-stream"),
    /** Each frame is a whole event. */
    RAW_EVENTS("text/event-stream");

    private static final byte[] PING = {':', '\n', '\n'};

    private final String type;

    Layout(String type) {
        this.type = type;
    }

    /** As {@code Content-Type} has it. */
    String type() {
        return type;
    }

    /** Tells proxies to pass on each frame as it comes. */
    void head(HttpServletResponse response) {
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-store, no-transform"); // to compress is to wait for more
        response.setHeader("X-Accel-Buffering", "no"); // nginx would wait for more, too
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
     * <p>An {@code EventSource} of a page knows no last word: an error keeps it from coming again for good, and nothing else does. Client
     * libraries go by their protocol's word, and take an error for a transport that does not work.
     */
    @Nullable
    Problem instead(Disconnect why) {
        if (why.isBadRequest()) {
            return Problem.of(400, why);
        }
        return this == RAW_EVENTS && why.isForGood() ? Problem.of(403, why) : null;
    }
}
