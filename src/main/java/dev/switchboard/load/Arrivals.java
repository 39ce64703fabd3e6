package dev.switchboard.load;

/** Ticks off what has arrived from each sender at each receiver, and finds what comes twice or too late. */
final class Arrivals {

    /** That each pair of a sender and a receiver takes. */
    static final int BYTES = Integer.BYTES + Long.BYTES;

    private final int[] newest;

    /** A bit for each of the 64 messages up to the newest. */
    private final long[] seen;

    private long doubled;
    private long disordered;

    Arrivals(int pairs) {
        newest = new int[pairs];
        seen = new long[pairs];
    }

    /** Sequences begin with 1. False if it came before, as far as 64 messages back; what is older than that is taken for one of those. */
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

    /** What has arrived stays ticked off. */
    void forgetFaults() {
        doubled = 0;
        disordered = 0;
    }
}
