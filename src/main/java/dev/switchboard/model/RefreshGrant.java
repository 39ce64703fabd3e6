package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * For how much longer something holds.
 *
 * @param ttl seconds; 0 for ever
 * @param info JSON that others may see from now on; null for what they see already
 * @param meta as {@link Caller#meta}; null for what it was
 */
public record RefreshGrant(
        long ttl, @Nullable String info, @Nullable String meta) {}
