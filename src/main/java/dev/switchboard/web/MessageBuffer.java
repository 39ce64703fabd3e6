package dev.switchboard.web;

import dev.switchboard.model.Frame;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Joins the parts of a message, up to a maximum size and a maximum number of parts.
 *
 * <p>A part is what a container delivers at a time: a fragment, or a piece of a large one. A buffer
 * belongs to one session, and one thread at a time uses it.
 */
final class MessageBuffer {

    private final int maxBytes;
    private final int maxParts;
    private final Consumer<Frame> onMessage;
    private final Runnable onTooBig;

    private final StringBuilder text = new StringBuilder(0);
    private ByteArrayOutputStream binary = new ByteArrayOutputStream(0);
    private int bytes;
    private int parts;
    private boolean overflowed;

    /** {@code onTooBig} runs once. After it all parts are dropped. */
    MessageBuffer(int maxBytes, int maxParts, Consumer<Frame> onMessage, Runnable onTooBig) {
        this.maxBytes = maxBytes;
        this.maxParts = maxParts;
        this.onMessage = onMessage;
        this.onTooBig = onTooBig;
    }

    void text(String part, boolean last) {
        if (!fits(Frame.utf8Size(part))) {
            return;
        }
        if (last && text.isEmpty()) {
            complete(new Frame.Text(part, bytes));
            return;
        }
        text.append(part);
        if (last) {
            complete(new Frame.Text(text.toString(), bytes));
        }
    }

    /** Copies the part, because containers use their buffers again. */
    void binary(ByteBuffer part, boolean last) {
        if (!fits(part.remaining())) {
            return;
        }
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        if (last && binary.size() == 0) {
            complete(Frame.binary(copy));
            return;
        }
        binary.writeBytes(copy);
        if (last) {
            complete(Frame.binary(binary.toByteArray()));
        }
    }

    /** Returns the bytes of the unfinished message. */
    int held() {
        return bytes;
    }

    private boolean fits(int size) {
        if (overflowed) {
            return false;
        }
        if (size > maxBytes - bytes || parts == maxParts) {
            overflowed = true;
            release();
            onTooBig.run();
            return false;
        }
        bytes += size;
        parts++;
        return true;
    }

    private void complete(Frame message) {
        release();
        onMessage.accept(message);
    }

    private void release() {
        text.setLength(0);
        text.trimToSize();
        if (binary.size() > 0) {
            binary = new ByteArrayOutputStream(0); // its reset() would keep the memory
        }
        bytes = 0;
        parts = 0;
    }
}
