package dev.switchboard.history;

/**
 * One event of a log, with its place and time.
 *
 * @param number the place; if one event ended before another began, its number is smaller
 * @param nanos time of one monotonic clock
 */
public record Entry(long number, long nanos, Event event) {

    @Override
    public String toString() {
        return JsonLine.of(this);
    }
}
