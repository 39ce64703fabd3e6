package dev.switchboard.history;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A correct relay of one thread, unless it has a {@link Bug}.
 *
 * <p>It does its work only in {@link #waitUntil}, in small steps, in an order that its seed
 * decides.
 */
final class ModelRelay implements Target {

    private static final int SLOW = 3008;
    private static final int MOST_RECOVERED = 300;
    /**
     * The steps in which a live relay does any work. Clients that always reconnect would give it
     * endless work.
     */
    private static final int STEPS = 100_000;

    private final Random random;
    private final @Nullable Bug bug;
    private final int outboxChars;
    private final Map<String, Stream> streams = new TreeMap<>();
    private final List<Connection> connections = new ArrayList<>();
    private final Map<String, Long> counters = new TreeMap<>();
    private final List<Runnable> later = new ArrayList<>();
    private long clients;
    private int epochs;

    /** {@code channels} has the number of publications that each channel keeps. */
    ModelRelay(long seed, Map<String, Integer> channels, int outboxChars, @Nullable Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        this.outboxChars = outboxChars;
        channels.forEach((name, size) -> streams.put(name, new Stream(name, size, newEpoch())));
    }

    @Override
    public Line open(Line.Listener listener) {
        Connection connection = new Connection(listener);
        connections.add(connection);
        clients++;
        return connection;
    }

    @Override
    public void loseHistory(String channel) {
        Stream stream = stream(channel);
        if (bug == Bug.OFFSET_REUSE) {
            for (int i = 0; i < 5 && !stream.items.isEmpty(); i++) {
                stream.items.removeLast();
                stream.top--;
            }
            return;
        }
        stream.epoch = newEpoch();
        stream.top = 0;
        stream.items.clear();
        for (Connection connection : connections) {
            Subscription subscription = connection.subscriptions.get(channel);
            if (subscription != null && subscription.waiting != null) {
                subscription.waiting.clear();
                subscription.look();
            } else if (subscription != null && bug != Bug.UNTOLD_ROTATION) {
                subscription.insufficient();
            }
        }
    }

    @Override
    public Map<String, Long> counters() {
        Map<String, Long> all = new TreeMap<>(counters);
        all.put("clients", clients);
        all.put(
                "channels",
                streams.keySet().stream()
                        .filter(name -> connections.stream().anyMatch(each -> each.subscriptions.containsKey(name)))
                        .count());
        all.put(
                "outbox.bytes",
                connections.stream().mapToLong(each -> each.outboxSize).sum());
        return all;
    }

    @Override
    public boolean waitUntil(BooleanSupplier met) {
        for (int step = 0; !met.getAsBoolean(); step++) {
            List<Connection> busy =
                    connections.stream().filter(Connection::isBusy).toList();
            if (busy.isEmpty() && later.isEmpty() || step == STEPS) {
                return met.getAsBoolean();
            }
            int choice = random.nextInt(busy.size() + later.size());
            if (choice < busy.size()) {
                busy.get(choice).step();
            } else {
                later.remove(choice - busy.size()).run();
            }
            connections.removeIf(connection -> connection.over);
        }
        return true;
    }

    private String newEpoch() {
        return "epoch" + ++epochs;
    }

    private Stream stream(String channel) {
        Stream stream = streams.get(channel);
        if (stream == null) {
            throw new IllegalArgumentException("no channel " + channel);
        }
        return stream;
    }

    private boolean goesWrong(Bug which, int oneIn) {
        return bug == which && random.nextInt(oneIn) == 0;
    }

    private record Publication(long offset, String epoch, JsonValue data, int chars) {

        JsonObjectBuilder json() {
            JsonObjectBuilder json = JsonText.object().add("data", data);
            return offset == 0 ? json : json.add("offset", offset);
        }
    }

    private final class Stream {

        private final String name;
        private final int size;
        private final Deque<Publication> items = new ArrayDeque<>();
        private String epoch;
        private long top;

        Stream(String name, int size, String epoch) {
            this.name = name;
            this.size = size;
            this.epoch = size > 0 ? epoch : "";
        }

        void publish(JsonValue data) {
            if (size > 0 && goesWrong(Bug.CONFIRMED_NOT_STORED, 50)) {
                return;
            }
            JsonValue kept = data;
            if (goesWrong(Bug.DAMAGED_PAYLOAD, 50)) {
                kept = JsonText.object()
                        .add("value", "p1:1")
                        .add("size", 4)
                        .add("fill", "012")
                        .build();
            }
            Publication publication = new Publication(
                    size > 0 ? ++top : 0, epoch, kept, kept.toString().length());
            if (size > 0) {
                items.add(publication);
                if (items.size() > size) {
                    items.remove();
                }
            }
            for (Connection connection : List.copyOf(connections)) {
                Subscription subscription = connection.subscriptions.get(name);
                if (subscription != null) {
                    subscription.published(publication);
                }
            }
        }
    }

    private final class Connection implements Line {

        private final Listener listener;
        private final Deque<String> inbox = new ArrayDeque<>();
        private final Deque<String> outbox = new ArrayDeque<>();
        private final Map<String, Subscription> subscriptions = new HashMap<>();
        private long outboxSize;
        private boolean paused;
        private boolean over;
        private boolean gone;
        private int closing;
        private @Nullable Runnable unfinished;

        Connection(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void send(String frame) {
            inbox.addAll(List.of(frame.split("\n")));
        }

        @Override
        public void pause() {
            paused = true;
        }

        @Override
        public void resume() {
            paused = false;
        }

        @Override
        public void cut() {
            if (closing == 0) {
                leave();
                closing = 1006;
            }
        }

        private void leave() {
            if (!gone) {
                gone = true;
                clients -= goesWrong(Bug.FORGOTTEN_CLIENT, 10) ? 0 : 1;
                inbox.clear();
                outbox.clear();
                outboxSize = 0;
                subscriptions.clear();
                unfinished = null;
            }
        }

        boolean isBusy() {
            return !over && (closing > 0 || !inbox.isEmpty() || unfinished != null || !paused && !outbox.isEmpty());
        }

        void step() {
            boolean mayWrite = !paused && !outbox.isEmpty();
            boolean mayRead = unfinished != null || !inbox.isEmpty();
            if (closing > 0) {
                over = true;
                listener.closed(closing);
            } else if (mayWrite && (!mayRead || random.nextInt(3) > 0)) {
                write();
            } else if (unfinished != null) {
                Runnable rest = unfinished;
                unfinished = null;
                rest.run();
            } else {
                read(inbox.remove());
            }
        }

        private void write() {
            List<String> together = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0 && !outbox.isEmpty(); i--) {
                String reply = outbox.remove();
                outboxSize -= reply.length();
                together.add(reply);
            }
            listener.text(String.join("\n", together) + (goesWrong(Bug.BLANK_LINE, 100) ? "\n" : ""));
        }

        void offer(JsonObjectBuilder reply) {
            if (gone) {
                return;
            }
            String text = reply.build().toString();
            if (outboxSize + text.length() > outboxChars) {
                if (bug != Bug.DROP_FOR_THE_SLOW) {
                    close();
                }
                return;
            }
            outbox.add(text);
            outboxSize += text.length();
        }

        private void close() {
            closing = SLOW;
            leave();
            counters.merge("disconnects." + SLOW, bug == Bug.MISCOUNTED ? 2L : 1L, Long::sum);
        }

        private void answer(JsonObject command, String verb, JsonObjectBuilder result) {
            offer(JsonText.object().add("id", command.getInt("id")).add(verb, result));
        }

        private void refuse(JsonObject command, int code) {
            offer(JsonText.object()
                    .add("id", command.getInt("id"))
                    .add("error", JsonText.object().add("code", code).add("message", "refused")));
        }

        private void read(String line) {
            JsonObject command = JsonText.parse(line);
            if (command.containsKey("connect")) {
                answer(
                        command,
                        "connect",
                        JsonText.object().add("client", "c").add("ping", 25).add("pong", true));
                offer(JsonText.object());
            } else if (command.get("publish") instanceof JsonObject publish) {
                publish(command, publish);
            } else if (command.get("subscribe") instanceof JsonObject subscribe) {
                subscribe(command, subscribe);
            } else if (command.get("unsubscribe") instanceof JsonObject unsubscribe) {
                unsubscribe(command, unsubscribe.getString("channel"));
            } else if (command.get("history") instanceof JsonObject history) {
                history(command, history);
            }
        }

        private void publish(JsonObject command, JsonObject publish) {
            Stream stream = stream(publish.getString("channel"));
            JsonValue data = publish.getOrDefault("data", JsonValue.NULL);
            int dice = random.nextInt(100);
            if (dice == 0) {
                if (bug == Bug.PUBLISHED_THOUGH_REFUSED) {
                    stream.publish(data);
                }
                refuse(command, 103);
                return;
            }
            if (goesWrong(Bug.ANSWER_BEFORE_STORE, 3)) {
                later.add(() -> stream.publish(data));
            } else if (dice != 1) {
                stream.publish(data);
            }
            if (goesWrong(Bug.WRONG_CHANNEL, 50)) {
                List<Stream> all = List.copyOf(streams.values());
                all.get((all.indexOf(stream) + 1) % all.size()).publish(data);
            }
            if (dice == 1 || dice == 2) {
                refuse(command, 100);
            } else {
                answer(command, "publish", JsonText.object());
            }
        }

        private void subscribe(JsonObject command, JsonObject subscribe) {
            String channel = subscribe.getString("channel");
            Subscription subscription = new Subscription(this, stream(channel), subscribe);
            subscriptions.put(channel, subscription);
            subscription.look();
            unfinished = () -> {
                if (!goesWrong(Bug.NO_ANSWER, 50)) {
                    answer(command, "subscribe", subscription.result());
                }
                subscription.live();
            };
        }

        private void unsubscribe(JsonObject command, String channel) {
            if (bug == Bug.HEARD_AFTER_UNSUBSCRIBE) {
                unfinished = () -> subscriptions.remove(channel);
            } else {
                subscriptions.remove(channel);
            }
            answer(command, "unsubscribe", JsonText.object());
        }

        private void history(JsonObject command, JsonObject history) {
            Stream stream = stream(history.getString("channel"));
            long since = history.containsKey("since")
                    ? history.getJsonObject("since").getInt("offset")
                    : 0;
            JsonArrayBuilder page = JsonText.array();
            stream.items.stream()
                    .filter(item -> item.offset > since)
                    .limit(history.getInt("limit"))
                    .forEach(item -> page.add(item.json()));
            answer(
                    command,
                    "history",
                    JsonText.object()
                            .add("publications", page)
                            .add("epoch", stream.epoch)
                            .add("offset", stream.top));
        }
    }

    private final class Subscription {

        private final Connection connection;
        private final Stream stream;
        private final JsonObject asked;
        /** Publications before the reply is sent; null from then on. */
        private @Nullable List<Publication> waiting = new ArrayList<>();

        private List<Publication> missed = List.of();
        private boolean recovered;
        private String epoch = "";
        private long offset;
        private @Nullable Publication held;

        Subscription(Connection connection, Stream stream, JsonObject asked) {
            this.connection = connection;
            this.stream = stream;
            this.asked = asked;
        }

        /** Reads the publications of the recovery. */
        void look() {
            epoch = stream.epoch;
            offset = stream.top;
            recovered = false;
            missed = List.of();
            if (stream.size == 0 || !asked.getBoolean("recover", false)) {
                return;
            }
            long from =
                    asked.containsKey("offset") ? asked.getJsonNumber("offset").longValue() : 0;
            List<Publication> after = stream.items.stream()
                    .filter(item -> item.offset > from)
                    .limit(MOST_RECOVERED)
                    .toList();
            boolean sameEpoch = asked.getString("epoch").equals(stream.epoch) || bug == Bug.IGNORE_EPOCH;
            int chars = after.stream().mapToInt(item -> item.chars).sum();
            boolean complete = after.isEmpty()
                    ? from == stream.top
                    : after.get(0).offset == from + 1 && after.get(after.size() - 1).offset == stream.top;
            boolean fits = chars <= outboxChars / 2;
            recovered = sameEpoch && fits && (complete || bug == Bug.RECOVERED_WHEN_EVICTED);
            if (recovered || bug == Bug.ITEMS_IN_A_REFUSAL && sameEpoch) {
                missed = after;
            }
            if (missed.size() > 2 && bug == Bug.LOST_IN_RECOVERY) {
                missed = new ArrayList<>(missed);
                missed.remove(1);
            }
        }

        JsonObjectBuilder result() {
            JsonObjectBuilder result = JsonText.object();
            if (stream.size == 0) {
                return result;
            }
            List<Publication> all = new ArrayList<>(missed);
            if (recovered && waiting != null && bug != Bug.SKIP_MERGE) {
                all.addAll(waiting);
            }
            long from = recovered && asked.containsKey("offset")
                    ? asked.getJsonNumber("offset").longValue()
                    : recovered ? 0 : offset;
            result.add("recoverable", true).add("positioned", true).add("epoch", epoch);
            if (from > 0) {
                result.add("offset", from);
            }
            if (asked.getBoolean("recover", false)) {
                result.add("was_recovering", true);
            }
            if (recovered) {
                result.add("recovered", true);
            }
            if (!all.isEmpty()) {
                JsonArrayBuilder publications = JsonText.array();
                all.forEach(each -> publications.add(each.json()));
                result.add("publications", publications);
            }
            return result;
        }

        /** The reply is sent. */
        void live() {
            List<Publication> late = waiting == null ? List.of() : waiting;
            waiting = null;
            if (recovered && bug != Bug.MERGE_AND_DELIVER || bug == Bug.SKIP_MERGE) {
                offset += late.size();
            } else {
                late.forEach(this::deliver);
            }
        }

        void published(Publication publication) {
            if (goesWrong(Bug.DEAF_SUBSCRIBER, 500)) {
                connection.subscriptions.remove(stream.name);
            } else if (waiting == null || bug == Bug.DELIVER_BEFORE_THE_ANSWER) {
                deliver(publication);
            } else {
                waiting.add(publication);
            }
        }

        private void deliver(Publication publication) {
            if (stream.size > 0 && bug != Bug.UNTOLD_ROTATION) {
                if (publication.epoch.equals(epoch) && publication.offset <= offset) {
                    return;
                }
                if (!publication.epoch.equals(epoch) || publication.offset != offset + 1) {
                    insufficient();
                    return;
                }
                offset = publication.offset;
            }
            if (held != null) {
                push(publication);
                push(held);
                held = null;
            } else if (goesWrong(Bug.WRONG_ORDER, 100)) {
                held = publication;
            } else {
                push(publication);
                if (goesWrong(Bug.DOUBLE_DELIVERY, 100)) {
                    push(publication);
                }
            }
        }

        private void push(Publication publication) {
            connection.offer(JsonText.object()
                    .add("push", JsonText.object().add("channel", stream.name).add("pub", publication.json())));
        }

        void insufficient() {
            connection.subscriptions.remove(stream.name);
            JsonObjectBuilder unsubscribe = JsonText.object().add("code", 2500).add("reason", "insufficient state");
            connection.offer(JsonText.object()
                    .add("push", JsonText.object().add("channel", stream.name).add("unsubscribe", unsubscribe)));
        }
    }
}
