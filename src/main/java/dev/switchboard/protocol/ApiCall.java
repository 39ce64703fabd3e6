package dev.switchboard.protocol;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ChannelPattern;
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
 * ApiCall holds the parameters of one call of the server API, or an object within them.
 *
 * <p>A member that is null or at its default counts as absent, because generated libraries write
 * all members. The exception is {@code data}. If a member is wrong, its method throws a {@link
 * ClientError#BAD_REQUEST} whose detail names the member, and holds nothing of its value.
 */
final class ApiCall {

    /** Maximum bytes of a name in UTF-8. */
    private static final int MAX_NAME = 255;

    /** Maximum characters of an unknown member in an error. */
    private static final int QUOTED = 64;

    /** Names that Centrifugo's Go library (gocent v3) writes, and the names of the API for them. */
    private static final Map<String, String> OTHER_NAMES =
            Map.of("Disconnect", "disconnect", "ClientWhitelist", "whitelist");

    /** The members of an override, and the names that old versions of Centrifugo have for them. */
    private static final Map<String, String> OVERRIDES = Map.of(
            "presence", "presence",
            "join_leave", "join_leave",
            "force_push_join_leave", "join_leave",
            "force_recovery", "recover",
            "force_positioning", "position");

    /** The lowest code with which the application may disconnect clients. */
    private static final int MIN_DISCONNECT = 3_000;

    /** The highest such code. */
    private static final int MAX_DISCONNECT = 4_999;

    /** Clients reconnect after the first 500 of each 1000 codes (protocol section 14.3). */
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

    /** Reads the next value. If it is malformed, throws a {@link Disconnect}. */
    static ApiCall read(JsonScanner json) {
        if (json.isObject()) {
            return new ApiCall(JsonObject.next(json).renamed(OTHER_NAMES));
        }
        json.skip();
        return new ApiCall(null);
    }

    private <T extends @Nullable Object> T ask(Function<JsonObject, T> question) {
        if (members == null) {
            throw badRequest("the parameters are not an object");
        }
        try {
            return question.apply(members);
        } catch (IllegalArgumentException other) {
            throw badRequest(String.valueOf(other.getMessage()));
        }
    }

    /** Refuses an unknown member, and an unsupported member that is set. */
    void requireKnown(Set<String> supported, Set<String> unsupported) {
        for (String name : ask(JsonObject::names)) {
            if (unsupported.contains(name)) {
                if (isSet(name)) {
                    throw badRequest(name + " is not served here, so it must be absent or at its default");
                }
            } else if (!supported.contains(name)) {
                throw badRequest("there is no member \"" + name.substring(0, Math.min(QUOTED, name.length()))
                        + "\" here, but " + String.join(", ", new TreeSet<>(supported)));
            }
        }
    }

    /** Returns true if the member is neither absent nor at its default. */
    boolean isSet(String name) {
        return ask(object -> object.isSet(name));
    }

    /** Returns a text, empty if the member is absent. */
    String text(String name) {
        return ask(object -> object.text(name));
    }

    /**
     * Returns a text of limited length, because the relay keeps it. Empty if the member is absent.
     */
    String name(String name) {
        String text = text(name);
        if (Frame.utf8Size(text) > MAX_NAME) {
            throw badRequest(name + " has more than " + MAX_NAME + " bytes");
        }
        return text;
    }

    /** Returns a name. Throws if it is absent. */
    String required(String name) {
        String text = name(name);
        if (text.isEmpty()) {
            throw badRequest(name + " is missing");
        }
        return text;
    }

    /** Returns false if the member is absent. */
    boolean flag(String name) {
        return ask(object -> object.flag(name));
    }

    /** Returns a number from {@code min} to {@code max}, or 0 if the member is absent. */
    long number(String name, long min, long max) {
        long number = ask(object -> object.number(name));
        if (isSet(name) && (number < min || number > max)) {
            throw badRequest(name + " is not from " + min + " to " + max);
        }
        return number;
    }

    /**
     * Returns the source text of any JSON value, or decodes it from Base64. Null if the member is
     * absent.
     */
    @Nullable
    String json(String name) {
        String encoded = "b64" + name;
        if (isSet(encoded) && isSet(name)) {
            throw oneOf(name, encoded);
        }
        return ask(object -> object.json(name));
    }

    private static ClientError oneOf(String name, String encoded) {
        return badRequest("one of " + name + " and " + encoded + " is needed");
    }

    /** Returns null if the member is absent. */
    @Nullable
    ApiCall object(String name) {
        JsonObject object = ask(all -> all.object(name));
        return object == null ? null : new ApiCall(object);
    }

    /** Returns the code and the reason with which the relay disconnects clients. */
    Disconnect disconnect() {
        ApiCall given = object("disconnect");
        if (given == null) {
            return Disconnect.FORCED;
        }
        given.requireKnown(Set.of("code", "reason", "reconnect"), Set.of());
        String reason = given.text("reason");
        if (!given.isSet("code")) {
            if (!reason.isEmpty()) {
                throw badRequest("the code of the disconnect is missing");
            }
            return Disconnect.FORCED;
        }
        int code = (int) given.number("code", MIN_DISCONNECT, MAX_DISCONNECT);
        if (given.flag("reconnect") && code % KIND_OF_CODES >= RECONNECTING) {
            throw badRequest("reconnect is for a code from 3000 to 3499 or from 4000 to 4499");
        }
        try {
            return new Disconnect(code, reason.isEmpty() ? NO_REASON : reason);
        } catch (IllegalArgumentException wrong) {
            throw badRequest("a reason of a disconnect has up to 123 bytes, not all of them spaces");
        }
    }

    /** Returns an empty list if the member is absent. */
    List<String> texts(String name) {
        return ask(object -> object.texts(name));
    }

    /** Returns the channel. Throws if its name is absent or wrong. */
    String channel() {
        return channel(text("channel"));
    }

    /** Returns the text of the channel, which may be a wrong name. Empty if there is none. */
    String channelForLog() {
        try {
            return text("channel");
        } catch (ClientError none) {
            return "";
        }
    }

    /** Returns the name. Throws if it is no name of a channel. */
    static String channel(String name) {
        if (name.isEmpty()) {
            throw badRequest("channel is missing");
        }
        String fault = ChannelName.fault(name);
        if (fault != null) {
            throw badRequest(fault);
        }
        return name;
    }

    /** Reads a pattern of channels. Throws if it is malformed. */
    static ChannelPattern pattern(String text) {
        try {
            return ChannelPattern.of(text);
        } catch (IllegalArgumentException malformed) {
            throw badRequest(String.valueOf(malformed.getMessage()));
        }
    }

    /** Returns the clients that the call is about. Throws if it names none. */
    ClientSelector recipients() {
        String user = name("user");
        String client = name("client");
        String session = name("session");
        if (user.isEmpty() && client.isEmpty() && session.isEmpty()) {
            throw badRequest("user or client is needed");
        }
        return new ClientSelector(user, client, session);
    }

    /**
     * Returns the options that replace those of the channel rule. The Go library writes some of
     * them outside of {@code override}.
     */
    ChannelOverride override() {
        ApiCall given = object("override");
        if (given != null) {
            given.requireKnown(OVERRIDES.keySet(), Set.of());
        }
        return ChannelOverride.of(member -> {
            ApiCall wrapped = given == null ? null : given.object(member);
            if (wrapped != null) {
                wrapped.requireKnown(Set.of("value"), Set.of());
                return wrapped.flag("value");
            }
            return flag(OVERRIDES.getOrDefault(member, "")) ? Boolean.TRUE : null;
        });
    }

    /** Returns the publication. {@code maxBytes} is the limit of data and tags together. */
    Publication publication(int maxBytes) {
        Publication publication = Publication.ofServer(
                        payload(), ask(object -> object.textsByName("tags")), name("sender"))
                .withVersion(version());
        if (publication.size() > maxBytes) {
            throw badRequest("data and tags are larger than switchboard.api.message.bytes=" + maxBytes);
        }
        return publication;
    }

    private @Nullable Version version() {
        if (isSet("version")) {
            return new Version(
                    ask(object -> object.unsigned("version")), isSet("version_epoch") ? name("version_epoch") : "");
        }
        if (isSet("version_epoch")) {
            throw badRequest("version_epoch belongs to version");
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

    /** Returns null if the member is absent. */
    @Nullable
    Position position(String name) {
        ApiCall since = object(name);
        if (since == null) {
            return null;
        }
        since.requireKnown(Set.of("offset", "epoch"), Set.of());
        return new Position(since.name("epoch"), since.ask(object -> object.unsigned("offset")));
    }

    /** Returns an error that the author of the call can correct. */
    static ClientError badRequest(String what) {
        return ClientError.BAD_REQUEST.because(what);
    }
}
