package dev.switchboard.model;

/**
 * A place in the stream of a channel: how far somebody has come.
 *
 * @param epoch which stream it is; empty in a request means whichever there is
 * @param offset unsigned; the first publication of a stream has 1
 */
public record Position(String epoch, long offset) {

    /** Where a stream stands that has no publication yet. */
    public static Position start(String epoch) {
        return new Position(epoch, 0);
    }

    public boolean isBefore(Position other) {
        return Long.compareUnsigned(offset, other.offset) < 0;
    }

    /** True if {@code other} is the very next place of the same stream. */
    public boolean isFollowedBy(Position other) {
        return other.offset == offset + 1 && other.epoch.equals(epoch);
    }
}
