package dev.switchboard.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection, before it has said anything.
 *
 * @param address where it comes from, empty if that is not known
 * @param login whom the container knows it to be, null for nobody
 * @param headers of its handshake, those that the application wants to see
 */
public record Peer(String address, @Nullable Identity login, Map<String, List<String>> headers) {

    public static final Peer UNKNOWN = new Peer("", null);

    /** Without headers. */
    public Peer(String address, @Nullable Identity login) {
        this(address, login, Map.of());
    }
}
