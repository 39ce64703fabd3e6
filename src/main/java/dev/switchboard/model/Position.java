package dev.switchboard.model;

/**
 * Names one place in the stream of a channel.
 *
 * @param epoch the epoch of the stream; in a request, an empty epoch means the current stream
 * @param offset the number of a publication, unsigned; the first publication of a stream has 1
 */
public record Position(String epoch, long offset) {

    /** Returns the position of a stream that has had no publication. */
    public static Position start(String epoch) {
        return new Position(epoch, 0);
    }

    /**
     * Returns whether the offset is lower than that of {@code other}. Does not compare the epochs.
     */
    public boolean isBefore(Position other) {
        return Long.compareUnsigned(offset, other.offset) < 0;
    }

    /** Returns whether {@code other} is the next position of the same stream. */
    public boolean isFollowedBy(Position other) {
        return other.offset == offset + 1 && other.epoch.equals(epoch);
    }
}
