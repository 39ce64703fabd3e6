package dev.switchboard.access;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides which pages may open a connection (RFC 6455 section 10.2): pages of the server itself,
 * and pages whose origin the operator allows.
 *
 * <p>A page is of the server itself if its host and port are those of the request. Behind a proxy
 * that ends TLS the server does not see the scheme. The scheme counts only if a trusted proxy names
 * it.
 */
public final class Origins {

    /** The relation of an origin to the server. */
    public enum Standing {
        /** The origin of the server, or none, because the client is no browser. */
        OWN,
        /** Foreign and named by the operator. */
        NAMED,
        /** Foreign and allowed by {@code *}, or {@code null}, which many pages share. */
        ANY,
        /** Not allowed. */
        REFUSED
    }

    /** Allows every origin. */
    private static final String ANY = "*";

    /** The origin that browsers send for a page without one, such as a file. */
    private static final String NULL = "null";

    private static final Pattern ORIGIN = Pattern.compile(
            "([a-z][a-z0-9+.-]*)://(\\[[^\\]]*]|[^/?#@:\\s]+)(?::(\\d{1,5}))?", Pattern.CASE_INSENSITIVE);

    private static final Pattern WEB_ORIGIN = Pattern.compile("(https?)://([^/?#@\\s]+)");

    private static final Map<String, String> DEFAULT_PORTS = Map.of("http", "80", "https", "443");

    /**
     * One entry of the list.
     *
     * @param port empty for the port of the scheme, which browsers leave out
     */
    private record Named(String scheme, HostPattern host, String port) {

        static Named of(String entry) {
            Matcher parts = ORIGIN.matcher(entry);
            if (!parts.matches()) {
                throw new IllegalArgumentException("\"" + entry + "\" is not an origin like https://app.example.com");
            }
            String scheme = parts.group(1).toLowerCase(Locale.ROOT);
            String port = Objects.requireNonNullElse(parts.group(3), "");
            try {
                return new Named(
                        scheme, HostPattern.of(parts.group(2)), port.equals(DEFAULT_PORTS.get(scheme)) ? "" : port);
            } catch (IllegalArgumentException malformed) {
                throw new IllegalArgumentException("\"" + entry + "\": " + malformed.getMessage());
            }
        }

        /** Returns whether the origin matches, which must be in lower case. */
        boolean matches(String origin) {
            String start = scheme + "://";
            String end = port.isEmpty() ? "" : ":" + port;
            return origin.startsWith(start)
                    && origin.endsWith(end)
                    && origin.length() > start.length() + end.length()
                    && host.matches(origin.substring(start.length(), origin.length() - end.length()));
        }
    }

    private final boolean any;
    private final boolean none;
    private final Set<Named> named;

    /**
     * Allows the entries: an origin ({@code https://app.example.com},
     * {@code http://localhost:3000}), all origins below a name ({@code https://*.example.com}),
     * pages without an origin ({@code null}), or all origins ({@code *}).
     *
     * @throws IllegalArgumentException naming the entry that is none of these
     */
    public Origins(Set<String> allowed) {
        this.any = allowed.contains(ANY);
        this.none = allowed.contains(NULL);
        this.named = allowed.stream()
                .filter(entry -> !entry.equals(ANY) && !entry.equals(NULL))
                .map(Named::of)
                .collect(Collectors.toUnmodifiableSet());
    }

    boolean allowsAll() {
        return any;
    }

    /** Returns whether an entry has that host, which must be in lower case. */
    boolean names(String host) {
        return named.stream().anyMatch(origin -> origin.host.matches(host));
    }

    /**
     * Returns whether the origin may connect.
     *
     * @param sent the Origin headers of the request, none if the client is no browser
     * @param host the Host header of the request
     */
    public boolean allows(List<String> sent, @Nullable String host) {
        return standing(sent, host) != Standing.REFUSED;
    }

    /** As {@link #allows}, with the relation of the origin to the server. */
    public Standing standing(List<String> sent, @Nullable String host) {
        return standing(sent, host, Set.of());
    }

    /**
     * As {@link #standing(List, String)}, but the scheme of the page must be one of
     * {@code schemes}.
     *
     * @param schemes schemes of the request that trusted proxies name; empty if they name none
     */
    public Standing standing(List<String> sent, @Nullable String host, Set<String> schemes) {
        if (sent.isEmpty()) {
            return Standing.OWN;
        }
        String origin = sent.get(0).toLowerCase(Locale.ROOT);
        if (sent.size() == 1) {
            if (host != null && isSame(origin, host.toLowerCase(Locale.ROOT)) && isOf(schemes, origin)) {
                return Standing.OWN;
            }
            if (named.stream().anyMatch(known -> known.matches(origin))) {
                return Standing.NAMED;
            }
            if (none && origin.equals(NULL)) {
                return Standing.ANY; // many pages share this origin, so it gets no cookies
            }
        }
        return any ? Standing.ANY : Standing.REFUSED;
    }

    private static boolean isOf(Set<String> schemes, String origin) {
        return schemes.isEmpty() || schemes.contains(origin.substring(0, origin.indexOf(':')));
    }

    private static boolean isSame(String origin, String host) {
        Matcher page = WEB_ORIGIN.matcher(origin);
        return page.matches() && withPort(page.group(2), page.group(1)).equals(withPort(host, page.group(1)));
    }

    /** Browsers leave out the port that the scheme implies. */
    private static String withPort(String authority, String scheme) {
        boolean given = authority.matches(".*:\\d+");
        return given ? authority : authority + (scheme.equals("https") ? ":443" : ":80");
    }
}
