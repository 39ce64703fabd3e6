package dev.switchboard.access;

import org.jspecify.annotations.Nullable;

/** What holds for a channel; {@code greeting} is sent to each raw client that joins, null for none. */
public record ChannelRule(@Nullable String greeting) {}
