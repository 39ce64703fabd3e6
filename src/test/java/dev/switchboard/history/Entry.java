package dev.switchboard.history;

/**
 * An event in its place in the log.
 *
 * @param number counts the events of all clients; an event that was over before another began has the smaller one
 * @param nanos time of one monotonic clock
 */
public record Entry(long number, long nanos, Event event) {

    @Override
    public String toString() {
        return JsonLine.of(this);
    }
}
