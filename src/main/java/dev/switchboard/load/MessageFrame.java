package dev.switchboard.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Holds the frame in which a client sends its messages, and writes the stamp of each message.
 *
 * <p>All messages have the same masking key. A new key for each message protects proxies from a
 * client that chooses its bytes (RFC 6455 section 10.3), which this client does not.
 */
final class MessageFrame {

    private static final int LAST = 0x80;
    private static final int MASKED = 0x80;
    private static final byte FILLER = 'x';

    private final ByteBuffer frame;
    private final int stampAt;

    /** The masking key, twice, as it falls on the stamp. */
    private final long mask;

    /** {@code size} is the bytes of the message, without the text before and after it. */
    MessageFrame(String before, int size, String after) {
        byte[] head = before.getBytes(StandardCharsets.UTF_8);
        byte[] tail = after.getBytes(StandardCharsets.UTF_8);
        byte[] payload = new byte[head.length + size + tail.length];
        Arrays.fill(payload, FILLER);
        System.arraycopy(head, 0, payload, 0, head.length);
        System.arraycopy(tail, 0, payload, head.length + size, tail.length);
        int key = ThreadLocalRandom.current().nextInt();
        ByteBuffer whole = masked(FrameReader.TEXT, payload, key);
        frame = ByteBuffer.allocateDirect(whole.remaining()).put(whole).flip();
        stampAt = frame.limit() - payload.length + head.length;
        int turned = Integer.rotateLeft(key, Byte.SIZE * (head.length % Integer.BYTES));
        mask = (long) turned << 32 | turned & 0xFFFFFFFFL;
    }

    /** Returns the frame with this stamp. The buffer is the same for each message. */
    ByteBuffer stamped(int sender, int sequence, long nanos) {
        Stamp.put(frame, stampAt, mask, sender, sequence, nanos);
        return frame.rewind();
    }

    /** Returns a masked frame of any kind. */
    static ByteBuffer of(int opcode, byte[] payload) {
        return masked(opcode, payload, ThreadLocalRandom.current().nextInt());
    }

    private static ByteBuffer masked(int opcode, byte[] payload, int key) {
        ByteBuffer out = ByteBuffer.allocate(payload.length + 14).put((byte) (LAST | opcode));
        if (payload.length < 126) {
            out.put((byte) (MASKED | payload.length));
        } else if (payload.length < 65_536) {
            out.put((byte) (MASKED | 126)).putShort((short) payload.length);
        } else {
            out.put((byte) (MASKED | 127)).putLong(payload.length);
        }
        out.putInt(key);
        for (int i = 0; i < payload.length; i++) {
            out.put((byte) (payload[i] ^ key >>> Byte.SIZE * (3 - i % Integer.BYTES)));
        }
        return out.flip();
    }
}
