package dev.switchboard.hooks;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonText;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.LogText;
import dev.switchboard.model.Payload;
import dev.switchboard.model.PublishGrant;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.RefreshGrant;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TagsFilter;
import dev.switchboard.model.Version;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the replies to one hook, with a method for each event.
 *
 * <p>A reply that refuses is thrown as a {@link ClientError} or a {@link Disconnect}. A reply that
 * is malformed is an {@link IllegalArgumentException}. Other faults go to the {@link HookWarnings}.
 */
final class HookReplies {

    /** The reason of a disconnect for which the application gives none. */
    static final String DISCONNECTED = "disconnected by the application";

    private static final int FORCED = Disconnect.FORCED.code();
    private static final int PERMISSION_DENIED = ClientError.PERMISSION_DENIED.code();

    /** A member that allows a client only some of the publications of a channel. */
    private static final String FILTER = "server_tags_filter";

    private static final Set<String> OF_CONNECT =
            Set.of("user", "expire_at", "info", "b64info", "data", "b64data", "channels", "subs", "meta");
    private static final Set<String> OF_SUBS = Set.of("info", "b64info", "data", "b64data", "override", FILTER);
    private static final Set<String> OF_SUBSCRIBE =
            Set.of("expire_at", "info", "b64info", "data", "b64data", "override", FILTER);

    /** {@code delta} needs no warning, because the relay itself decides which frames are deltas. */
    private static final Set<String> OF_PUBLISH =
            Set.of("data", "b64data", "skip_history", "tags", "idempotency_key", "delta", "version", "version_epoch");

    private static final Set<String> OF_RPC = Set.of("data", "b64data");
    private static final Set<String> OF_REFRESH = Set.of("expired", "expire_at", "info", "b64info", "meta");
    private static final Set<String> OF_SUB_REFRESH = Set.of("expired", "expire_at", "info", "b64info");

    /** The limit of the server API. */
    private static final int MAX_KEY_BYTES = 255;

    private final InstantSource clock;
    private final HookWarnings warnings;

    HookReplies(InstantSource clock, HookWarnings warnings) {
        this.clock = clock;
        this.warnings = warnings;
    }

    /** Returns the result; null if the application sent none. */
    private @Nullable JsonObject result(String text, Set<String> known) {
        JsonObject reply = JsonObject.of(text);
        JsonObject disconnect = reply.object("disconnect");
        if (disconnect != null) {
            throw disconnect(disconnect);
        }
        JsonObject error = reply.object("error");
        if (error != null) {
            throw error(error);
        }
        JsonObject result = reply.object("result");
        if (result != null) {
            checkMembers(result, known);
        }
        return result;
    }

    private Disconnect disconnect(JsonObject disconnect) {
        String reason = disconnect.text("reason");
        // a client library takes a reason that is JSON for something else
        boolean plain = !reason.isBlank() && !JsonText.isValue(reason);
        long code = disconnect.number("code");
        if (!Disconnect.isCodeOfApplication(code)) {
            warnings.warn("the code " + code + " of a disconnect is none from 3000 to 4999; the client gets " + FORCED);
            code = FORCED;
        }
        return Disconnect.ofApplication((int) code, plain ? reason : DISCONNECTED);
    }

    private ClientError error(JsonObject error) {
        String message = error.text("message");
        boolean temporary = error.flag("temporary");
        long code = error.number("code");
        if (!ClientError.isCodeOfApplication(code)) {
            warnings.warn(
                    "the code " + code + " of an error is none from 100 to 1999; the client gets " + PERMISSION_DENIED);
            code = PERMISSION_DENIED;
        }
        return temporary
                ? ClientError.temporaryOfApplication((int) code, message)
                : ClientError.ofApplication((int) code, message);
    }

    /** Warns of members that are set and have no effect. */
    private void checkMembers(JsonObject result, Set<String> known) {
        for (String name : result.names()) {
            if (!known.contains(name) && result.isSet(name)) {
                warnings.warn("the member " + LogText.quote(name) + " of a result is not obeyed");
            }
        }
    }

    ConnectGrant connect(String text) {
        JsonObject result = result(text, OF_CONNECT);
        if (result == null) { // an empty reply must not admit an anonymous client
            throw new IllegalArgumentException("neither result nor error nor disconnect");
        }
        Map<String, SubscribeGrant> channels = new LinkedHashMap<>();
        result.texts("channels").forEach(channel -> channels.put(channel, SubscribeGrant.PLAIN));
        JsonObject subs = result.object("subs");
        if (subs != null) {
            for (String channel : subs.names()) {
                JsonObject one = subs.object(channel);
                if (one != null) {
                    checkMembers(one, OF_SUBS);
                }
                channels.put(channel, one == null ? SubscribeGrant.PLAIN : grant(one, 0));
            }
        }
        if (channels.containsKey("")) {
            throw new IllegalArgumentException("a channel without a name");
        }
        Identity identity = new Identity(result.text("user"), result.json("info"), ttl(result), Map.copyOf(channels))
                .withMeta(result.json("meta"));
        return ConnectGrant.once(identity, result.json("data"));
    }

    SubscribeGrant subscribe(String text) {
        JsonObject result = orEmpty(result(text, OF_SUBSCRIBE));
        return grant(result, ttl(result));
    }

    private static SubscribeGrant grant(JsonObject result, long ttl) {
        return new SubscribeGrant(
                result.json("info"),
                result.json("data"),
                ttl,
                null,
                override(result.object("override")),
                result.has(FILTER) ? TagsFilter.of(FilterNode.of(String.valueOf(result.source(FILTER)))) : null);
    }

    private static ChannelOverride override(@Nullable JsonObject override) {
        return override == null
                ? ChannelOverride.NONE
                : ChannelOverride.of(name -> {
                    JsonObject choice = override.object(name);
                    return choice == null ? null : choice.flag("value");
                });
    }

    /** Returns the seconds until {@code expire_at}; 0 if the grant never expires. */
    private long ttl(JsonObject result) {
        long end = result.number("expire_at");
        if (end == 0) {
            return 0;
        }
        long left = end - clock.instant().getEpochSecond();
        if (left <= 0) {
            throw ClientError.EXPIRED.because("expire_at is over");
        }
        return left;
    }

    PublishGrant publish(Payload sent, String text) {
        JsonObject result = orEmpty(result(text, OF_PUBLISH));
        Payload data = Payload.in(result, "data");
        return new PublishGrant(
                data == null ? sent : inFormOf(sent, data, result),
                result.textsByName("tags"),
                new PublishOptions(key(result), result.flag("skip_history")),
                version(result));
    }

    private static @Nullable Version version(JsonObject result) {
        String epoch = result.text("version_epoch");
        if (Frame.utf8Size(epoch) > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("version_epoch has more than " + MAX_KEY_BYTES + " bytes");
        }
        if (result.isSet("version")) {
            return new Version(result.unsigned("version"), epoch);
        }
        if (!epoch.isEmpty()) {
            throw new IllegalArgumentException("version_epoch belongs to version");
        }
        return null;
    }

    private static String key(JsonObject result) {
        String key = result.text("idempotency_key");
        if (Frame.utf8Size(key) > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("idempotency_key has more than " + MAX_KEY_BYTES + " bytes");
        }
        return key;
    }

    /** Text that is no JSON is sent to the application as a JSON string, and comes back as one. */
    private static Payload inFormOf(Payload sent, Payload data, JsonObject result) {
        boolean plain = sent.form() == Payload.Form.OPAQUE
                && sent.frame() instanceof Frame.Text text
                && !JsonText.isValue(text.text());
        return plain && result.isText("data") ? Payload.opaque(Frame.text(result.text("data"))) : data;
    }

    @Nullable
    Payload rpc(String text) {
        return Payload.in(orEmpty(result(text, OF_RPC)), "data");
    }

    /**
     * A reply without a result, or without {@code expire_at}, ends the connection, as with
     * Centrifugo.
     */
    RefreshGrant refresh(String text) {
        JsonObject result = result(text, OF_REFRESH);
        if (result == null || result.flag("expired") || result.number("expire_at") == 0) {
            throw Disconnect.EXPIRED;
        }
        return new RefreshGrant(ttl(result), result.json("info"), result.json("meta"));
    }

    /**
     * A reply without a result ends the subscription, as with Centrifugo. Without {@code expire_at}
     * the subscription never expires.
     */
    RefreshGrant subRefresh(String text) {
        JsonObject result = result(text, OF_SUB_REFRESH);
        if (result == null || result.flag("expired")) {
            throw Disconnect.SUBSCRIPTION_EXPIRED;
        }
        return new RefreshGrant(ttl(result), result.json("info"), null);
    }

    private static JsonObject orEmpty(@Nullable JsonObject result) {
        return result == null ? JsonObject.EMPTY : result;
    }
}
