package dev.switchboard.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client says of itself when it connects.
 *
 * @param name of its software, empty for none
 * @param version of its software, empty for none
 * @param channels that it names, to which the server subscribed it before
 * @param headers that it sends in its connect command, as a page cannot set them in a handshake
 * @param data null for nothing
 */
public record ConnectRequest(
        String name,
        String version,
        List<String> channels,
        Map<String, String> headers,
        @Nullable Payload data) {

    /** The words of a client whose protocol has none. */
    public static final ConnectRequest NONE = of(null);

    /** Returns data alone. */
    public static ConnectRequest of(@Nullable Payload data) {
        return new ConnectRequest("", "", List.of(), Map.of(), data);
    }
}
