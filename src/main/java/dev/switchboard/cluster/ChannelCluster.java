package dev.switchboard.cluster;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Frame;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Operation;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Connects nodes by internal channels of the engine that they share. */
public final class ChannelCluster implements Cluster {

    private static final String CHANNELS = "channels";
    private static final String MESSAGE = "message";

    private final Engine engine;
    private final String self;
    private final LongSupplier nanoTime;
    private final Executor writers;
    private final InternalChannels internal;
    private final Questions questions;
    private volatile Function<Message, Delivery> receiver = message -> Delivery.UNKNOWN;
    private volatile @Nullable Parts parts; // null before the start
    private volatile boolean closed;

    /** The parts that need this node. */
    private record Parts(OperationLog operations, LiveNodes nodes, Turns nodesTurns) {}

    /**
     * Creates a cluster.
     *
     * @param engine limits the time of each call
     * @param uid the id of this node, another one with each start
     * @param nanoTime a monotonic clock in nanoseconds
     * @param writers runs the work for other nodes
     */
    public ChannelCluster(Engine engine, String uid, LongSupplier nanoTime, Executor writers) {
        this.engine = engine;
        this.self = uid;
        this.nanoTime = nanoTime;
        this.writers = writers;
        this.internal = new InternalChannels(engine);
        this.questions = new Questions(engine, uid, nanoTime);
    }

    /**
     * Returns the engine for the clients of this node, which knows nothing of the channels between
     * nodes. The hub must use it, and start it before {@link #start}.
     */
    public Engine engine() {
        return new GuardedEngine(engine, internal);
    }

    @Override
    public void start(Member member, Supplier<NodeInfo> info) {
        questions.answer(CHANNELS, (question, answer) -> {
            JsonWriter found = answer.object(CHANNELS);
            member.channels(ChannelPattern.of(question.text("pattern")))
                    .forEach((channel, clients) -> found.entry(channel, Integer.toString(clients)));
            found.end();
        });
        questions.answer(
                MESSAGE,
                (question, answer) -> answer.string(
                        "delivery", receiver.apply(message(question)).name().toLowerCase(Locale.ROOT)));
        OperationLog operations = new OperationLog(engine, internal, new Turns(writers), self, member, nanoTime);
        LiveNodes nodes = new LiveNodes(engine, self, info, nanoTime);
        Turns nodesTurns = new Turns(writers);
        parts = new Parts(operations, nodes, nodesTurns);
        internal.open(Questions.channel(self), new Turns(writers), questions);
        internal.open(LiveNodes.CHANNEL, nodesTurns, nodes);
        operations.check();
    }

    @Override
    public void check() {
        Parts started = parts;
        if (started != null && !closed) {
            internal.check();
            started.operations.check();
            started.nodesTurns.execute(started.nodes::check);
            questions.check();
        }
    }

    @Override
    public void close() {
        Parts started = parts;
        if (started != null) {
            closed = true; // first, so that no sign of life follows
            started.nodes.sayGoodbye();
            internal.close();
        }
    }

    private Parts parts() {
        return Objects.requireNonNull(parts, "the cluster has not been started");
    }

    @Override
    public void receive(Function<Message, Delivery> newReceiver) {
        receiver = newReceiver;
    }

    @Override
    public CompletionStage<?> tell(Operation operation) {
        return parts().operations.tell(operation);
    }

    @Override
    public List<NodeInfo> others() {
        return parts().nodes.others();
    }

    @Override
    public CompletionStage<Map<String, Integer>> channels(ChannelPattern pattern) {
        CompletionStage<Map<String, Integer>> sums = CompletableFuture.completedStage(new HashMap<>());
        List<CompletionStage<JsonObject>> answers = others().stream()
                .map(node -> questions.ask(node.uid(), CHANNELS, json -> json.string("pattern", pattern.text())))
                .toList();
        for (CompletionStage<JsonObject> answer : answers) {
            sums = sums.thenCombine(answer, ChannelCluster::add);
        }
        return sums;
    }

    private static Map<String, Integer> add(Map<String, Integer> sums, JsonObject answer) {
        JsonObject found = answer.object(CHANNELS);
        if (found == null) {
            throw ClientError.INTERNAL;
        }
        found.names().forEach(channel -> sums.merge(channel, Integer.valueOf(found.text(channel)), Integer::sum));
        return sums;
    }

    @Override
    public CompletionStage<Delivery> deliver(String node, Message message) {
        if (engine.fault() != null) { // nodes that live are silent then
            return CompletableFuture.failedStage(ClientError.INTERNAL);
        }
        if (node.equals(self) || !parts().nodes.knows(node)) {
            return CompletableFuture.completedStage(Delivery.UNKNOWN);
        }
        return questions
                .ask(node, MESSAGE, json -> write(message, json))
                .thenApply(answer -> Delivery.valueOf(answer.text("delivery").toUpperCase(Locale.ROOT)));
    }

    private static void write(Message message, JsonWriter json) {
        json.string("session", message.session()).string("login", message.login());
        if (message.frame() instanceof Frame.Text text) {
            json.string("text", text.text());
        } else if (message.frame() instanceof Frame.Binary binary) {
            ByteBuffer bytes = binary.bytes().duplicate();
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            json.string("b64data", Base64.getEncoder().encodeToString(copy));
        }
    }

    private static Message message(JsonObject json) {
        byte[] bytes = json.bytes("data");
        Frame frame =
                json.has("text") ? Frame.text(json.text("text")) : Frame.binary(bytes == null ? new byte[0] : bytes);
        return new Message(json.text("session"), json.text("login"), frame);
    }
}
