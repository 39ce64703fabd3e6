package dev.switchboard.access;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may open a connection (RFC 6455 section 10.2): those of the same origin and those of an allow-list.
 *
 * <p>The same origin is told by host and port alone, because behind a proxy that ends TLS the server does not see the page's scheme.
 */
public final class Origins {

    /** Allows every origin. */
    public static final String ANY = "*";

    private final Set<String> allowed;

    /**
     * Each entry is an origin as browsers send it, {@code https://app.example.com} or {@code http://localhost:3000}, or {@link #ANY}.
     *
     * @throws IllegalArgumentException naming the entry that is neither
     */
    public Origins(Set<String> allowed) {
        this.allowed = allowed.stream().map(Origins::checked).collect(Collectors.toUnmodifiableSet());
    }

    private static String checked(String entry) {
        if (!entry.equals(ANY) && !entry.matches("[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\\s*]+")) {
            throw new IllegalArgumentException("\"" + entry + "\" is not an origin like https://app.example.com");
        }
        return entry.toLowerCase(Locale.ROOT);
    }

    /** {@code origin} is null when the client is no browser, which is allowed; {@code host} is the request's Host header. */
    public boolean allows(@Nullable String origin, @Nullable String host) {
        if (origin == null || allowed.contains(ANY) || allowed.contains(origin.toLowerCase(Locale.ROOT))) {
            return true;
        }
        return host != null && isSame(origin, host);
    }

    private static boolean isSame(String origin, String host) {
        try {
            URI page = URI.create(origin);
            String scheme = page.getScheme();
            if (page.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
                return false;
            }
            URI server = URI.create(scheme + "://" + host);
            return page.getHost().equalsIgnoreCase(server.getHost()) && port(page) == port(server);
        } catch (IllegalArgumentException notAnOrigin) { // "null", or rubbish
            return false;
        }
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
    }
}
