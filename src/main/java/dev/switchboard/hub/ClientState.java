package dev.switchboard.hub;

import dev.switchboard.model.Denial;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Describes a client to an operator.
 *
 * @param user empty if the client is anonymous, or not identified yet
 * @param address empty if it is unknown
 * @param since when the client came
 * @param channels the channels of the client, the first one first
 */
public record ClientState(
        String client,
        String user,
        String transport,
        String protocol,
        String address,
        Instant since,
        List<String> channels,
        Waiting waiting,
        Volume sent,
        Volume received,
        @Nullable Fault lastError) {

    /**
     * What waits for a client.
     *
     * @param bytes the bytes of the frames, with some for each frame
     * @param ageMillis the age of the oldest frame; 0 if none waits
     */
    public record Waiting(long bytes, long messages, long ageMillis) {}

    /** Messages and their bytes. */
    public record Volume(long messages, long bytes) {}

    /** The last error that a client got. */
    public record Fault(Denial denial, Instant at) {}
}
