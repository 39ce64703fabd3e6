package dev.switchboard.hub;

import dev.switchboard.model.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * HeldEvents keeps events until a subscription can receive them, within a bound. One thread at a
 * time.
 */
final class HeldEvents {

    private static final int MAX_EVENTS = 1000;

    private final int maxBytes;
    private final List<Broadcast> events = new ArrayList<>();
    private int bytes;
    private boolean dropped;
    private @Nullable Position top;

    HeldEvents(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Adds an event, unless the events were dropped. Returns false if that is too much. */
    boolean add(Broadcast event) {
        if (dropped) {
            return true;
        }
        bytes += event.size();
        events.add(event);
        return events.size() <= MAX_EVENTS && bytes <= maxBytes;
    }

    /** Drops these events and those to come: the subscription reads them from the history. */
    void drop() {
        dropped = true;
        events.clear();
    }

    /** Notes the top of the stream after these events. */
    void reached(Position newTop) {
        top = newTop;
    }

    /** Returns whether a subscription that has received these events has missed something. */
    boolean showGapAfter(@Nullable Position position) {
        return top != null && position != null && (!top.epoch().equals(position.epoch()) || position.isBefore(top));
    }

    boolean isDropped() {
        return dropped;
    }

    /** Returns the events, oldest first. */
    List<Broadcast> events() {
        return events;
    }
}
