package dev.switchboard.hooks;

import dev.switchboard.hub.ChannelOptions.Question;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What an operator has said about the application behind the relay.
 *
 * @param urls whom to ask and to tell; what is not there is not asked or told
 * @param timeout how long an answer may take
 * @param concurrency how many answers of one hook may be outstanding
 * @param headers of the handshake, those that are passed on
 * @param secret with which requests are signed, empty for not at all; 32 bytes at least
 * @param vacatedAfter how long a channel must have been empty
 */
public record HooksSettings(
        Map<Event, URI> urls,
        Duration timeout,
        int concurrency,
        List<String> headers,
        String secret,
        Duration vacatedAfter) {

    /** What the application can hear of. */
    public enum Event {
        CONNECT,
        SUBSCRIBE,
        PUBLISH,
        RPC,
        DISCONNECT,
        VACATED;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** Its word in settings and metrics. */
        public String label() {
            return label;
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
                throw new IllegalArgumentException("switchboard.hooks." + event.label() + " is no http or https URL");
            }
        });
        if (!secret.isEmpty() && secret.getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES) {
            throw new IllegalArgumentException("switchboard.hooks.secret is shorter than " + SECRET_BYTES + " bytes");
        }
        for (String name : headers) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!name.matches("[\\w!#$%&'*+.^`|~-]+") || OURS.contains(lower) || lower.startsWith(OF_OURS)) {
                throw new IllegalArgumentException("switchboard.hooks.headers: cannot pass on " + name);
            }
        }
    }

    /** Nobody is asked and nobody is told. */
    public boolean isEmpty() {
        return urls.isEmpty();
    }

    /** An {@link IllegalArgumentException} if a rule asks what no URL is there for. */
    public void require(Set<Question> asked) {
        for (Question question : asked) {
            Event event = Event.valueOf(question.name());
            if (!urls.containsKey(event)) {
                throw new IllegalArgumentException("a channel rule asks " + event.label() + ", and switchboard.hooks."
                        + event.label() + " is not set");
            }
        }
    }

    /** Without the secret, and without URLs that could hold one. */
    @Override
    public String toString() {
        return "HooksSettings" + urls.keySet();
    }
}
