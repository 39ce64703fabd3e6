package dev.switchboard.load;

import java.nio.ByteBuffer;

/**
 * Writes and reads the sender, the sequence and the time of a message within its text.
 *
 * <p>A stamp is a mark and 32 letters from {@code a} to {@code p}, four bits each. No server quotes
 * or escapes them, and eight are read at once. The buffers must be big-endian.
 */
final class Stamp {

    /** Bytes. */
    static final int SIZE = 36;

    /** The first byte of the mark. */
    static final byte FIRST = '@';

    private static final int MARK = '@' << 24 | 'W' << 16 | 'S' << 8 | '@';
    private static final long LETTERS = 0x6161616161616161L;
    private static final long NIBBLES = 0x0F0F0F0F0F0F0F0FL;

    // byte offsets
    private static final int SENDER = 4;
    private static final int SEQUENCE = 12;
    private static final int NANOS = 20;

    private Stamp() {}

    /**
     * Writes a stamp; {@code mask} is the masking key of RFC 6455 section 5.3 for its first eight
     * bytes.
     */
    static void put(ByteBuffer out, int at, long mask, int sender, int sequence, long nanos) {
        out.putInt(at, MARK ^ (int) mask);
        out.putLong(at + SENDER, letters(sender) ^ mask);
        out.putLong(at + SEQUENCE, letters(sequence) ^ mask);
        out.putLong(at + NANOS, letters((int) (nanos >>> 32)) ^ mask);
        out.putLong(at + NANOS + 8, letters((int) nanos) ^ mask);
    }

    /** Returns whether a stamp begins here; {@link #SIZE} bytes must be there. */
    static boolean isAt(ByteBuffer in, int at) {
        if (in.getInt(at) != MARK) {
            return false;
        }
        long all = 0;
        for (int i = SENDER; i < SIZE; i += 8) {
            all |= in.getLong(at + i) - LETTERS;
        }
        return (all & ~NIBBLES) == 0;
    }

    static int sender(ByteBuffer in, int at) {
        return bits(in.getLong(at + SENDER));
    }

    static int sequence(ByteBuffer in, int at) {
        return bits(in.getLong(at + SEQUENCE));
    }

    static long nanos(ByteBuffer in, int at) {
        return (long) bits(in.getLong(at + NANOS)) << 32 | bits(in.getLong(at + NANOS + 8)) & 0xFFFFFFFFL;
    }

    private static long letters(int bits) {
        long spread = bits & 0xFFFFFFFFL;
        spread = (spread | spread << 16) & 0x0000FFFF0000FFFFL;
        spread = (spread | spread << 8) & 0x00FF00FF00FF00FFL;
        spread = (spread | spread << 4) & NIBBLES;
        return spread + LETTERS;
    }

    private static int bits(long letters) {
        long bits = letters - LETTERS;
        bits = (bits | bits >>> 4) & 0x00FF00FF00FF00FFL;
        bits = (bits | bits >>> 8) & 0x0000FFFF0000FFFFL;
        return (int) (bits | bits >>> 16);
    }
}
