package dev.switchboard.load;

import java.net.ProtocolException;
import java.nio.ByteBuffer;

/** Takes the frames of a server apart where they lie, however they are cut (RFC 6455 section 5.2). */
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

    /** What is made of the frames. */
    interface Ear {

        /**
         * A piece of a message, which lies between the two places; {@code complete} if it is the last. Returns up to where it was understood: what
         * lies behind that comes again, with what follows, but nothing of a last piece.
         */
        int payload(ByteBuffer in, int from, int to, boolean complete) throws ProtocolException;

        void control(int opcode, ByteBuffer in, int from, int length);
    }

    private final Ear ear;

    /** What is still to come of the frame that is being read. */
    private long left;

    /** Whether that frame is the last of its message. */
    private boolean last = true;

    /** Bytes of its message at the position of the buffer that the ear has not understood yet. */
    private int kept;

    FrameReader(Ear ear) {
        this.ear = ear;
    }

    /** Reads on. What remains in the buffer must stand before what comes next, and its bytes may have changed. */
    void read(ByteBuffer in) throws ProtocolException {
        while (left > 0 || header(in)) {
            int from = in.position();
            int arrived = (int) Math.min(left, in.remaining() - kept);
            int to = from + kept + arrived;
            left -= arrived;
            boolean complete = last && left == 0;
            int understood = ear.payload(in, from, to, complete);
            kept = complete ? 0 : to - understood;
            in.position(to - kept);
            if (left > 0) {
                return;
            }
        }
    }

    /** False if the next frame has not begun. Control frames are done with on the way, for they may stand within a message. */
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
                throw new ProtocolException("the server sent a frame that is none");
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
            ear.control(opcode, in, at + size, (int) length);
            closeGap(in, size + (int) length);
        }
    }

    /** Moves what is kept over what stands between it and the rest of its message. */
    private void closeGap(ByteBuffer in, int gap) {
        int from = in.position();
        for (int i = from + kept - 1; i >= from; i--) {
            in.put(i + gap, in.get(i));
        }
        in.position(from + gap);
    }
}
