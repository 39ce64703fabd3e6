package dev.switchboard.protocol;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeRequest.Replay;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * RawRecovery is what a raw client asks of the history of its channel. The page raw.md promises the
 * form of ids.
 *
 * @param reached the position of the last message that the client got, null for none
 * @param replay the newest messages that the client asks for, null for none
 * @param withPosition whether the first frame of a raw WebSocket holds the position of the client
 */
record RawRecovery(@Nullable Position reached, @Nullable Replay replay, boolean withPosition) {

    /** The names of the parameters that ask for recovery. */
    static final Set<String> PARAMETERS = Set.of("history", "since", "lastEventId", "position");

    /** The id of an event ends with the time, which recovery does not need. */
    private static final Pattern ID = Pattern.compile("([^:]{1,64}):(\\d{1,18})(?::\\d{1,18})?");

    private static final Pattern COUNT = Pattern.compile("\\d{1,18}");

    /** The position for a malformed id. No stream has this epoch, so recovery fails. */
    private static final Position NOWHERE = new Position("?", 0);

    /**
     * Reads the parameters of a URL.
     *
     * @param lastEventId the header of that name, empty for none. It has precedence over the
     *     parameters, because a browser that reconnects repeats the URL
     */
    static RawRecovery of(Map<String, List<String>> parameters, String lastEventId) {
        boolean wished = flag("position", parameters);
        String id = lastEventId.isEmpty() ? first("lastEventId", parameters) : lastEventId;
        String since = first("since", parameters);
        if (id.isEmpty() && !COUNT.matcher(since).matches()) {
            id = since;
        }
        if (!id.isEmpty()) {
            return new RawRecovery(position(id), null, true);
        }
        if (since.isEmpty() && !parameters.containsKey("history")) {
            return new RawRecovery(null, null, wished);
        }
        int limit = limit(parameters);
        Replay replay = since.isEmpty() ? new Replay(0, limit) : Replay.after(Long.parseLong(since), limit);
        return new RawRecovery(null, replay, wished);
    }

    private static Position position(String id) {
        Matcher known = ID.matcher(id);
        return known.matches() ? new Position(known.group(1), Long.parseLong(known.group(2))) : NOWHERE;
    }

    private static int limit(Map<String, List<String>> parameters) {
        String count = parameters.containsKey("history") ? first("history", parameters) : "" + Integer.MAX_VALUE;
        if (!COUNT.matcher(count).matches()) {
            throw Disconnect.badRequest("history is a number");
        }
        return (int) Math.min(Long.parseLong(count), Integer.MAX_VALUE);
    }

    private static String first(String name, Map<String, List<String>> parameters) {
        return parameters.getOrDefault(name, List.of("")).get(0);
    }

    /** Returns false if the parameter is absent. */
    static boolean flag(String name, Map<String, List<String>> parameters) {
        return switch (parameters.getOrDefault(name, List.of("false")).get(0)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw Disconnect.badRequest(name + " is true or false");
        };
    }
}
