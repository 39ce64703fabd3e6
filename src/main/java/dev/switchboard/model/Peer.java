package dev.switchboard.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Describes the other end of a connection before its first message.
 *
 * @param address the IP address; empty if it is unknown
 * @param login the identity that the container knows; null for none
 * @param headers the headers of the handshake that the application wants to see
 */
public record Peer(String address, @Nullable Identity login, Map<String, List<String>> headers) {

    /** A peer without an address, a login and headers. */
    public static final Peer UNKNOWN = new Peer("", null);

    /** Creates a peer without headers. */
    public Peer(String address, @Nullable Identity login) {
        this(address, login, Map.of());
    }
}
