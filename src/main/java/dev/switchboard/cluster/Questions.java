package dev.switchboard.cluster;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.LogText;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Questions asks other nodes, and answers them. Each node has one channel, to which others send
 * their questions and their answers.
 */
final class Questions implements InternalChannels.Receiver {

    /** Answers the questions of one kind, one at a time. */
    interface Answerer {

        /**
         * Writes the members of the answer.
         *
         * @throws ClientError to refuse the question
         */
        void answer(JsonObject question, JsonWriter answer);
    }

    private static final System.Logger LOG = System.getLogger(Questions.class.getName());

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** The largest number of questions that wait for an answer. */
    private static final int ROOM = 10_000;

    /** The largest answer in characters. */
    private static final int MAX_ANSWER = 1 << 20;

    /** A question that waits; {@code since} is in nanoseconds. */
    private record Asked(String node, String kind, long since, CompletableFuture<JsonObject> answer) {}

    private final Engine engine;
    private final String self;
    private final LongSupplier nanoTime;
    private final RateLimit warnings; // guarded by itself
    private final Map<String, Answerer> answerers = new ConcurrentHashMap<>();
    private final Map<Long, Asked> waiting = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();

    Questions(Engine engine, String self, LongSupplier nanoTime) {
        this.engine = engine;
        this.self = self;
        this.nanoTime = nanoTime;
        this.warnings = new RateLimit(1, nanoTime.getAsLong());
    }

    static String channel(String node) {
        return InternalChannels.name("node." + node);
    }

    /** Answers the questions of that kind from now on. */
    void answer(String kind, Answerer answerer) {
        answerers.put(kind, answerer);
    }

    /**
     * Asks a node. Completes with its answer in the turns of this node.
     *
     * @param members writes the members of the question
     */
    CompletionStage<JsonObject> ask(String node, String kind, Consumer<JsonWriter> members) {
        if (waiting.size() >= ROOM) {
            return CompletableFuture.failedStage(ClientError.TOO_MANY_REQUESTS);
        }
        long id = lastId.incrementAndGet();
        Asked asked = new Asked(node, kind, nanoTime.getAsLong(), new CompletableFuture<>());
        waiting.put(id, asked);
        JsonWriter json =
                new JsonWriter().string("from", self).string("kind", kind).number("question", id);
        members.accept(json);
        CompletionStage<?> unused = send(node, json.finish()).whenComplete((sent, failure) -> {
            if (failure != null && waiting.remove(id) != null) {
                asked.answer.completeExceptionally(failure);
            }
        });
        return asked.answer;
    }

    private CompletionStage<?> send(String node, String text) {
        return engine.publish(channel(node), Publication.ofServer(Payload.json(text), Map.of(), ""), Retention.NONE);
    }

    /** Gives up the questions that wait for too long. Called once a second. */
    void check() {
        long now = nanoTime.getAsLong();
        waiting.forEach((id, asked) -> {
            if (now - asked.since >= PATIENCE.toNanos() && waiting.remove(id) != null) {
                warn("node " + asked.node + " has not answered the question \"" + asked.kind + "\" in "
                        + PATIENCE.toSeconds() + " s");
                asked.answer.completeExceptionally(ClientError.INTERNAL);
            }
        });
    }

    @Override
    public void published(String text, @Nullable Position position) {
        try {
            JsonObject message = JsonObject.of(text);
            if (message.has("answer")) {
                take(message);
            } else {
                reply(message);
            }
        } catch (IllegalArgumentException malformed) {
            warn("a message of another node cannot be read: " + malformed.getMessage());
        }
    }

    private void take(JsonObject answer) {
        Asked asked = waiting.remove(answer.number("answer"));
        if (asked == null) {
            return; // it was given up
        }
        long error = answer.number("error");
        if (error == 0) {
            asked.answer.complete(answer);
            return;
        }
        warn("node " + asked.node + " refuses the question \"" + asked.kind + "\" with error " + error);
        asked.answer.completeExceptionally(
                error == ClientError.LIMIT_EXCEEDED.code() ? ClientError.LIMIT_EXCEEDED : ClientError.INTERNAL);
    }

    private void reply(JsonObject question) {
        String kind = question.text("kind");
        Answerer answerer = answerers.get(kind);
        String text;
        if (answerer == null) {
            warn("this version does not know the question " + LogText.quote(kind) + " of another node");
            text = refusal(question, ClientError.METHOD_NOT_FOUND);
        } else {
            text = answer(question, answerer);
        }
        CompletionStage<?> unused = send(question.text("from"), text).exceptionally(failure -> {
            LOG.log(System.Logger.Level.DEBUG, "an answer to another node is lost", failure);
            return null;
        });
    }

    private String answer(JsonObject question, Answerer answerer) {
        try {
            JsonWriter json = answerTo(question);
            answerer.answer(question, json);
            String text = json.finish();
            return text.length() > MAX_ANSWER ? refusal(question, ClientError.LIMIT_EXCEEDED) : text;
        } catch (ClientError refused) {
            return refusal(question, refused);
        } catch (RuntimeException failure) {
            LOG.log(System.Logger.Level.ERROR, "answering another node", failure);
            return refusal(question, ClientError.INTERNAL);
        }
    }

    private JsonWriter answerTo(JsonObject question) {
        return new JsonWriter().string("from", self).number("answer", question.number("question"));
    }

    private String refusal(JsonObject question, ClientError error) {
        return answerTo(question).number("error", error.code()).finish();
    }

    private void warn(String what) {
        boolean may;
        synchronized (warnings) {
            may = warnings.take(nanoTime.getAsLong());
        }
        if (may) {
            LOG.log(System.Logger.Level.WARNING, what);
        }
    }
}
