package dev.switchboard.console;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Keeps the points of the last 15 minutes. Any thread. */
final class Timeline {

    /**
     * What the node did in one second.
     *
     * @param at the end of the second, in seconds since 1970
     * @param json the figures, an object
     */
    record Point(long at, String json) {}

    /** The points of 15 minutes. */
    static final int POINTS = 900;

    private final Deque<Point> points = new ArrayDeque<>(POINTS);

    synchronized void add(Point point) {
        if (points.size() == POINTS) {
            points.removeFirst();
        }
        points.addLast(point);
    }

    /** Returns the points after that second, the oldest first. */
    synchronized List<Point> after(long second) {
        return points.stream().filter(point -> point.at > second).toList();
    }
}
