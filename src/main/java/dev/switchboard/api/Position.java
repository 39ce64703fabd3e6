package dev.switchboard.api;

/**
 * Names a place in the history of a channel.
 *
 * @param epoch the life of the history. If the relay has lost the history, the next one has another
 *     epoch; offsets of different epochs say nothing about one another
 * @param offset the number of a publication, an unsigned 64-bit integer; the first publication has
 *     1
 */
public record Position(String epoch, long offset) {}
