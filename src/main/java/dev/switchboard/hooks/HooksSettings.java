package dev.switchboard.hooks;

import dev.switchboard.model.ChannelOptions.Question;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Holds the settings of the hooks.
 *
 * @param urls URL of each hook; an event without a URL has no hook
 * @param timeout maximum time of a reply
 * @param concurrency maximum concurrent requests of each hook
 * @param headers names of the headers of a handshake that requests have
 * @param secret key of the signature of requests, 32 bytes or more; empty for no signature
 * @param vacatedAfter time for which a channel is empty before the application is told
 * @param fixedHeaders headers of each request, which may hold secrets
 * @param statuses statuses of a reply that refuse a command
 * @param meta whether a request has the {@code meta} of its connection
 */
public record HooksSettings(
        Map<Event, URI> urls,
        Duration timeout,
        int concurrency,
        List<String> headers,
        String secret,
        Duration vacatedAfter,
        Map<String, String> fixedHeaders,
        Statuses statuses,
        boolean meta) {

    /** The events for which there is a hook. */
    public enum Event {
        CONNECT,
        SUBSCRIBE,
        PUBLISH,
        RPC,
        REFRESH,
        SUB_REFRESH,
        DISCONNECT,
        VACATED;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** Returns the name of the event in metrics. */
        public String label() {
            return label;
        }

        /** Returns the setting of the URL. */
        public String setting() {
            return "switchboard.hooks." + label.replace('_', '.');
        }
    }

    private static final int SECRET_BYTES = 32;

    /** Headers that HTTP or the relay writes, in lower case. */
    private static final Set<String> RESERVED = Set.of(
            "connection",
            "content-length",
            "content-type",
            "expect",
            "host",
            "transfer-encoding",
            "upgrade",
            "http2-settings");

    private static final String RESERVED_PREFIX = "x-switchboard-";

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException that names the setting, and quotes neither a URL nor a
     *     secret
     */
    public HooksSettings {
        urls.forEach((event, url) -> {
            String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
            if (url.getHost() == null || !scheme.equals("http") && !scheme.equals("https")) {
                throw new IllegalArgumentException(event.setting() + " is no http or https URL");
            }
        });
        if (!secret.isEmpty() && secret.getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES) {
            throw new IllegalArgumentException("switchboard.hooks.secret is shorter than " + SECRET_BYTES + " bytes");
        }
        for (String name : headers) {
            if (!isAllowed(name)) {
                throw new IllegalArgumentException("switchboard.hooks.headers: cannot pass on " + name);
            }
            if (fixedHeaders.keySet().stream().anyMatch(name::equalsIgnoreCase)) {
                throw new IllegalArgumentException(
                        "switchboard.hooks.headers: " + name + " is one of switchboard.hooks.headers.fixed");
            }
        }
    }

    /** Has the defaults of the other settings. */
    public HooksSettings(
            Map<Event, URI> urls,
            Duration timeout,
            int concurrency,
            List<String> headers,
            String secret,
            Duration vacatedAfter) {
        this(
                urls,
                timeout,
                concurrency,
                headers,
                secret,
                vacatedAfter,
                Map.of(),
                Statuses.of(List.of(Statuses.DEFAULT.split(","))),
                false);
    }

    private static boolean isAllowed(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return name.matches("[\\w!#$%&'*+.^`|~-]+") && !RESERVED.contains(lower) && !lower.startsWith(RESERVED_PREFIX);
    }

    /**
     * Reads entries such as {@code X-Secret: abc}.
     *
     * @throws IllegalArgumentException that quotes no value
     */
    public static Map<String, String> fixedHeaders(List<String> entries) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String entry : entries) {
            int colon = entry.indexOf(':');
            String name = entry.substring(0, Math.max(colon, 0)).strip();
            String value = entry.substring(colon + 1).strip();
            if (colon < 0 || !isAllowed(name)) {
                throw new IllegalArgumentException(
                        "must be headers such as X-Secret: abc, and none that the relay writes");
            }
            if (!value.matches("[\\x20-\\x7e]+")) {
                throw new IllegalArgumentException("the value of " + name + " is empty or not ASCII");
            }
            if (headers.put(name, value) != null) {
                throw new IllegalArgumentException("names " + name + " twice");
            }
        }
        return headers;
    }

    /** Returns true if no hook has a URL. */
    public boolean isEmpty() {
        return urls.isEmpty();
    }

    /**
     * Checks that each question of the channel rules has a hook.
     *
     * @throws IllegalArgumentException that names the setting without a URL
     */
    public void require(Set<Question> asked) {
        for (Question question : asked) {
            Event event = Event.valueOf(question.name());
            if (!urls.containsKey(event)) {
                throw new IllegalArgumentException(
                        "a channel rule asks " + event.label() + ", and " + event.setting() + " is not set");
            }
        }
    }

    /** Leaves out the secret, and the URLs, which may hold one. */
    @Override
    public String toString() {
        return "HooksSettings" + urls.keySet();
    }
}
