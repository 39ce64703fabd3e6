package dev.switchboard.model;

import dev.switchboard.json.JsonText;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a transport writes at once: a text message, a binary message or a ping.
 *
 * <p>All clients that receive a frame share it. A frame never changes.
 */
public abstract sealed class Frame {

    /**
     * The bytes that a frame takes in an outbox beside its payload. They put a bound on empty
     * frames too.
     */
    public static final int OVERHEAD = 64;

    private volatile byte @Nullable [] wire;

    private Frame() {}

    /** Returns the size of the payload on the wire in bytes, without the header of the frame. */
    public abstract int size();

    /** Returns the text of a message. Returns null for bytes that are not UTF-8, and for a ping. */
    public @Nullable String text() {
        return null;
    }

    /**
     * Returns the bytes of the frame on a WebSocket (RFC 6455 section 5.2). The first caller runs
     * {@code encoder}, and all transports share the bytes. Callers must not change them. Any
     * thread.
     */
    public final byte[] wire(Function<Frame, byte[]> encoder) {
        byte[] known = wire;
        if (known == null) {
            known = encoder.apply(this);
            wire = known;
        }
        return known;
    }

    /** Holds a text message. */
    public static final class Text extends Frame {
        private final String text;
        private final int size;

        /** {@code size} is the length of the text in UTF-8, in bytes. */
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

    /** Holds a binary message. */
    public static final class Binary extends Frame {
        private final ByteBuffer bytes;

        private Binary(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        /**
         * Returns the bytes, read-only. A caller that reads them by position must duplicate the
         * buffer first.
         */
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

    /** Asks the client for a pong (RFC 6455 section 5.5.2). */
    public static final class Ping extends Frame {

        public static final Ping INSTANCE = new Ping();

        private Ping() {}

        @Override
        public int size() {
            return 0;
        }
    }

    /** Returns the text as a frame. */
    public static Frame text(String text) {
        return new Text(text, utf8Size(text));
    }

    /** Returns the bytes as a frame. The caller must not change the array afterwards. */
    public static Frame binary(byte[] bytes) {
        return new Binary(ByteBuffer.wrap(bytes).asReadOnlyBuffer());
    }

    /**
     * Returns the length of the text in UTF-8, in bytes. Each half of a surrogate pair counts as
     * two bytes. The sizes of the parts of a text therefore add up to its size.
     */
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
