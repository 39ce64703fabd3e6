package dev.switchboard.console;

import static dev.switchboard.console.Sampler.decimal;

import dev.switchboard.console.HotList.Hot;
import dev.switchboard.hub.ClientState;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Inspection;
import dev.switchboard.hub.Inspection.ChannelSize;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.Failure;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Views answers what operators look at, as JSON objects.
 *
 * <p>An answer with the member {@code node} is about that node alone; presence and history are those
 * of all nodes. No answer holds a token, a key or a password, and none but a history holds payloads.
 * Any thread; nothing blocks. A stage fails with a {@link ClientError}.
 */
public final class Views {

    /** Maximum subscribers and present clients that the view of a channel lists. */
    private static final int LISTED = 100;

    private final String node;
    private final Inspection inspection;
    private final Activity activity;
    private final ServerOperations backend;
    private final Supplier<List<NodeInfo>> nodes;
    private final ClientLimits limits;

    /** {@code node} is the id of this node, which is the first of {@code nodes}. */
    Views(
            String node,
            Hub hub,
            Activity activity,
            ServerOperations backend,
            Supplier<List<NodeInfo>> nodes,
            ClientLimits limits) {
        this.node = node;
        this.inspection = new Inspection(hub);
        this.activity = activity;
        this.backend = backend;
        this.nodes = nodes;
        this.limits = limits;
    }

    private JsonWriter answer() {
        return new JsonWriter(1_024).string("node", node);
    }

    /** Returns the hot channels and the slow clients, so many of each kind. */
    public String top(int limit) {
        double seconds = activity.messages().seconds();
        JsonWriter json = answer().json("seconds", decimal(Math.rint(seconds * 10) / 10));
        json.object("channels");
        addRates(json, "messages", activity.messages(), limit, seconds);
        addRates(json, "bytes", activity.bytes(), limit, seconds);
        addSizes(json, "subscribers", inspection.largestChannels(limit), "value");
        json.end().object("clients").array("outbox");
        for (ClientState client : inspection.slowest(limit)) {
            json.element();
            addName(json, client);
            json.number("value", client.waiting().bytes())
                    .number("age", client.waiting().ageMillis())
                    .end();
        }
        json.endArray();
        addClients(json, "messages", activity.publishers(), limit, seconds);
        addClients(json, "errors", activity.errors(), limit, seconds);
        json.end().array("reconnects");
        for (Hot hot : activity.connects().top(limit)) {
            if (hot.count() > 1) { // the first connection is no reconnect
                boolean user = hot.key().startsWith(Activity.USER);
                json.element()
                        .string(
                                user ? "user" : "address",
                                hot.key().substring((user ? Activity.USER : Activity.ADDRESS).length()))
                        .number("value", hot.count() - 1)
                        .end();
            }
        }
        return json.endArray().finish();
    }

    private static void addRates(JsonWriter json, String name, HotList list, int limit, double seconds) {
        json.array(name);
        for (Hot hot : list.top(limit)) {
            json.element()
                    .string("channel", hot.key())
                    .json("value", decimal(hot.count() / seconds))
                    .end();
        }
        json.endArray();
    }

    private void addClients(JsonWriter json, String name, HotList list, int limit, double seconds) {
        json.array(name);
        for (Hot hot : list.top(limit)) {
            json.element();
            ClientState client = inspection.client(hot.key());
            if (client == null) { // it has gone, or it never had a connection
                json.string("client", hot.key());
            } else {
                addName(json, client);
            }
            json.json("value", decimal(hot.count() / seconds)).end();
        }
        json.endArray();
    }

    private static void addName(JsonWriter json, ClientState client) {
        json.string("client", client.client()).string("user", client.user()).string("address", client.address());
    }

    private static void addSizes(JsonWriter json, String name, List<ChannelSize> sizes, String figure) {
        json.array(name);
        for (ChannelSize size : sizes) {
            json.element()
                    .string("channel", size.channel())
                    .number(figure, size.subscribers())
                    .end();
        }
        json.endArray();
    }

    /** Returns the channels whose names contain the text. */
    public String channels(String text, int limit) {
        List<ChannelSize> found = inspection.channels(text, limit + 1);
        JsonWriter json = answer();
        addSizes(json, "channels", found.subList(0, Math.min(limit, found.size())), "subscribers");
        return json.json("more", Boolean.toString(found.size() > limit)).finish();
    }

    /** Completes with the rule, the subscribers, the presence and the history of a channel. */
    public CompletionStage<String> channel(String name) {
        CompletionStage<Explanation> rule = backend.explain("", name, "");
        CompletionStage<@Nullable Map<String, ClientInfo>> presence = ifKept(() -> backend.presence(name));
        CompletionStage<@Nullable History> history =
                ifKept(() -> backend.history(name, new HistoryQuery(null, 1, HistoryQuery.Order.OLDEST_FIRST)));
        return rule.thenCompose(explained ->
                presence.thenCombine(history, (present, oldest) -> channel(name, explained, present, oldest)));
    }

    private String channel(
            String name, Explanation rule, @Nullable Map<String, ClientInfo> present, @Nullable History oldest) {
        JsonWriter json = answer().string("channel", name)
                .string("namespace", namespace(rule.rule()))
                .json("rule", rule.json())
                .number("subscribers", inspection.subscribers(name));
        addInfos(json, "clients", inspection.subscribers(name, LISTED));
        if (present == null) {
            json.json("presence", "null");
        } else {
            addInfos(json, "presence", present.values().stream().limit(LISTED).toList());
        }
        if (oldest == null) {
            return json.json("history", "null").finish();
        }
        Position top = oldest.top();
        Position first = oldest.publications().isEmpty()
                ? null
                : oldest.publications().get(0).position();
        return json.object("history")
                .number("size", first == null ? 0 : top.offset() - first.offset() + 1)
                .string("epoch", top.epoch())
                .unsigned("offset", top.offset())
                .finish();
    }

    private static String namespace(Explanation.Rule rule) {
        return switch (rule.place()) {
            case NAMESPACE, UNKNOWN -> rule.name();
            case CHANNEL, DEFAULTS -> "";
        };
    }

    private static void addInfos(JsonWriter json, String name, List<ClientInfo> infos) {
        json.array(name);
        infos.forEach(info -> json.element()
                .string("client", info.client())
                .string("user", info.user())
                .end());
        json.endArray();
    }

    /** Completes with null if the channel does not keep what is asked for. */
    private static <T> CompletionStage<@Nullable T> ifKept(Supplier<CompletionStage<T>> question) {
        CompletionStage<T> stage;
        try {
            stage = question.get();
        } catch (ClientError refused) {
            stage = CompletableFuture.failedStage(refused);
        }
        return stage.<@Nullable T>thenApply(answer -> answer).exceptionallyCompose(failure -> {
            Throwable cause = Failure.cause(failure);
            boolean absent = cause.equals(ClientError.NOT_AVAILABLE) || cause.equals(ClientError.UNKNOWN_CHANNEL);
            return absent ? CompletableFuture.completedStage(null) : CompletableFuture.failedStage(cause);
        });
    }

    /** Completes with the newest publications of a channel, the newest first. */
    public CompletionStage<String> history(String channel, int limit, boolean payloads) {
        return backend.history(channel, HistoryQuery.newest(limit)).thenApply(page -> {
            JsonWriter json = new JsonWriter(1_024).array("publications");
            page.publications().forEach(publication -> addPublication(json, publication, payloads));
            return json.endArray().finish();
        });
    }

    private static void addPublication(JsonWriter json, Publication publication, boolean payloads) {
        Position position = publication.position();
        ClientInfo publisher = publication.publisher();
        json.element();
        if (position != null) {
            json.unsigned("offset", position.offset());
        }
        if (publication.time() > 0) {
            json.number("time", publication.time());
        }
        json.number("size", publication.data().size());
        if (payloads) {
            Watch.addData(publication, json);
        }
        if (publisher != null) {
            json.string("client", publisher.client()).string("user", publisher.user());
        }
        json.end();
    }

    /** Returns the clients whose id, user or address contains the text. */
    public String clients(String text, int limit) {
        List<ClientState> found = inspection.clients(text, limit + 1);
        JsonWriter json = answer();
        addRows(json, found.subList(0, Math.min(limit, found.size())));
        return json.json("more", Boolean.toString(found.size() > limit)).finish();
    }

    private void addRows(JsonWriter json, List<ClientState> clients) {
        json.array("clients");
        clients.forEach(client -> {
            json.element();
            addClient(json, client);
            json.end();
        });
        json.endArray();
    }

    /** Returns null if there is no such client on this node. */
    public @Nullable String client(String id) {
        ClientState client = inspection.client(id);
        if (client == null) {
            return null;
        }
        JsonWriter json = answer();
        addClient(json, client);
        return json.finish();
    }

    private void addClient(JsonWriter json, ClientState client) {
        addName(json, client);
        json.string("transport", client.transport())
                .string("protocol", client.protocol())
                .json("connectedAt", seconds(client.since()))
                .array("channels");
        client.channels().forEach(json::string);
        json.endArray()
                .object("outbox")
                .number("bytes", client.waiting().bytes())
                .number("messages", client.waiting().messages())
                .number("age", client.waiting().ageMillis())
                .end();
        addVolume(json, "sent", client.sent());
        addVolume(json, "received", client.received());
        ClientState.Fault fault = client.lastError();
        if (fault == null) {
            json.json("lastError", "null");
        } else {
            json.object("lastError")
                    .number("code", fault.denial().code())
                    .string("message", fault.denial().text())
                    .json("at", seconds(fault.at()))
                    .end();
        }
        json.object("limits");
        addLimit(json, "channels", client.channels().size(), limits.channels());
        addLimit(json, "outboxBytes", client.waiting().bytes(), limits.outboxBytes());
        addLimit(
                json,
                "outboxAge",
                client.waiting().ageMillis(),
                limits.outboxAge().toMillis());
        json.end();
    }

    private static void addVolume(JsonWriter json, String name, ClientState.Volume volume) {
        json.object(name)
                .number("messages", volume.messages())
                .number("bytes", volume.bytes())
                .end();
    }

    private static void addLimit(JsonWriter json, String name, long used, long of) {
        json.object(name).number("used", used).number("of", of).end();
    }

    private static String seconds(Instant time) {
        return decimal(time.toEpochMilli() / 1_000.0);
    }

    /** Returns the clients of the user, and whether the user is blocked. */
    public String user(String id) {
        JsonWriter json = answer().string("user", id);
        addRows(json, inspection.clientsOf(id, LISTED));
        return json.json("blocked", Boolean.toString(inspection.isBlocked(id))).finish();
    }

    /** Returns the nodes. Only of this one the version is known. */
    public String nodes(String version) {
        JsonWriter json = answer().array("nodes");
        for (NodeInfo info : nodes.get()) {
            json.element().string("node", info.uid()).string("name", info.name());
            if (info.uid().equals(node)) {
                json.string("version", version);
            }
            json.number("clients", info.clients())
                    .number("users", info.users())
                    .number("channels", info.channels())
                    .number("subscriptions", info.subscriptions())
                    .number("uptime", info.uptime().toSeconds())
                    .end();
        }
        return json.endArray().finish();
    }
}
