package dev.switchboard.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message in a channel.
 *
 * @param publisher the client it came from, null if it came from the server's side
 * @param position its place in the channel's history, null in a channel without one
 */
public record Publication(
        String channel,
        Payload payload,
        @Nullable ClientInfo publisher,
        @Nullable Position position,
        Map<String, String> tags)
        implements Event {}
