package dev.switchboard.protocol;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one call of the server API says, or an object within it.
 *
 * <p>A member that is null or at its default counts as absent, except {@code data}, since generated
 * libraries write all members. A fault is a {@link ClientError#BAD_REQUEST} whose detail names the
 * member, and holds nothing of its value.
 */
final class ApiCall {

    /** Of whatever a caller names, in bytes of UTF-8. */
    private static final int MAX_NAME = 255;

    private static final int QUOTED = 64;

    /** Centrifugo's Go library (gocent v3) writes the left names for the right ones, with null where they are not set. */
    private static final Map<String, String> OTHER_NAMES =
            Map.of("Disconnect", "disconnect", "ClientWhitelist", "whitelist");

    /** The members of an override, and how Centrifugo named them before it had one. */
    private static final Map<String, String> OVERRIDES = Map.of(
            "presence", "presence",
            "join_leave", "join_leave",
            "force_push_join_leave", "join_leave",
            "force_recovery", "recover",
            "force_positioning", "position");

    private static final int MIN_DISCONNECT = 3_000;

    private static final int MAX_DISCONNECT = 4_999;

    /** Of each thousand codes, clients come again after the first five hundred (protocol section 14.3). */
    private static final int RECONNECTING = 500;

    private static final int KIND_OF_CODES = 1_000;

    /** The reason of a close frame if the application gives none. */
    private static final String NO_REASON = "disconnected by the application";

    private static final String DATA = "data";
    private static final String B64_DATA = "b64data";

    /** A call without parameters. */
    static final ApiCall EMPTY = new ApiCall(JsonObject.EMPTY);

    private final @Nullable JsonObject members;

    private ApiCall(@Nullable JsonObject members) {
        this.members = members;
    }

    /** Takes the value that is next; throws {@link Disconnect} if it is malformed. */
    static ApiCall read(JsonScanner json) {
        if (json.isObject()) {
            return new ApiCall(JsonObject.next(json).renamed(OTHER_NAMES));
        }
        json.skip();
        return new ApiCall(null);
    }

    private <T extends @Nullable Object> T ask(Function<JsonObject, T> question) {
        if (members == null) {
            throw bad("the parameters are not an object");
        }
        try {
            return question.apply(members);
        } catch (IllegalArgumentException other) {
            throw bad(String.valueOf(other.getMessage()));
        }
    }

    /** Refuses a member that is neither honoured nor ignored, and an ignored one that is set. */
    void demand(Set<String> honoured, Set<String> ignored) {
        for (String name : ask(JsonObject::names)) {
            if (ignored.contains(name)) {
                if (isSet(name)) {
                    throw bad(name + " is not served here, so it must be absent or at its default");
                }
            } else if (!honoured.contains(name)) {
                throw bad("there is no member \"" + name.substring(0, Math.min(QUOTED, name.length())) + "\" here, but "
                        + String.join(", ", new TreeSet<>(honoured)));
            }
        }
    }

    /** Returns whether the member is neither absent nor at a default. */
    boolean isSet(String name) {
        return ask(object -> object.isSet(name));
    }

    /** Empty if there is none. */
    String text(String name) {
        return ask(object -> object.text(name));
    }

    /** A name for something, which is kept; empty if there is none. */
    String name(String name) {
        String text = text(name);
        if (Frame.utf8Size(text) > MAX_NAME) {
            throw bad(name + " has more than " + MAX_NAME + " bytes");
        }
        return text;
    }

    /** A name that must be there. */
    String required(String name) {
        String text = name(name);
        if (text.isEmpty()) {
            throw bad(name + " is missing");
        }
        return text;
    }

    boolean flag(String name) {
        return ask(object -> object.flag(name));
    }

    /** 0 if there is none. */
    long number(String name, long min, long max) {
        long number = ask(object -> object.number(name));
        if (isSet(name) && (number < min || number > max)) {
            throw bad(name + " is not from " + min + " to " + max);
        }
        return number;
    }

    /** Returns any JSON in its source text, or from base64; null if there is none. */
    @Nullable
    String json(String name) {
        String encoded = "b64" + name;
        if (isSet(encoded) && isSet(name)) {
            throw oneOf(name, encoded);
        }
        return ask(object -> object.json(name));
    }

    private static ClientError oneOf(String name, String encoded) {
        return bad("one of " + name + " and " + encoded + " is needed");
    }

    @Nullable
    ApiCall object(String name) {
        JsonObject object = ask(all -> all.object(name));
        return object == null ? null : new ApiCall(object);
    }

    /** Returns with what clients are sent away. */
    Disconnect disconnect() {
        ApiCall given = object("disconnect");
        if (given == null) {
            return Disconnect.FORCED;
        }
        given.demand(Set.of("code", "reason", "reconnect"), Set.of());
        String reason = given.text("reason");
        if (!given.isSet("code")) {
            if (!reason.isEmpty()) {
                throw bad("the code of the disconnect is missing");
            }
            return Disconnect.FORCED;
        }
        int code = (int) given.number("code", MIN_DISCONNECT, MAX_DISCONNECT);
        if (given.flag("reconnect") && code % KIND_OF_CODES >= RECONNECTING) {
            throw bad("reconnect is for a code from 3000 to 3499 or from 4000 to 4499");
        }
        try {
            return new Disconnect(code, reason.isEmpty() ? NO_REASON : reason);
        } catch (IllegalArgumentException wrong) {
            throw bad("a reason of a disconnect has up to 123 bytes, not all of them spaces");
        }
    }

    List<String> texts(String name) {
        return ask(object -> object.texts(name));
    }

    String channel() {
        return channel(text("channel"));
    }

    /** Returns the text of the channel, which may be a bad name; empty if there is none. */
    String channelForLog() {
        try {
            return text("channel");
        } catch (ClientError none) {
            return "";
        }
    }

    static String channel(String name) {
        if (name.isEmpty()) {
            throw bad("channel is missing");
        }
        String fault = ChannelName.fault(name);
        if (fault != null) {
            throw bad(fault);
        }
        return name;
    }

    static ChannelPattern pattern(String text) {
        try {
            return ChannelPattern.of(text);
        } catch (IllegalArgumentException malformed) {
            throw bad(String.valueOf(malformed.getMessage()));
        }
    }

    ClientSelector recipients() {
        String user = name("user");
        String client = name("client");
        String session = name("session");
        if (user.isEmpty() && client.isEmpty() && session.isEmpty()) {
            throw bad("user or client is needed");
        }
        return new ClientSelector(user, client, session);
    }

    /** Returns what holds in place of the channel rule; Go's library writes some of it beside the other members. */
    ChannelOverride override() {
        ApiCall given = object("override");
        if (given != null) {
            given.demand(OVERRIDES.keySet(), Set.of());
        }
        return ChannelOverride.of(member -> {
            ApiCall wrapped = given == null ? null : given.object(member);
            if (wrapped != null) {
                wrapped.demand(Set.of("value"), Set.of());
                return wrapped.flag("value");
            }
            return flag(OVERRIDES.getOrDefault(member, "")) ? Boolean.TRUE : null;
        });
    }

    /** {@code most} is in bytes, of the data and the tags together. */
    Publication publication(int most) {
        Publication publication = Publication.ofServer(
                        payload(), ask(object -> object.textsByName("tags")), name("sender"))
                .withVersion(version());
        if (publication.size() > most) {
            throw bad("data and tags are larger than switchboard.api.message.bytes=" + most);
        }
        return publication;
    }

    private @Nullable Version version() {
        if (isSet("version")) {
            return new Version(
                    ask(object -> object.unsigned("version")), isSet("version_epoch") ? name("version_epoch") : "");
        }
        if (isSet("version_epoch")) {
            throw bad("version_epoch belongs to version");
        }
        return null;
    }

    private Payload payload() {
        String data = ask(object -> object.source(DATA)); // null is a value to publish
        boolean encoded = isSet(B64_DATA);
        if (encoded ? isSet(DATA) : data == null) {
            throw oneOf(DATA, B64_DATA);
        }
        return encoded || data == null
                ? Objects.requireNonNull(ask(object -> Payload.in(object, DATA)))
                : Payload.json(data);
    }

    /** Null if none is given. */
    @Nullable
    Position position(String name) {
        ApiCall since = object(name);
        if (since == null) {
            return null;
        }
        since.demand(Set.of("offset", "epoch"), Set.of());
        return new Position(since.name("epoch"), since.ask(object -> object.unsigned("offset")));
    }

    /** What its author may set right. */
    static ClientError bad(String what) {
        return ClientError.BAD_REQUEST.because(what);
    }
}
