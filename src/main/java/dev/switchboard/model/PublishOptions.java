package dev.switchboard.model;

import dev.switchboard.spi.Engine;

/**
 * Says how the application publishes.
 *
 * @param key the same key publishes once, as {@link Engine#publishOnce} says; empty for none
 * @param skipHistory the publication is heard but not kept, so it has no position
 */
public record PublishOptions(String key, boolean skipHistory) {

    /** Publishes each time, with the history that the channel rule says. */
    public static final PublishOptions PLAIN = new PublishOptions("", false);
}
