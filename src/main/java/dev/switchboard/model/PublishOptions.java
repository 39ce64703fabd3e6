package dev.switchboard.model;

/**
 * Says how the relay publishes.
 *
 * @param key the idempotency key: a channel takes one publication for each key; empty for none
 * @param skipHistory whether the history does not keep the publication, which then has no position
 */
public record PublishOptions(String key, boolean skipHistory) {

    /** Publishes each time, with the history of the channel rule. */
    public static final PublishOptions PLAIN = new PublishOptions("", false);
}
