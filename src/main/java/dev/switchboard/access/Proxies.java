package dev.switchboard.access;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the address of a client, from the connection and from the {@code X-Forwarded-For} of
 * trusted proxies.
 *
 * <p>Each proxy appends the address of its own client. So the client is the first address from the
 * right that is no trusted proxy. A client can write anything to the left of it.
 */
public final class Proxies {

    /** A block of addresses, which have the first {@code bits} in common. */
    private record Block(byte[] network, int bits) {

        /** Returns null if the text is neither an address nor a block. */
        static @Nullable Block of(String text) {
            int slash = text.indexOf('/');
            Address address = Address.of(slash < 0 ? text : text.substring(0, slash));
            if (address == null) {
                return null;
            }
            int all = address.bytes().length * Byte.SIZE;
            if (slash < 0) {
                return new Block(address.bytes(), all);
            }
            String bits = text.substring(slash + 1);
            return bits.matches("\\d{1,3}") && Integer.parseInt(bits) <= all
                    ? new Block(address.bytes(), Integer.parseInt(bits))
                    : null;
        }

        boolean contains(Address address) {
            byte[] bytes = address.bytes();
            if (bytes.length != network.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> bit % Byte.SIZE;
                if (((bytes[bit / Byte.SIZE] ^ network[bit / Byte.SIZE]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private final List<Block> trusted;

    /**
     * Each entry is an address or a block of them, {@code 10.0.0.0/8} or {@code 2001:db8::/32}.
     *
     * @throws IllegalArgumentException naming the entry that is neither
     */
    public Proxies(List<String> trusted) {
        this.trusted = trusted.stream().map(Proxies::checked).toList();
    }

    private static Block checked(String entry) {
        Block block = Block.of(entry);
        if (block == null) {
            throw new IllegalArgumentException("\"" + entry + "\" is no address or block like 10.0.0.0/8");
        }
        return block;
    }

    /**
     * Returns the address that counts for a client, for IPv6 its network; empty if {@code remote}
     * is no address.
     *
     * @param remote the other end of the TCP connection
     * @param forwarded the values of the {@code X-Forwarded-For} headers; the sender of a malformed
     *     entry counts as the client
     */
    public String client(String remote, List<String> forwarded) {
        Address nearest = Address.of(remote);
        if (nearest == null) {
            return "";
        }
        Address client = isTrusted(nearest) ? farthest(nearest, forwarded) : nearest;
        return client.network();
    }

    private Address farthest(Address proxy, List<String> forwarded) {
        List<String> hops = forwarded.stream()
                .flatMap(header -> Stream.of(header.split(",", -1)))
                .collect(Collectors.toList());
        Collections.reverse(hops);
        Address client = proxy;
        for (String hop : hops) {
            Address named = Address.of(withoutPort(hop.strip()));
            if (named == null) {
                return client;
            }
            client = named;
            if (!isTrusted(named)) {
                return client;
            }
        }
        return client;
    }

    /**
     * Returns the schemes of the client's request, {@code http} or {@code https}, as trusted
     * proxies name them; empty if they name none.
     *
     * @param remote as in {@link #client}
     * @param forwarded the values of the {@code X-Forwarded-Proto} headers
     */
    public Set<String> schemes(String remote, List<String> forwarded) {
        Address nearest = Address.of(remote);
        if (nearest == null || !isTrusted(nearest)) {
            return Set.of();
        }
        return forwarded.stream()
                .flatMap(header -> Stream.of(header.split(",", -1)))
                .map(scheme -> scheme.strip().toLowerCase(Locale.ROOT))
                .map(scheme -> scheme.equals("wss") ? "https" : scheme.equals("ws") ? "http" : scheme)
                .filter(Set.of("http", "https")::contains)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Some proxies write {@code 192.0.2.1:4711} or {@code [2001:db8::1]:4711}. */
    private static String withoutPort(String hop) {
        if (hop.matches("\\[[^\\]]*](:\\d{1,5})?")) {
            return hop.substring(1, hop.indexOf(']'));
        }
        return hop.matches("[^:]*:\\d{1,5}") ? hop.substring(0, hop.indexOf(':')) : hop;
    }

    private boolean isTrusted(Address address) {
        return trusted.stream().anyMatch(block -> block.contains(address));
    }
}
