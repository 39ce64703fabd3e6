package dev.switchboard.hub;

import org.jspecify.annotations.Nullable;

/**
 * One message in a channel.
 *
 * @param publisher the client it came from, null if it came from the server's side
 * @param position its place in the stream, null in a channel without history
 */
public record Publication(
        Payload data,
        @Nullable ClientInfo publisher,
        @Nullable Position position) {

    /** The same message in its place in the stream. */
    public Publication at(Position place) {
        return new Publication(data, publisher, place);
    }
}
