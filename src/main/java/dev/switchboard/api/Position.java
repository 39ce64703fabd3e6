package dev.switchboard.api;

/**
 * A place in the history of a channel.
 *
 * @param epoch which history it is; another one when the relay has lost it
 * @param offset unsigned; the first publication has 1
 */
public record Position(String epoch, long offset) {}
