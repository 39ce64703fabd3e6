package dev.switchboard.load;

import java.net.ProtocolException;
import java.nio.ByteBuffer;

/**
 * Reads the frames of a server in the buffer, in pieces of any size (RFC 6455 section 5.2). For one
 * thread.
 */
final class FrameReader {

    static final int TEXT = 1;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    private static final int CONTINUATION = 0;
    private static final int LAST = 0x80;
    private static final int RESERVED = 0x70;
    private static final int OPCODE = 0x0F;
    private static final int LONGEST_CONTROL = 125;

    /** Takes the payload of frames. */
    interface Listener {

        /**
         * Takes a piece of a message, which lies between the two indices; {@code complete} marks
         * the last piece. Returns the index up to which the piece is understood. The bytes from
         * there on come again with the next piece, unless the piece is the last.
         */
        int payload(ByteBuffer in, int from, int to, boolean complete) throws ProtocolException;

        /** Takes a whole control frame. */
        void control(int opcode, ByteBuffer in, int from, int length);
    }

    private final Listener listener;

    /** The bytes that are still to come of the frame that is being read. */
    private long left;

    /** Whether that frame is the last of its message. */
    private boolean last = true;

    /**
     * The bytes of the message, from the position of the buffer on, that are not understood yet.
     */
    private int kept;

    FrameReader(Listener listener) {
        this.listener = listener;
    }

    /**
     * Reads the bytes of the buffer. The bytes that remain in it must stand before the next ones;
     * they may have changed.
     */
    void read(ByteBuffer in) throws ProtocolException {
        while (left > 0 || header(in)) {
            int from = in.position();
            int arrived = (int) Math.min(left, in.remaining() - kept);
            int to = from + kept + arrived;
            left -= arrived;
            boolean complete = last && left == 0;
            int understood = listener.payload(in, from, to, complete);
            kept = complete ? 0 : to - understood;
            in.position(to - kept);
            if (left > 0) {
                return;
            }
        }
    }

    /**
     * Reads the header of the next frame of a message, and the control frames before it. Returns
     * false if the header is not complete.
     */
    private boolean header(ByteBuffer in) throws ProtocolException {
        while (true) {
            int at = in.position() + kept;
            int arrived = in.limit() - at;
            if (arrived < 2) {
                return false;
            }
            int first = in.get(at);
            int second = in.get(at + 1);
            int size = second == 126 ? 4 : second == 127 ? 10 : 2;
            if (arrived < size) {
                return false;
            }
            long length = size == 2 ? second : size == 4 ? in.getShort(at + 2) & 0xFFFF : in.getLong(at + 2);
            if (second < 0 || length < 0 || (first & RESERVED) != 0) { // masked, too long, or compressed
                throw new ProtocolException("the server sent a malformed frame");
            }
            int opcode = first & OPCODE;
            if (opcode < CLOSE) {
                if ((opcode == CONTINUATION) == last) {
                    throw new ProtocolException("the server sent frames out of order");
                }
                closeGap(in, size);
                last = (first & LAST) != 0;
                left = length;
                return true;
            }
            if (length > LONGEST_CONTROL) {
                throw new ProtocolException("the server sent a control frame that is too long");
            }
            if (arrived < size + length) {
                return false;
            }
            listener.control(opcode, in, at + size, (int) length);
            closeGap(in, size + (int) length);
        }
    }

    /** Moves the kept bytes to the rest of their message, over the bytes between them. */
    private void closeGap(ByteBuffer in, int gap) {
        int from = in.position();
        for (int i = from + kept - 1; i >= from; i--) {
            in.put(i + gap, in.get(i));
        }
        in.position(from + gap);
    }
}
