package dev.switchboard.protocol;

import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.protocol.Command.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads one command from JSON; one object for each. A member that is null counts as absent, except {@code data}. */
final class JsonCommand {

    private static final Map<String, Method> METHODS = Arrays.stream(Method.values())
            .filter(method -> method != Method.PONG)
            .collect(Collectors.toUnmodifiableMap(Method::word, Function.identity()));

    private static final long MAX_ID = 0xffff_ffffL;

    private static final Disconnect BAD_ID = Disconnect.badRequest("an id is a number from 1 to 4294967295");

    private final JsonScanner json;
    private long id;
    private Command command = new Command(Method.PONG);

    JsonCommand(JsonScanner json) {
        this.json = json;
    }

    Command read() {
        json.members(this::envelope);
        return command.identified(id);
    }

    private void envelope(String name) {
        Method method = METHODS.get(name);
        if (json.takeNull()) {
            return;
        }
        if (method != null) {
            Command request = new Command(method);
            request(request);
            if (method.compareTo(command.method) < 0) {
                command = request;
            }
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

    private void request(Command request) {
        Place place = new Place();
        json.members(name -> {
            if (name.equals("data")) {
                data(request);
            } else if (!json.takeNull()) {
                member(request, name, place);
            }
        });
        if (request.method == Method.SUBSCRIBE) {
            request.position = place.position();
            request.recover = place.recover;
        }
    }

    private void data(Command request) {
        String value = json.valueUnlessDeep();
        if (value == null) {
            request.outOfRange = true;
        } else {
            request.data = Payload.json(value);
        }
    }

    private void member(Command request, String name, Place place) {
        switch (request.method) {
            case CONNECT -> connect(request, name);
            case SUBSCRIBE -> subscribe(request, name, place);
            case UNSUBSCRIBE, PRESENCE, PRESENCE_STATS -> channel(request, name);
            case PUBLISH -> publish(request, name);
            case HISTORY -> history(request, name);
            case REFRESH -> token(request, name);
            case SUB_REFRESH -> subRefresh(request, name);
            case RPC -> rpc(request, name);
            case PING, SEND, PONG -> json.skip();
        }
    }

    private void connect(Command request, String name) {
        switch (name) {
            case "subs" -> request.before = before(request);
            case "name" -> request.name = json.string();
            case "version" -> request.version = json.string();
            case "headers" -> request.headers = headers();
            default -> token(request, name);
        }
    }

    private Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        json.members(name -> {
            if (!json.takeNull()) {
                headers.put(name, json.string());
            }
        });
        return headers;
    }

    private Map<String, @Nullable Position> before(Command request) {
        Map<String, @Nullable Position> before = new LinkedHashMap<>();
        json.members(channel -> {
            if (!json.takeNull()) {
                Place place = place(request);
                before.put(channel, place.recover ? place.position() : null);
            }
        });
        return before;
    }

    private void subscribe(Command request, String name, Place place) {
        switch (name) {
            case "channel" -> request.channel = json.string();
            case "token" -> request.token = json.string();
            case "positioned" -> request.positioned = json.bool();
            case "recoverable" -> request.recoverable = json.bool();
            case "join_leave" -> request.joinLeave = json.bool();
            case "delta" -> request.delta = json.string();
            case "tf" -> {
                request.filtered = true;
                json.skip();
            }
            case "flag" -> request.flag = signed(request, Long.MIN_VALUE, Long.MAX_VALUE);
            case "type" -> request.type = int32(request);
            default -> place(place, request, name);
        }
    }

    private void publish(Command request, String name) {
        switch (name) {
            case "type" -> request.map |= int32(request) != 0;
            case "key" -> request.map |= !json.string().isEmpty();
            case "removed" -> request.map |= json.bool();
            default -> channel(request, name);
        }
    }

    private void rpc(Command request, String name) {
        if (name.equals("method")) {
            request.name = json.string();
        } else {
            json.skip();
        }
    }

    private void history(Command request, String name) {
        switch (name) {
            case "limit" -> request.limit = int32(request);
            case "reverse" -> request.reverse = json.bool();
            case "since" -> request.position = place(request).position();
            default -> channel(request, name);
        }
    }

    private void subRefresh(Command request, String name) {
        switch (name) {
            case "type" -> request.type = int32(request);
            case "token" -> request.token = json.string();
            default -> channel(request, name);
        }
    }

    private void channel(Command request, String name) {
        if (name.equals("channel")) {
            request.channel = json.string();
        } else {
            json.skip();
        }
    }

    private void token(Command request, String name) {
        if (name.equals("token")) {
            request.token = json.string();
        } else {
            json.skip();
        }
    }

    private Place place(Command request) {
        Place place = new Place();
        json.members(name -> {
            if (!json.takeNull()) {
                place(place, request, name);
            }
        });
        return place;
    }

    private void place(Place place, Command request, String name) {
        switch (name) {
            case "offset" -> place.offset = unsigned(request);
            case "epoch" -> place.epoch = json.string();
            case "recover" -> place.recover = json.bool();
            default -> json.skip();
        }
    }

    private int int32(Command request) {
        return (int) signed(request, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private long signed(Command request, long min, long max) {
        try {
            long number = Long.parseLong(json.number());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException noInteger) {
            // as one that does not fit
        }
        request.outOfRange = true;
        return 0;
    }

    private long unsigned(Command request) {
        try {
            return Long.parseUnsignedLong(json.number());
        } catch (NumberFormatException noOffset) {
            request.outOfRange = true;
            return 0;
        }
    }

    /** The members that make a position, as they come. */
    private static final class Place {
        long offset;
        String epoch = "";
        boolean recover;

        Position position() {
            return new Position(epoch, offset);
        }
    }
}
