package dev.switchboard.access;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection comes from: the proxies that are trusted to say it, and what they say in {@code X-Forwarded-For}.
 *
 * <p>Each proxy appends the address of whom it heard, so what stands on the right of the first that is not trusted is true, and what stands
 * on its left is whatever a client wrote.
 */
public final class Proxies {

    /** An address and how many of its bits matter. */
    private record Block(byte[] network, int bits) {

        /** Null for what is neither an address nor a block. */
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
     * The address by which a client is counted, for IPv6 its network; empty if it is none.
     *
     * @param remote who is at the other end of the TCP connection
     * @param forwarded the {@code X-Forwarded-For} headers as they stand; who writes nonsense is itself the client
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
            Address said = Address.of(withoutPort(hop.strip()));
            if (said == null) {
                return client;
            }
            client = said;
            if (!isTrusted(said)) {
                return client;
            }
        }
        return client;
    }

    /**
     * Returns the schemes of the client's request, {@code http} or {@code https}, as trusted proxies say;
     * empty if they say nothing.
     *
     * @param remote as in {@link #client}
     * @param forwarded the {@code X-Forwarded-Proto} headers as they stand
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

    /** Some proxies say {@code 192.0.2.1:4711} or {@code [2001:db8::1]:4711}. */
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
