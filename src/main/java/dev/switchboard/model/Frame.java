package dev.switchboard.model;

import dev.switchboard.json.JsonText;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a transport writes at a time: a message, text or binary, as it came, or a ping; shared by all who receive it, so it never changes. */
public abstract sealed class Frame {

    /** The bytes that a frame costs in an outbox beyond its payload, so that empty frames have a bound as well. */
    public static final int OVERHEAD = 64;

    private volatile byte @Nullable [] wire;

    private Frame() {}

    /** The payload's bytes on the wire, without the frame's header. */
    public abstract int size();

    /** Returns the text of a message, also of bytes in UTF-8; null if it is none. */
    public @Nullable String text() {
        return null;
    }

    /**
     * Returns the bytes of the frame on a WebSocket (RFC 6455 section 5.2). The first caller encodes
     * them, and all transports share them. They must not be changed.
     */
    public final byte[] wire(Function<Frame, byte[]> encoder) {
        byte[] known = wire;
        if (known == null) {
            known = encoder.apply(this);
            wire = known;
        }
        return known;
    }

    /** A text message. */
    public static final class Text extends Frame {
        private final String text;
        private final int size;

        /** {@code size} is its length in UTF-8. */
        public Text(String text, int size) {
            this.text = text;
            this.size = size;
        }

        @Override
        public String text() {
            return text;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Text same && same.text.equals(text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }

        @Override
        public String toString() {
            return "text of " + size + " bytes";
        }
    }

    /** A binary message. */
    public static final class Binary extends Frame {
        private final ByteBuffer bytes;

        private Binary(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        /** Read-only, and whoever reads it duplicates it first. */
        public ByteBuffer bytes() {
            return bytes;
        }

        @Override
        public @Nullable String text() {
            return JsonText.utf8(bytes);
        }

        @Override
        public int size() {
            return bytes.remaining();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Binary same && same.bytes.equals(bytes);
        }

        @Override
        public int hashCode() {
            return bytes.hashCode();
        }

        @Override
        public String toString() {
            return "binary of " + size() + " bytes";
        }
    }

    /** A control frame that asks the other side for a sign of life (RFC 6455 section 5.5.2). */
    public static final class Ping extends Frame {

        public static final Ping INSTANCE = new Ping();

        private Ping() {}

        @Override
        public int size() {
            return 0;
        }
    }

    public static Frame text(String text) {
        return new Text(text, utf8Size(text));
    }

    /** Takes the array over: the caller no longer touches it. */
    public static Frame binary(byte[] bytes) {
        return new Binary(ByteBuffer.wrap(bytes).asReadOnlyBuffer());
    }

    /** The length of the text in UTF-8; a half of a surrogate pair counts two, so that the parts of a text add up wherever it was cut. */
    public static int utf8Size(String text) {
        int size = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                size += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return size;
    }
}
