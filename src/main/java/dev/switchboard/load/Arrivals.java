package dev.switchboard.load;

/**
 * Marks which messages of each sender have arrived at each receiver, and counts messages that come
 * twice or out of order. For one thread.
 */
final class Arrivals {

    /** Bytes of memory for each pair of a sender and a receiver. */
    static final int BYTES = Integer.BYTES + Long.BYTES;

    private final int[] newest;

    /**
     * For each pair, a bit for each of the 64 messages up to the newest; the lowest bit is the
     * newest.
     */
    private final long[] seen;

    private long doubled;
    private long disordered;

    Arrivals(int pairs) {
        newest = new int[pairs];
        seen = new long[pairs];
    }

    /**
     * Marks a message as arrived. Returns false if it had arrived before, or is older than the
     * newest 64 of the pair. The first message has the sequence 1.
     */
    boolean add(int pair, int sequence) {
        int ahead = sequence - newest[pair];
        if (ahead > 0) {
            seen[pair] = (ahead < Long.SIZE ? seen[pair] << ahead : 0) | 1;
            newest[pair] = sequence;
            return true;
        }
        long bit = -ahead < Long.SIZE ? 1L << -ahead : 0;
        if (bit == 0 || (seen[pair] & bit) != 0) {
            doubled++;
            return false;
        }
        seen[pair] |= bit;
        disordered++;
        return true;
    }

    long doubled() {
        return doubled;
    }

    long disordered() {
        return disordered;
    }

    /** Sets the counts to 0. Messages that have arrived stay marked. */
    void resetCounts() {
        doubled = 0;
        disordered = 0;
    }
}
