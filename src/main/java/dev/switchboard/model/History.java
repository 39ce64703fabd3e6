package dev.switchboard.model;

import java.util.List;

/**
 * Holds one page of the history of a channel.
 *
 * @param publications the publications of the page, in the order that the query asked for
 * @param top the position of the stream when the page was read
 */
public record History(List<Publication> publications, Position top) {

    /** Returns the first half of the page; of a page with one publication the same page. */
    public History half() {
        return new History(publications.subList(0, (publications.size() + 1) / 2), top);
    }
}
