package dev.switchboard.model;

/**
 * Holds the number that the application gives to the state in a publication.
 *
 * @param number the number, unsigned; a newer state has a higher number
 * @param epoch the name of one series of numbers; empty for any series
 */
public record Version(long number, String epoch) {

    /**
     * Returns whether this state is not newer than {@code last}. Returns false if this has an epoch
     * and {@code last} has another: their numbers cannot be compared.
     */
    public boolean isOutdated(Version last) {
        return (epoch.isEmpty() || epoch.equals(last.epoch)) && Long.compareUnsigned(number, last.number) <= 0;
    }
}
