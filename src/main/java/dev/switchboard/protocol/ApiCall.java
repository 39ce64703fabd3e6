package dev.switchboard.protocol;

import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Payload;
import dev.switchboard.hub.Position;
import dev.switchboard.hub.Publication;
import dev.switchboard.hub.Recipients;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one call of the server API says, or an object within it: its members, each in its source text.
 *
 * <p>A member that is null counts as absent, except {@code data}. What is not as it should be is a {@link ClientError#BAD_REQUEST} that names
 * the member, and holds nothing of its value.
 */
final class ApiCall {

    /** Of whatever a caller names, in bytes of UTF-8. */
    private static final int MAX_NAME = 255;

    private static final int QUOTED = 64;

    private final Map<String, String> members;
    private final boolean object;

    private ApiCall(Map<String, String> members, boolean object) {
        this.members = members;
        this.object = object;
    }

    /** Takes the value that is next; throws {@link Disconnect} if it is malformed. */
    static ApiCall read(JsonScanner json) {
        Map<String, String> members = new LinkedHashMap<>();
        boolean object = json.isObject();
        if (object) {
            json.members(name -> members.put(name, json.value()));
        } else {
            json.skip();
        }
        members.entrySet()
                .removeIf(member ->
                        member.getValue().equals("null") && !member.getKey().equals("data"));
        return new ApiCall(members, object);
    }

    /** It has these members alone, or fewer. */
    void demand(Set<String> known) {
        if (!object) {
            throw bad("the parameters are not an object");
        }
        for (String name : members.keySet()) {
            if (!known.contains(name)) {
                throw bad("there is no member \"" + name.substring(0, Math.min(QUOTED, name.length())) + "\" here, but "
                        + String.join(", ", new TreeSet<>(known)));
            }
        }
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    private <T> @Nullable T value(String name, String type, Function<JsonScanner, T> reader) {
        String source = members.get(name);
        if (source == null) {
            return null;
        }
        try {
            JsonScanner json = new JsonScanner(source);
            T value = reader.apply(json);
            json.end();
            return value;
        } catch (Disconnect | NumberFormatException other) {
            throw bad(name + " is not " + type);
        }
    }

    /** Empty if there is none. */
    String text(String name) {
        String text = value(name, "a string", JsonScanner::string);
        return text == null ? "" : text;
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
        Boolean flag = value(name, "true or false", JsonScanner::bool);
        return flag != null && flag;
    }

    /** 0 if there is none. */
    long number(String name, long min, long max) {
        Long number = value(name, "a whole number", json -> Long.parseLong(json.number()));
        if (number != null && (number < min || number > max)) {
            throw bad(name + " is not from " + min + " to " + max);
        }
        return number == null ? 0 : number;
    }

    /** Any JSON in its source text; null if there is none. */
    @Nullable
    String json(String name) {
        return members.get(name);
    }

    @Nullable
    ApiCall object(String name) {
        return value(name, "an object", json -> {
            if (!json.isObject()) {
                throw bad(name + " is not an object");
            }
            return read(json);
        });
    }

    List<String> texts(String name) {
        List<String> texts = value(name, "a list of strings", json -> {
            List<String> list = new ArrayList<>();
            json.elements(() -> list.add(json.string()));
            return list;
        });
        if (texts == null) {
            throw bad(name + " is missing");
        }
        return texts;
    }

    private Map<String, String> tags() {
        Map<String, String> tags = value("tags", "an object of strings", json -> {
            Map<String, String> map = new LinkedHashMap<>();
            json.members(tag -> map.put(tag, json.string()));
            return map;
        });
        return tags == null ? Map.of() : tags;
    }

    String channel() {
        return channel(text("channel"));
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

    Recipients recipients() {
        String user = name("user");
        String client = name("client");
        if (user.isEmpty() && client.isEmpty()) {
            throw bad("user or client is needed");
        }
        return new Recipients(user, client);
    }

    /** {@code most} is in bytes, of the data and the tags together. */
    Publication publication(int most) {
        Publication publication = Publication.ofServer(payload(), tags(), name("sender"));
        if (publication.size() > most) {
            throw bad("data and tags are larger than switchboard.message.bytes=" + most);
        }
        return publication;
    }

    private Payload payload() {
        String data = members.get("data");
        if (has("b64data") == (data != null)) {
            throw bad("one of data and b64data is needed");
        }
        if (data != null) {
            return Payload.json(data);
        }
        try {
            return JsonText.payload(Base64.getDecoder().decode(text("b64data")));
        } catch (IllegalArgumentException malformed) {
            throw bad("b64data is not base64");
        }
    }

    /** Null if none is given. */
    @Nullable
    Position since() {
        ApiCall since = object("since");
        if (since == null) {
            return null;
        }
        since.demand(Set.of("offset", "epoch"));
        Long offset = since.value("offset", "a whole number", json -> Long.parseUnsignedLong(json.number()));
        return new Position(since.name("epoch"), offset == null ? 0 : offset);
    }

    /** What its author may set right. */
    static ClientError bad(String what) {
        return ClientError.BAD_REQUEST.because(what);
    }
}
