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
 * What an operator has said about the application behind the relay.
 *
 * @param urls whom to ask and to tell; what is not there is not asked or told
 * @param timeout how long an answer may take
 * @param concurrency how many answers of one hook may be outstanding
 * @param headers of the handshake, those that are passed on
 * @param secret with which requests are signed, empty for not at all; 32 bytes at least
 * @param vacatedAfter how long a channel must have been empty
 * @param fixedHeaders that each request has; they may hold secrets
 * @param statuses those that refuse what a client wants
 * @param meta whether requests say what the application has said of the client for its own use
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

    /** What the application can hear of. */
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

        /** Its word in metrics. */
        public String label() {
            return label;
        }

        /** Returns the setting that holds its URL. */
        public String setting() {
            return "switchboard.hooks." + label.replace('_', '.');
        }
    }

    private static final int SECRET_BYTES = 32;

    /** Those that HTTP or we ourselves write. */
    private static final Set<String> OURS = Set.of(
            "connection",
            "content-length",
            "content-type",
            "expect",
            "host",
            "transfer-encoding",
            "upgrade",
            "http2-settings");

    private static final String OF_OURS = "x-switchboard-";

    /** An {@link IllegalArgumentException} names the setting, and quotes neither URL nor secret. */
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
            if (!isForeign(name)) {
                throw new IllegalArgumentException("switchboard.hooks.headers: cannot pass on " + name);
            }
            if (fixedHeaders.keySet().stream().anyMatch(name::equalsIgnoreCase)) {
                throw new IllegalArgumentException(
                        "switchboard.hooks.headers: " + name + " is one of switchboard.hooks.headers.fixed");
            }
        }
    }

    /** With what ships of the rest. */
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

    private static boolean isForeign(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return name.matches("[\\w!#$%&'*+.^`|~-]+") && !OURS.contains(lower) && !lower.startsWith(OF_OURS);
    }

    /** Reads entries such as {@code X-Secret: abc}; an {@link IllegalArgumentException} quotes no value. */
    public static Map<String, String> fixedHeaders(List<String> entries) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String entry : entries) {
            int colon = entry.indexOf(':');
            String name = entry.substring(0, Math.max(colon, 0)).strip();
            String value = entry.substring(colon + 1).strip();
            if (colon < 0 || !isForeign(name)) {
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

    /** An {@link IllegalArgumentException} if a rule asks what no URL is there for. */
    public void require(Set<Question> asked) {
        for (Question question : asked) {
            Event event = Event.valueOf(question.name());
            if (!urls.containsKey(event)) {
                throw new IllegalArgumentException(
                        "a channel rule asks " + event.label() + ", and " + event.setting() + " is not set");
            }
        }
    }

    /** Without the secret, and without URLs that could hold one. */
    @Override
    public String toString() {
        return "HooksSettings" + urls.keySet();
    }
}
