package dev.switchboard.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a client says about itself in its connect command.
 *
 * @param name the name of the client software; empty for none
 * @param version the version of the client software; empty for none
 * @param channels the channels to which the server had subscribed the client before
 * @param headers the headers that the connect command holds, because a page cannot set headers in a
 *     handshake
 * @param data the data for the application; null for none
 */
public record ConnectRequest(
        String name,
        String version,
        List<String> channels,
        Map<String, String> headers,
        @Nullable Payload data) {

    /** The request of a client whose protocol has no connect command. */
    public static final ConnectRequest NONE = of(null);

    /** Returns a request that holds only data. */
    public static ConnectRequest of(@Nullable Payload data) {
        return new ConnectRequest("", "", List.of(), Map.of(), data);
    }
}
