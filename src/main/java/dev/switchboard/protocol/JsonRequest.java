package dev.switchboard.protocol;

import dev.switchboard.json.JsonScanner;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.protocol.Command.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JsonRequest reads the request of one command from JSON. Each request needs a new object.
 *
 * <p>A member that is null counts as absent, except {@code data}. A member that the method does not
 * have is skipped.
 */
final class JsonRequest {

    private final Method method;
    private final JsonScanner json;
    private boolean outOfRange;

    // The members of all methods. The methods that lack a member leave it as it is.
    private final Place place = new Place();
    private String channel = "";
    private String token = "";
    private String name = ""; // of the client's software, or of the method of the application
    private String version = "";
    private Map<String, String> headers = Map.of();
    private Map<String, @Nullable Position> subscriptions = Map.of();
    private @Nullable Payload data;
    private boolean positioned;
    private boolean recoverable;
    private boolean joinLeave;
    private String delta = "";
    private long flag;
    private int type;
    private @Nullable FilterNode filter;
    private boolean map;
    private @Nullable Position since;
    private int limit;
    private boolean reverse;

    JsonRequest(Method method, JsonScanner json) {
        this.method = method;
        this.json = json;
    }

    Request read() {
        json.members(this::member);
        return switch (method) {
            case CONNECT -> new Request.Connect(token, name, version, headers, data, subscriptions);
            case SUBSCRIBE ->
                new Request.Subscribe(
                        channel,
                        token,
                        data,
                        place.position(),
                        place.recover,
                        positioned,
                        recoverable,
                        joinLeave,
                        delta,
                        flag,
                        type,
                        filter);
            case UNSUBSCRIBE -> new Request.Unsubscribe(channel);
            case PUBLISH -> new Request.Publish(channel, data, map);
            case PRESENCE -> new Request.Presence(channel);
            case PRESENCE_STATS -> new Request.PresenceStats(channel);
            case HISTORY -> new Request.History(channel, since, limit, reverse);
            case PING -> new Request.Ping();
            case SEND -> new Request.Send();
            case RPC -> new Request.Rpc(name, data);
            case REFRESH -> new Request.Refresh(token);
            case SUB_REFRESH -> new Request.SubRefresh(channel, token, type);
            case PONG -> new Request.Pong();
        };
    }

    /**
     * Returns true if {@link #read} has met a number that does not fit, or data with too many
     * levels.
     */
    boolean isOutOfRange() {
        return outOfRange;
    }

    private void member(String member) {
        if (member.equals("data")) {
            data();
            return;
        }
        if (json.takeNull()) {
            return;
        }
        switch (method) {
            case CONNECT -> connect(member);
            case SUBSCRIBE -> subscribe(member);
            case UNSUBSCRIBE, PRESENCE, PRESENCE_STATS -> channel(member);
            case PUBLISH -> publish(member);
            case HISTORY -> history(member);
            case REFRESH -> token(member);
            case SUB_REFRESH -> subRefresh(member);
            case RPC -> rpc(member);
            case PING, SEND, PONG -> json.skip();
        }
    }

    private void data() {
        String value = json.valueUnlessDeep();
        if (value == null) {
            outOfRange = true;
        } else {
            data = Payload.json(value);
        }
    }

    private void connect(String member) {
        switch (member) {
            case "subs" -> subscriptions = subscriptions();
            case "name" -> name = json.string();
            case "version" -> version = json.string();
            case "headers" -> headers = headers();
            default -> token(member);
        }
    }

    private Map<String, String> headers() {
        Map<String, String> read = new LinkedHashMap<>();
        json.members(header -> {
            if (!json.takeNull()) {
                read.put(header, json.string());
            }
        });
        return read;
    }

    private Map<String, @Nullable Position> subscriptions() {
        Map<String, @Nullable Position> read = new LinkedHashMap<>();
        json.members(subscribed -> {
            if (!json.takeNull()) {
                Place left = new Place().read();
                read.put(subscribed, left.recover ? left.position() : null);
            }
        });
        return read;
    }

    private void subscribe(String member) {
        switch (member) {
            case "channel" -> channel = json.string();
            case "token" -> token = json.string();
            case "positioned" -> positioned = json.bool();
            case "recoverable" -> recoverable = json.bool();
            case "join_leave" -> joinLeave = json.bool();
            case "delta" -> delta = json.string();
            case "tf" -> filter = FilterNode.read(json);
            case "flag" -> flag = signed(Long.MIN_VALUE, Long.MAX_VALUE);
            case "type" -> type = int32();
            default -> place.member(member);
        }
    }

    private void publish(String member) {
        switch (member) {
            case "type" -> map |= int32() != 0;
            case "key" -> map |= !json.string().isEmpty();
            case "removed" -> map |= json.bool();
            default -> channel(member);
        }
    }

    private void rpc(String member) {
        if (member.equals("method")) {
            name = json.string();
        } else {
            json.skip();
        }
    }

    private void history(String member) {
        switch (member) {
            case "limit" -> limit = int32();
            case "reverse" -> reverse = json.bool();
            case "since" -> since = new Place().read().position();
            default -> channel(member);
        }
    }

    private void subRefresh(String member) {
        switch (member) {
            case "type" -> type = int32();
            case "token" -> token = json.string();
            default -> channel(member);
        }
    }

    private void channel(String member) {
        if (member.equals("channel")) {
            channel = json.string();
        } else {
            json.skip();
        }
    }

    private void token(String member) {
        if (member.equals("token")) {
            token = json.string();
        } else {
            json.skip();
        }
    }

    private int int32() {
        return (int) signed(Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private long signed(long min, long max) {
        try {
            long number = Long.parseLong(json.number());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException noInteger) {
            // treated as a number that does not fit
        }
        outOfRange = true;
        return 0;
    }

    private long unsigned() {
        try {
            return Long.parseUnsignedLong(json.number());
        } catch (NumberFormatException noOffset) {
            outOfRange = true;
            return 0;
        }
    }

    /**
     * Place collects the members of a position, and whether the client wants to recover from there.
     */
    private final class Place {
        private long offset;
        private String epoch = "";
        private boolean recover;

        /** Reads the object that is next. */
        Place read() {
            json.members(member -> {
                if (!json.takeNull()) {
                    member(member);
                }
            });
            return this;
        }

        void member(String member) {
            switch (member) {
                case "offset" -> offset = unsigned();
                case "epoch" -> epoch = json.string();
                case "recover" -> recover = json.bool();
                default -> json.skip();
            }
        }

        Position position() {
            return new Position(epoch, offset);
        }
    }
}
