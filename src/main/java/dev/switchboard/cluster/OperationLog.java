package dev.switchboard.cluster;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Failure;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.LogText;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Operation;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * OperationLog tells operations to the other nodes, and carries out theirs, each once and in their
 * order.
 *
 * <p>The operations are publications of one channel with a history. A node that finds a gap between
 * two offsets reads the history from its position on. It also reads when it begins to listen, when
 * the engine names another top, and every 30 s.
 *
 * <p>If the stream has another epoch, or goes back, offsets mean nothing. The node then reads the
 * whole history, and carries out what it does not know by its id.
 */
final class OperationLog implements InternalChannels.Receiver {

    private static final System.Logger LOG = System.getLogger(OperationLog.class.getName());

    private static final String CHANNEL = InternalChannels.name("operations");
    private static final Retention RETENTION = new Retention(1_000, Duration.ofMinutes(5));
    private static final Duration PULL = Duration.ofSeconds(30);
    private static final int PAGE = 100;

    /** The time for which a node knows an id: longer than any history has the operation. */
    private static final Duration MEMORY = RETENTION.ttl().multipliedBy(2);

    /** The largest number of ids that a node knows. */
    private static final int KNOWN = 100_000;

    private final Engine engine;
    private final InternalChannels channels;
    private final Turns turns;
    private final String self;
    private final Operation.Member member;
    private final LongSupplier nanoTime;
    private final RateLimit warnings;
    private final AtomicLong told = new AtomicLong();

    // The fields below belong to the turns.

    /** Null before the first read; with an empty epoch after the stream has changed. */
    private @Nullable Position position;

    /** The ids of the latest operations, oldest first, and when the node heard of each. */
    private final Map<String, Long> known = new LinkedHashMap<>();

    private boolean reading;
    private boolean again;
    private boolean behind = true;
    private long readAt;

    OperationLog(
            Engine engine,
            InternalChannels channels,
            Turns turns,
            String self,
            Operation.Member member,
            LongSupplier nanoTime) {
        this.engine = engine;
        this.channels = channels;
        this.turns = turns;
        this.self = self;
        this.member = member;
        this.nanoTime = nanoTime;
        this.warnings = new RateLimit(1, nanoTime.getAsLong());
        this.readAt = nanoTime.getAsLong();
    }

    CompletionStage<?> tell(Operation operation) {
        JsonWriter json = new JsonWriter().string("from", self).string("id", self + "." + told.incrementAndGet());
        String text = OperationText.write(operation, json).finish();
        return engine.publish(CHANNEL, Publication.ofServer(Payload.json(text), Map.of(), ""), RETENTION);
    }

    /** Begins, or reads what the node may have missed. Called once a second. */
    void check() {
        turns.execute(() -> {
            if (behind || nanoTime.getAsLong() - readAt >= PULL.toNanos()) {
                read();
            }
        });
    }

    @Override
    public void published(String text, @Nullable Position at) {
        if (at != null && current().isFollowedBy(at)) {
            position = at;
            carryOut(text);
        } else {
            read();
        }
    }

    @Override
    public void reached(Position top) {
        if (!current().equals(top)) {
            read();
        }
    }

    @Override
    public void listening() {
        read();
    }

    /** Returns the position of a log that has begun. */
    private Position current() {
        return Objects.requireNonNull(position);
    }

    private void read() {
        behind = true;
        if (reading) {
            again = true;
            return;
        }
        reading = true;
        again = false;
        readAt = nanoTime.getAsLong();
        Position since = position;
        HistoryQuery query = new HistoryQuery(since, since == null ? -1 : PAGE, Order.OLDEST_FIRST);
        CompletionStage<?> unused = engine.history(CHANNEL, query, RETENTION)
                .whenComplete((page, failure) -> turns.execute(() -> {
                    reading = false;
                    if (failure != null) {
                        failed(Failure.cause(failure));
                    } else if (since == null) {
                        begin(page);
                    } else {
                        take(page, since);
                    }
                }));
    }

    private void failed(Throwable failure) {
        if (failure == ClientError.UNRECOVERABLE_POSITION) {
            startAnew();
        } // else check() reads again
    }

    /** Knows what was told before this node began, and does not carry it out. */
    private void begin(History page) {
        for (Publication earlier : page.publications()) {
            JsonObject message =
                    message(Objects.requireNonNullElse(earlier.data().frame().text(), ""));
            if (message != null) {
                know(message.text("id"));
            }
        }
        position = page.top();
        channels.open(CHANNEL, turns, this);
    }

    private void startAnew() {
        LOG.log(
                System.Logger.Level.WARNING,
                "the engine has another history than before: this node carries out the operations that are in it");
        position = new Position("", 0);
        read();
    }

    private void take(History page, Position since) {
        Position top = page.top();
        boolean sameStream = since.epoch().isEmpty() || since.epoch().equals(top.epoch());
        if (!sameStream || top.isBefore(since)) {
            startAnew();
            return;
        }
        for (Publication publication : page.publications()) {
            Position at = publication.position();
            if (at != null && isAhead(at)) {
                advance(at);
                carryOut(Objects.requireNonNullElse(publication.data().frame().text(), ""));
            }
        }
        boolean more = isAhead(top);
        if (more && page.publications().isEmpty()) {
            advance(new Position(top.epoch(), top.offset() + 1));
            position = top;
            more = false;
        }
        if (more || again) {
            read();
        } else {
            behind = false;
        }
    }

    private boolean isAhead(Position at) {
        return !current().epoch().equals(at.epoch()) || current().isBefore(at);
    }

    private void advance(Position to) {
        Position before = current();
        if (!before.epoch().isEmpty() && !before.isFollowedBy(to)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> (to.offset() - before.offset() - 1)
                            + " operations of other nodes are lost: they were no longer in the history of the engine");
        }
        position = to;
    }

    private void carryOut(String text) {
        JsonObject message = message(text);
        if (message == null || !know(message.text("id")) || message.text("from").equals(self)) {
            return;
        }
        Operation operation;
        try {
            operation = OperationText.read(message);
        } catch (RuntimeException malformed) { // of any kind that the values of an operation throw
            warn("an operation of another node cannot be read: " + malformed.getMessage());
            return;
        }
        if (operation == null) {
            warn("this version does not know the operation " + LogText.quote(message.text("kind"))
                    + " of another node");
            return;
        }
        try {
            CompletionStage<?> unused = operation.carryOut(member).whenComplete((done, failure) -> {
                if (failure != null) {
                    note(Failure.cause(failure));
                }
            });
        } catch (ClientError refused) {
            note(refused);
        }
    }

    private static void note(Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "an operation of another node has failed for a client", failure);
    }

    /** Returns null if the text is not a message with an id. */
    private @Nullable JsonObject message(String text) {
        try {
            JsonObject message = JsonObject.of(text);
            if (!message.text("id").isEmpty()) {
                return message;
            }
            warn("an operation of another node has no id");
        } catch (IllegalArgumentException malformed) {
            warn("an operation of another node cannot be read: " + malformed.getMessage());
        }
        return null;
    }

    /** Returns false if the id is known. */
    private boolean know(String id) {
        long now = nanoTime.getAsLong();
        boolean isNew = known.putIfAbsent(id, now) == null;
        Iterator<Long> oldest = known.values().iterator();
        while (known.size() > KNOWN || now - oldest.next() > MEMORY.toNanos()) {
            oldest.remove();
        }
        return isNew;
    }

    private void warn(String what) {
        if (warnings.take(nanoTime.getAsLong())) {
            LOG.log(System.Logger.Level.WARNING, what);
        }
    }
}
