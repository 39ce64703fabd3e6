package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * Extends the time of a connection or of a subscription.
 *
 * @param ttl seconds from now until it expires; 0 for never
 * @param info JSON that other clients see from now on; null to keep the info
 * @param meta the new {@link Identity#meta}; null to keep it
 */
public record RefreshGrant(
        long ttl, @Nullable String info, @Nullable String meta) {}
