package dev.switchboard.access;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.switchboard.json.JsonText;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TagsFilter;
import dev.switchboard.model.TokenId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the claims of a token. A malformed claim is a {@link TokenRejection#claims}.
 *
 * <p>The caller must check the signature first.
 */
final class Claims {

    /** The largest time in seconds, which an {@link Instant} can hold. */
    private static final double MAX_SECONDS = 1e11;

    private static final Pattern WHOLE = Pattern.compile("-?\\d+");

    private final String json;
    private final Map<String, Object> members;

    /** {@code json} is a JSON object in UTF-8. */
    Claims(byte[] json) {
        this(decoded(json));
    }

    private Claims(String json) {
        this(json, parsed(json));
    }

    private Claims(String json, Map<String, Object> members) {
        this.json = json;
        this.members = members;
    }

    private static Map<String, Object> parsed(String json) {
        try {
            if (json.stripLeading().startsWith("{")) { // the library would accept a list of pairs as well
                return JSONObjectUtils.parse(json); // a member that occurs twice is an error
            }
        } catch (ParseException noObject) { // falls through
        }
        throw TokenRejection.claims("its claims are no JSON object, or one of them occurs twice");
    }

    /** Returns true also for a member that is null. */
    boolean contains(String name) {
        return members.containsKey(name);
    }

    /**
     * Returns false for a member that is null, which serializers write for a value that was never
     * set.
     */
    boolean has(String name) {
        return members.get(name) != null;
    }

    /** Returns an empty text if the claim is absent. */
    String text(String name) {
        return has(name) ? text(name, members.get(name)) : "";
    }

    /**
     * Returns the user, empty if anonymous. In another claim than {@code sub} the user may be a
     * whole number.
     */
    String user(String name) {
        if (members.get(name) instanceof Number && !name.equals(AccessSettings.SUBJECT)) {
            String number = slice(name);
            if (WHOLE.matcher(number).matches()) {
                return number;
            }
        }
        return text(name);
    }

    private static String text(String name, @Nullable Object value) {
        if (value instanceof String text
                && StandardCharsets.UTF_8.newEncoder().canEncode(text)) { // no unpaired surrogate
            return text;
        }
        throw TokenRejection.claims("its " + name + " is not a string");
    }

    /** Returns null if the claim is absent. */
    @Nullable
    Instant time(String name) {
        if (!has(name)) {
            return null;
        }
        if (members.get(name) instanceof Number number && Math.abs(number.doubleValue()) <= MAX_SECONDS) {
            return Instant.ofEpochMilli((long) Math.floor(number.doubleValue() * 1000));
        }
        throw TokenRejection.claims("its " + name + " is not a time in seconds since 1970");
    }

    /** Returns whether the claim is the text, or a list that has the text. */
    boolean names(String name, String text) {
        Object value = members.get(name);
        return text.equals(value) || value instanceof List<?> list && list.contains(text);
    }

    /**
     * Returns the JSON exactly as its author wrote it, in base64 or else plain; null if it is
     * absent.
     */
    @Nullable
    String json(String name) {
        String encoded = text("b64" + name);
        if (!encoded.isEmpty()) {
            return value(name, encoded);
        }
        return source(name);
    }

    /** Returns the JSON exactly as its author wrote it; null if it is absent. */
    @Nullable
    String source(String name) {
        return has(name) ? slice(name) : null;
    }

    /** Reads JSON text from base64. */
    private static String value(String name, String encoded) {
        try {
            String value = decoded(Base64.getDecoder().decode(encoded)).strip();
            if (value.equals(JsonText.member("{\"v\":" + value + "}", "v"))) { // exactly one value
                return value;
            }
        } catch (IllegalArgumentException noBase64) { // falls through
        }
        throw TokenRejection.claims("its b64" + name + " is not JSON in base64");
    }

    private static String decoded(byte[] bytes) {
        String text = JsonText.utf8(ByteBuffer.wrap(bytes));
        if (text == null) {
            throw TokenRejection.claims("its claims are not UTF-8");
        }
        return text;
    }

    private String slice(String name) {
        String slice = JsonText.member(json, name);
        if (slice == null) {
            throw TokenRejection.claims("its " + name + " is nested too deeply, or a member occurs twice");
        }
        return slice;
    }

    /** Returns the channels to which the relay subscribes the client at its connect. */
    Map<String, SubscribeGrant> channels() {
        Map<String, SubscribeGrant> channels = new LinkedHashMap<>();
        if (has("channels")) {
            if (!(members.get("channels") instanceof List<?> names)) {
                throw TokenRejection.claims("its channels is not a list");
            }
            names.stream()
                    .filter(Objects::nonNull)
                    .forEach(name -> channels.put(text("channels", name), SubscribeGrant.PLAIN));
        }
        if (has("subs")) {
            String subs = slice("subs");
            Claims all = new Claims(subs);
            for (String channel : all.members.keySet()) {
                channels.put(channel, all.has(channel) ? all.object(channel).grant(0, null) : SubscribeGrant.PLAIN);
            }
        }
        if (channels.containsKey("")) {
            throw TokenRejection.claims("it names a channel without a name");
        }
        return Map.copyOf(channels);
    }

    private Claims object(String name) {
        return new Claims(slice(name));
    }

    /** Returns the grant for one channel; {@code ttl} is in seconds, 0 for ever. */
    SubscribeGrant grant(long ttl, @Nullable TokenId token) {
        return new SubscribeGrant(json("info"), json("data"), ttl, token, override(), filter());
    }

    private @Nullable TagsFilter filter() {
        String filter = source("server_tags_filter");
        try {
            return filter == null ? null : TagsFilter.of(FilterNode.of(filter));
        } catch (IllegalArgumentException malformed) {
            throw TokenRejection.claims("its server_tags_filter is malformed: " + malformed.getMessage());
        }
    }

    private ChannelOverride override() {
        return has("override") ? ChannelOverride.of(object("override")::choice) : ChannelOverride.NONE;
    }

    /**
     * Returns the value of {@code {"value":true}}, false if it is absent; null if there is no such
     * object.
     */
    private @Nullable Boolean choice(String name) {
        if (!has(name)) {
            return null;
        }
        Claims choice = object(name);
        Object value = choice.has("value") ? choice.members.get("value") : false;
        if (value instanceof Boolean chosen) {
            return chosen;
        }
        throw TokenRejection.claims("its override has a value that is not true or false");
    }
}
