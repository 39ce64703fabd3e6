package dev.switchboard.access;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may open a connection (RFC 6455 section 10.2): those of the same origin and those of an allow-list.
 *
 * <p>The same origin is told by host and port alone, because behind a proxy that ends TLS the server does not see the page's scheme.
 */
public final class Origins {

    /** What the origin of a request is to the server. */
    public enum Standing {
        /** Its own, or the client is no browser. */
        OWN,
        /** Foreign and named by the operator. */
        NAMED,
        /** Foreign, as all are allowed. */
        ANY,
        /** Not allowed. */
        REFUSED
    }

    /** Allows every origin. */
    private static final String ANY = "*";

    private static final Pattern ORIGIN = Pattern.compile("[a-z][a-z0-9+.-]*://[^/?#@\\s*]+");

    private static final Pattern WEB_ORIGIN = Pattern.compile("(https?)://([^/?#@\\s]+)");

    private final Set<String> allowed;

    /**
     * Each entry is an origin as browsers send it, {@code https://app.example.com} or {@code http://localhost:3000}, or {@code *} for all.
     *
     * @throws IllegalArgumentException naming the entry that is neither
     */
    public Origins(Set<String> allowed) {
        this.allowed = allowed.stream().map(Origins::checked).collect(Collectors.toUnmodifiableSet());
    }

    private static String checked(String entry) {
        String origin = entry.toLowerCase(Locale.ROOT);
        if (!origin.equals(ANY) && !ORIGIN.matcher(origin).matches()) {
            throw new IllegalArgumentException("\"" + entry + "\" is not an origin like https://app.example.com");
        }
        return origin;
    }

    boolean allowAll() {
        return allowed.contains(ANY);
    }

    /** {@code sent} are the request's Origin headers, none if the client is no browser, which is allowed; {@code host} is its Host header. */
    public boolean allows(List<String> sent, @Nullable String host) {
        return standing(sent, host) != Standing.REFUSED;
    }

    /** As {@link #allows}, and how near the origin is. */
    public Standing standing(List<String> sent, @Nullable String host) {
        if (sent.isEmpty()) {
            return Standing.OWN;
        }
        String origin = sent.get(0).toLowerCase(Locale.ROOT);
        if (sent.size() == 1) {
            if (host != null && isSame(origin, host.toLowerCase(Locale.ROOT))) {
                return Standing.OWN;
            }
            if (allowed.contains(origin)) {
                return Standing.NAMED;
            }
        }
        return allowAll() ? Standing.ANY : Standing.REFUSED;
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
