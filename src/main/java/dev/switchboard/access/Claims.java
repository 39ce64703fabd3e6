package dev.switchboard.access;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.switchboard.json.JsonText;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.SubscribeGrant;
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

/** What a token says, once its signature holds; whatever is not as it should be is a {@link TokenRejection#CLAIMS}. */
final class Claims {

    /** Beyond this many seconds no {@link Instant} goes, nor anybody's plan. */
    private static final double FOREVER = 1e11;

    private static final Pattern WHOLE = Pattern.compile("-?\\d+");

    private final String json;
    private final Map<String, Object> members;

    /** A JSON object in UTF-8. */
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
            if (json.stripLeading().startsWith("{")) { // the library would take a list of pairs as well
                return JSONObjectUtils.parse(json); // a member that comes twice is an error
            }
        } catch (ParseException noObject) { // falls through
        }
        throw TokenRejection.CLAIMS;
    }

    /** Returns true also for a member that is null. */
    boolean contains(String name) {
        return members.containsKey(name);
    }

    /** Returns false for a member that is null, which serializers write for a value that was never set. */
    boolean has(String name) {
        return members.get(name) != null;
    }

    /** Empty if there is none. */
    String text(String name) {
        return has(name) ? text(members.get(name)) : "";
    }

    /** The user, empty for nobody known; in another claim than {@code sub} it may be a whole number. */
    String user(String name) {
        if (members.get(name) instanceof Number && !name.equals(AccessSettings.SUBJECT)) {
            String number = slice(name);
            if (WHOLE.matcher(number).matches()) {
                return number;
            }
        }
        return text(name);
    }

    private static String text(@Nullable Object value) {
        if (value instanceof String text && StandardCharsets.UTF_8.newEncoder().canEncode(text)) { // no half characters
            return text;
        }
        throw TokenRejection.CLAIMS;
    }

    /** Null if there is none. */
    @Nullable
    Instant time(String name) {
        if (!has(name)) {
            return null;
        }
        if (members.get(name) instanceof Number number && Math.abs(number.doubleValue()) <= FOREVER) {
            return Instant.ofEpochMilli((long) Math.floor(number.doubleValue() * 1000));
        }
        throw TokenRejection.CLAIMS;
    }

    /** Whether the claim is the text, or a list that holds it. */
    boolean names(String name, String text) {
        Object value = members.get(name);
        return text.equals(value) || value instanceof List<?> list && list.contains(text);
    }

    /** JSON exactly as its author wrote it, in base64 or else plain; null if there is none. */
    @Nullable
    String json(String name) {
        String encoded = text("b64" + name);
        if (!encoded.isEmpty()) {
            return value(encoded);
        }
        return source(name);
    }

    /** JSON exactly as its author wrote it; null if there is none. */
    @Nullable
    String source(String name) {
        return has(name) ? slice(name) : null;
    }

    /** JSON text from base64. */
    private String value(String encoded) {
        try {
            String value = decoded(Base64.getDecoder().decode(encoded)).strip();
            if (value.equals(
                    JsonText.member("{\"v\":" + value + "}", "v"))) { // otherwise it is more than one value, or none
                return value;
            }
        } catch (IllegalArgumentException noBase64) { // falls through
        }
        throw TokenRejection.CLAIMS;
    }

    private static String decoded(byte[] bytes) {
        String text = JsonText.utf8(ByteBuffer.wrap(bytes));
        if (text == null) {
            throw TokenRejection.CLAIMS;
        }
        return text;
    }

    private String slice(String name) {
        String slice = JsonText.member(json, name);
        if (slice == null) {
            throw TokenRejection.CLAIMS;
        }
        return slice;
    }

    /** The channels to which the server subscribes the client. */
    Map<String, SubscribeGrant> channels() {
        Map<String, SubscribeGrant> channels = new LinkedHashMap<>();
        if (has("channels")) {
            if (!(members.get("channels") instanceof List<?> names)) {
                throw TokenRejection.CLAIMS;
            }
            names.stream().filter(Objects::nonNull).forEach(name -> channels.put(text(name), SubscribeGrant.PLAIN));
        }
        if (has("subs")) {
            String subs = slice("subs");
            Claims all = new Claims(subs);
            for (String channel : all.members.keySet()) {
                channels.put(channel, all.has(channel) ? all.object(channel).grant(0, null) : SubscribeGrant.PLAIN);
            }
        }
        if (channels.containsKey("")) {
            throw TokenRejection.CLAIMS;
        }
        return Map.copyOf(channels);
    }

    private Claims object(String name) {
        return new Claims(slice(name));
    }

    /** The right to be in one channel for so many seconds, 0 for ever, by this token. */
    SubscribeGrant grant(long ttl, @Nullable TokenId token) {
        return new SubscribeGrant(json("info"), json("data"), ttl, token, override());
    }

    private ChannelOverride override() {
        return has("override") ? ChannelOverride.of(object("override")::choice) : ChannelOverride.NONE;
    }

    /** The value of {@code {"value":true}}, which is false if it is left out; null if there is no such object. */
    private @Nullable Boolean choice(String name) {
        if (!has(name)) {
            return null;
        }
        Claims choice = object(name);
        Object value = choice.has("value") ? choice.members.get("value") : false;
        if (value instanceof Boolean chosen) {
            return chosen;
        }
        throw TokenRejection.CLAIMS;
    }
}
