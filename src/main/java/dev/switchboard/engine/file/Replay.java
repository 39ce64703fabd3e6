package dev.switchboard.engine.file;

import dev.switchboard.engine.StreamLog;
import dev.switchboard.engine.StreamLog.Answered;
import dev.switchboard.engine.StreamLog.Kept;
import dev.switchboard.engine.StreamLog.Restored;
import dev.switchboard.engine.codec.ModelReader;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log of an earlier process, and decides whether something may be missing.
 *
 * <p>If something may be missing, all streams get new epochs, so that no client is told that it has
 * recovered. For one thread.
 */
final class Replay {

    /** What is known about one stream. */
    private static final class StreamState {
        final String epoch;
        final NavigableMap<Long, Kept> kept = new TreeMap<>(Long::compareUnsigned);
        long top;
        long clearedTo;

        @Nullable
        Version version;

        StreamState(Position start) {
            epoch = start.epoch();
            top = start.offset();
        }
    }

    /** The segment that was written last, and its end. */
    record Last(Path file, SegmentHead head, int end) {}

    private final Instant now;
    private final Machine machine;
    private final Map<String, StreamState> streams = new HashMap<>();
    private final List<Answered> answers = new ArrayList<>();
    private final Facts facts;
    private @Nullable String loss;
    private long copiedFrom = -1;
    private @Nullable Last last;

    Replay(Instant now, Machine machine, Facts facts) {
        this.now = now;
        this.machine = machine;
        this.facts = facts;
    }

    /**
     * Reads all segments, and deletes files that were reserved and never begun.
     *
     * @param segments at least one; loses the files that are deleted
     */
    void read(NavigableMap<Long, Path> segments) {
        while (!segments.isEmpty() && open(segments.lastEntry().getValue()).isUnused()) {
            LogFolder.delete(segments.pollLastEntry().getValue());
        }
        SegmentReader before = null;
        SegmentHead head = null;
        for (Map.Entry<Long, Path> segment : segments.entrySet()) {
            SegmentReader reader = open(segment.getValue());
            SegmentHead next = reader.head();
            if (next == null) {
                lost(segment.getValue() + " is damaged");
                continue;
            }
            if (next.sequence() != segment.getKey()
                    || next.file() != machine.identity().applyAsLong(segment.getValue())) {
                lost(segment.getValue() + " is a copy");
            }
            if (before != null && head != null && !follows(before, head, next)) {
                lost("something is missing before " + segment.getValue());
            }
            reader.read(this::apply);
            if (reader.isDamaged()) {
                lost(segment.getValue() + " is damaged");
            }
            before = reader;
            head = next;
        }
        if (before == null || head == null) {
            return;
        }
        if (segments.firstKey() > Math.max(head.first(), copiedFrom)) {
            lost("the beginning is missing");
        }
        if (before.last() == RecordType.SEALED) {
            lost("the end is missing");
        }
        if (before.last() != RecordType.CLOSED && !machine.isSameBoot(head.boot()) && !head.flushed()) {
            lost("the machine stopped before all was on the disk");
        }
        last = new Last(segments.lastEntry().getValue(), head, before.end());
    }

    private static SegmentReader open(Path path) {
        try {
            return SegmentReader.open(path);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static boolean follows(SegmentReader before, SegmentHead head, SegmentHead next) {
        return next.sequence() == head.sequence() + 1 && before.last() == RecordType.SEALED;
    }

    private void lost(String why) {
        if (loss == null) {
            loss = why;
        }
    }

    private void apply(RecordType type, ModelReader record) {
        switch (type) {
            case CREATED -> {
                String channel = record.text();
                streams.put(channel, new StreamState(record.position()));
            }
            case STREAM -> {
                String channel = record.text();
                Position top = record.position();
                Version version = record.version();
                StreamState state = at(channel, top);
                if (Long.compareUnsigned(top.offset(), state.top) >= 0) {
                    state.top = top.offset();
                    state.version = version;
                }
            }
            case PUBLISHED -> publication(record);
            case CLEARED -> {
                String channel = record.text();
                Position top = record.position();
                StreamState state = at(channel, top);
                state.clearedTo = top.offset();
                state.kept.headMap(top.offset(), true).clear();
            }
            case ANSWERED -> {
                String channel = record.text();
                String key = record.text();
                Position position = record.flag() ? record.position() : null;
                long recordedAt = record.number();
                answer(channel, key, position, left(recordedAt, record.number()));
            }
            case FACT -> facts.read(record);
            case COPIED -> copiedFrom = record.number();
            case SEALED, CLOSED -> {}
        }
    }

    /** Returns the stream of that epoch; records of another epoch begin a new stream. */
    private StreamState at(String channel, Position position) {
        StreamState known = streams.get(channel);
        if (known == null || !known.epoch.equals(position.epoch())) {
            known = new StreamState(Position.start(position.epoch()));
            streams.put(channel, known);
        }
        return known;
    }

    private void publication(ModelReader record) {
        String channel = record.text();
        Position position = record.position();
        int size = (int) record.number();
        long recordedAt = record.number();
        Duration left = left(recordedAt, record.number());
        String key = record.text();
        Publication publication = record.publication(position);
        StreamState state = at(channel, position);
        if (Long.compareUnsigned(position.offset(), state.top) > 0) {
            state.top = position.offset();
            state.version = publication.version() == null ? state.version : publication.version();
        }
        if (Long.compareUnsigned(position.offset(), state.clearedTo) > 0) {
            state.kept.put(position.offset(), new Kept(publication, left));
            while (state.kept.size() > size) {
                state.kept.pollFirstEntry();
            }
        }
        if (!key.isEmpty()) {
            answer(channel, key, position, left(recordedAt, StreamLog.KEY_LIFETIME.toMillis()));
        }
    }

    private void answer(String channel, String key, @Nullable Position position, Duration left) {
        if (!left.isZero()) {
            answers.add(new Answered(channel, key, position, left));
        }
    }

    /** Returns what is left of a time to live; a clock that was set back makes no time longer. */
    private Duration left(long recordedAt, long ttl) {
        long age = Math.max(0, now.toEpochMilli() - recordedAt);
        return Duration.ofMillis(Math.max(0, ttl - age));
    }

    /** Returns null if there is no segment. */
    @Nullable
    Last last() {
        return last;
    }

    /** Returns why something may be missing, null if nothing is. */
    @Nullable
    String loss() {
        return loss;
    }

    /** Returns the first segment that a reader needs. */
    long first(NavigableMap<Long, Path> segments) {
        return segments.isEmpty() ? 1 : Math.max(copiedFrom, segments.firstKey());
    }

    /** Gives all streams and answers; {@code epoch} names a new epoch for each old one. */
    void restore(Restored restored, UnaryOperator<String> epoch) {
        Map<String, String> epochs = new HashMap<>();
        streams.forEach((channel, state) -> {
            String now = epoch.apply(state.epoch);
            epochs.put(channel, now);
            List<Kept> kept = state.kept.values().stream()
                    .filter(each -> !each.left().isZero())
                    .map(each -> new Kept(at(each.publication(), now), each.left()))
                    .toList();
            restored.stream(channel, new Position(now, state.top), state.version, kept);
        });
        for (Answered answer : answers) {
            Position position = answer.position();
            StreamState state = streams.get(answer.channel());
            if (position != null && state != null && position.epoch().equals(state.epoch)) {
                position = new Position(epochs.getOrDefault(answer.channel(), state.epoch), position.offset());
            }
            restored.answer(new Answered(answer.channel(), answer.key(), position, answer.left()));
        }
    }

    private static Publication at(Publication publication, String epoch) {
        Position position = publication.position();
        return position == null || position.epoch().equals(epoch)
                ? publication
                : publication.at(new Position(epoch, position.offset()));
    }
}
