package dev.switchboard.hub;

import java.nio.ByteBuffer;

/** What a transport writes at a time: a message, text or binary, as it came, or a ping; shared by all who receive it, so it never changes. */
public sealed interface Frame {

    /** The payload's bytes on the wire, without the frame's header. */
    int size();

    /** A text message; {@code size} is its length in UTF-8. */
    record Text(String text, int size) implements Frame {}

    /** A binary message; the buffer is read-only, and whoever reads it duplicates it first. */
    record Binary(ByteBuffer bytes) implements Frame {

        @Override
        public int size() {
            return bytes.remaining();
        }
    }

    /** A control frame that asks the other side for a sign of life (RFC 6455 section 5.5.2). */
    record Ping() implements Frame {

        public static final Ping INSTANCE = new Ping();

        @Override
        public int size() {
            return 0;
        }
    }

    static Frame text(String text) {
        return new Text(text, utf8Size(text));
    }

    /** Takes the array over: the caller no longer touches it. */
    static Frame binary(byte[] bytes) {
        return new Binary(ByteBuffer.wrap(bytes).asReadOnlyBuffer());
    }

    /** The length of the text in UTF-8; a half of a surrogate pair counts two, so that the parts of a text add up wherever it was cut. */
    static int utf8Size(String text) {
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
