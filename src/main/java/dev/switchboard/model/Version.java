package dev.switchboard.model;

/**
 * The application's own number of the state that a publication holds.
 *
 * @param number without a sign; a newer state has a higher number
 * @param epoch the name of one life of the numbers; empty for any
 */
public record Version(long number, String epoch) {

    /** Returns whether this state is no newer than {@code last}. Numbers of different epochs say nothing about one another. */
    public boolean isOutdated(Version last) {
        return (epoch.isEmpty() || epoch.equals(last.epoch)) && Long.compareUnsigned(number, last.number) <= 0;
    }
}
