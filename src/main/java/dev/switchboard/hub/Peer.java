package dev.switchboard.hub;

import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection, before it has said anything.
 *
 * @param address where it comes from, empty if that is not known
 * @param login whom the container knows it to be, null for nobody
 */
public record Peer(String address, @Nullable Identity login) {

    public static final Peer UNKNOWN = new Peer("", null);
}
