package dev.switchboard.protocol;

import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.Disconnect;
import dev.switchboard.protocol.Command.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** JsonCommand reads one command from JSON. Each command needs a new object. */
final class JsonCommand {

    private static final Map<String, Method> METHODS = Arrays.stream(Method.values())
            .filter(method -> method != Method.PONG)
            .collect(Collectors.toUnmodifiableMap(Method::word, Function.identity()));

    private static final long MAX_ID = 0xffff_ffffL;

    private static final Disconnect BAD_ID = Disconnect.badRequest("an id is a number from 1 to 4294967295");

    private final JsonScanner json;
    private long id;
    private Method method = Method.PONG;
    private Request request = new Request.Pong();
    private boolean outOfRange;

    JsonCommand(JsonScanner json) {
        this.json = json;
    }

    Command read() {
        json.members(this::member);
        return new Command(id, request, outOfRange);
    }

    /** Reads a member. A member that is null counts as absent. */
    private void member(String name) {
        Method named = METHODS.get(name);
        if (json.takeNull()) {
            return;
        }
        if (named != null) {
            request(named);
        } else if (name.equals("id")) {
            id = id();
        } else {
            json.skip();
        }
    }

    private long id() {
        long number;
        try {
            number = Long.parseLong(json.number());
        } catch (NumberFormatException noInteger) {
            throw BAD_ID;
        }
        if (number <= 0 || number > MAX_ID) {
            throw BAD_ID;
        }
        return number;
    }

    private void request(Method named) {
        JsonRequest members = new JsonRequest(named, json);
        Request read = members.read();
        if (named.compareTo(method) < 0) {
            method = named;
            request = read;
            outOfRange = members.isOutOfRange();
        }
    }
}
