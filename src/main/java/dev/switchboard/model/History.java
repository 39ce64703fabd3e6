package dev.switchboard.model;

import java.util.List;

/** A page of a channel's past, taken at one moment: {@code top} is where the stream stood then. */
public record History(List<Publication> publications, Position top) {

    /** The first half of the page, of which at least one publication is left. */
    public History half() {
        return new History(publications.subList(0, (publications.size() + 1) / 2), top);
    }
}
