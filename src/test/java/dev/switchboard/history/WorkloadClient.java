package dev.switchboard.history;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Speaks the JSON protocol as a client library does, over one connection after another, and records
 * what it sees.
 *
 * <p>One thread calls its methods; frames may come on any thread. Its lock guards everything.
 */
abstract class WorkloadClient {

    final String name;
    final Journal journal;
    private final Target target;
    private final Map<Long, Consumer<JsonObject>> waiting = new HashMap<>();
    private long lastId;
    private @Nullable Connection connection;

    WorkloadClient(String name, Target target, Journal journal) {
        this.name = name;
        this.target = target;
        this.journal = journal;
    }

    synchronized boolean isConnected() {
        return connection != null;
    }

    /** Connects unless it is connected; does nothing if the relay does not answer. */
    void connect() {
        if (isConnected()) {
            return;
        }
        Connection opened = new Connection();
        try {
            opened.open(target);
        } catch (IOException failure) {
            return;
        }
        synchronized (this) {
            if (opened.over) {
                return;
            }
            connection = opened;
            List<String> commands = new ArrayList<>();
            commands.add(command("connect", JsonText.object().add("name", name), answer -> {}));
            addToConnect(commands);
            opened.send(String.join("\n", commands));
        }
    }

    /** Adds commands that are sent together with the connect. */
    void addToConnect(List<String> commands) {}

    /** Drops the connection, if there is one. */
    synchronized void cut() {
        Connection dropped = connection;
        if (dropped != null) {
            journal.record(new Event.Cut(name));
            forget();
            dropped.dropped = true;
            dropped.cut();
        }
    }

    synchronized void pause() {
        if (connection != null) {
            connection.pause();
        }
    }

    synchronized void resume() {
        if (connection != null) {
            connection.resume();
        }
    }

    /**
     * Sends a command if there is a connection. {@code answer} gets the whole reply under the lock,
     * or nothing if the connection ends.
     */
    final void ask(String verb, JsonObjectBuilder members, Consumer<JsonObject> answer) {
        if (connection != null) {
            connection.send(command(verb, members, answer));
        }
    }

    final String command(String verb, JsonObjectBuilder members, Consumer<JsonObject> answer) {
        waiting.put(++lastId, answer);
        return JsonText.object().add("id", lastId).add(verb, members).build().toString();
    }

    /** Returns the error code of a reply; 0 if it has none. */
    static int error(JsonObject answer) {
        return answer.containsKey("error") ? answer.getJsonObject("error").getInt("code") : 0;
    }

    static long number(JsonObject object, String member) {
        return object.containsKey(member) ? object.getJsonNumber(member).longValue() : 0;
    }

    void published(String channel, JsonObject publication) {}

    void unsubscribed(String channel, int code) {}

    /** Hears that the connection has ended. */
    void lost() {}

    private void forget() {
        connection = null;
        waiting.clear();
        lost();
    }

    private void read(Connection from, String frame) {
        for (String line : frame.split("\n", -1)) {
            JsonObject reply = JsonText.parse(line);
            if (reply.isEmpty()) {
                from.send("{}");
            } else if (reply.containsKey("push")) {
                push(from, reply.getJsonObject("push"));
            } else {
                Consumer<JsonObject> answer = waiting.remove(number(reply, "id"));
                if (answer != null) {
                    answer.accept(reply);
                }
            }
        }
    }

    private void push(Connection from, JsonObject push) {
        String channel = push.getString("channel", "");
        if (push.get("pub") instanceof JsonObject publication) {
            published(channel, publication);
        } else if (push.get("unsubscribe") instanceof JsonObject unsubscribe) {
            unsubscribed(channel, unsubscribe.getInt("code"));
        } else if (push.get("disconnect") instanceof JsonObject disconnect) {
            int code = disconnect.getInt("code");
            from.closed(code);
            from.cut();
        }
    }

    /** Returns the value of a publication. */
    static String value(JsonObject publication) {
        return Payload.value(publication.getOrDefault("data", JsonValue.NULL));
    }

    /** One connection; frames of a connection that was dropped are ignored. */
    private final class Connection implements Line.Listener {

        private @Nullable Line line;
        private boolean over;
        private boolean dropped;

        void open(Target at) throws IOException {
            Line opened = at.open(this);
            synchronized (WorkloadClient.this) {
                line = opened;
            }
        }

        void send(String frame) {
            if (line != null) {
                line.send(frame);
            }
        }

        void pause() {
            if (line != null) {
                line.pause();
            }
        }

        void resume() {
            if (line != null) {
                line.resume();
            }
        }

        void cut() {
            if (line != null) {
                line.cut();
            }
        }

        @Override
        public void text(String frame) {
            synchronized (WorkloadClient.this) {
                if (over || dropped) {
                    return;
                }
                try {
                    read(this, frame);
                } catch (RuntimeException failure) { // the frame is no JSON, or lacks a member
                    journal.record(new Event.Malformed(name, frame, failure.toString()));
                }
            }
        }

        @Override
        public void closed(int code) {
            synchronized (WorkloadClient.this) {
                if (over) {
                    return;
                }
                over = true;
                if (dropped) {
                    journal.record(new Event.CloseLate(name, code));
                } else {
                    journal.record(new Event.Close(name, code));
                    forget();
                }
            }
        }
    }
}
