package dev.switchboard.api;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds one message of a channel.
 *
 * @param channel the name of the channel
 * @param payload the data
 * @param publisher the client that published it; null if an application published it
 * @param position its place in the history of the channel; null if the channel keeps none
 * @param tags the tags of the publication, empty if there are none
 * @param time the time at which the relay accepted it; null if an earlier release stored it
 */
public record Publication(
        String channel,
        Payload payload,
        @Nullable ClientInfo publisher,
        @Nullable Position position,
        Map<String, String> tags,
        @Nullable Instant time)
        implements Event {}
