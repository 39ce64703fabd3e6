package dev.switchboard.api;

import java.util.List;

/**
 * Holds a page of the history of a channel, as it was at one moment.
 *
 * @param publications the publications of the page, in the order that the query asked for
 * @param top the position of the newest publication of the channel at that moment
 */
public record History(List<Publication> publications, Position top) {}
