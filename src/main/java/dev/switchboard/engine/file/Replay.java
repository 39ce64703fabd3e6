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
import java.util.concurrent.ConcurrentHashMap;
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
        final Places kept = new Places();
        long top;

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
    private List<SegmentReader> files = List.of();
    private final List<Answered> answers = new ArrayList<>();
    private final FileLedger ledger;
    private @Nullable String loss;
    private long sequence; // of the segment that is being read
    private long copiedFrom = -1;
    private long copiedFiles;
    private @Nullable Last last;

    Replay(Instant now, Machine machine, FileLedger ledger) {
        this.now = now;
        this.machine = machine;
        this.ledger = ledger;
    }

    /**
     * Reads all segments, and deletes files that were reserved and have no record. All processors
     * check the files, and one takes the records in their order.
     *
     * @param segments at least one; loses the files that are deleted
     */
    void read(NavigableMap<Long, Path> segments) {
        while (!segments.isEmpty() && open(segments.lastEntry().getValue()).isUnused()) {
            LogFolder.delete(segments.pollLastEntry().getValue());
        }
        files = segments.values().stream().map(Replay::open).toList();
        files.parallelStream().forEach(SegmentReader::check);
        int file = -1;
        SegmentReader before = null;
        SegmentHead head = null;
        for (Map.Entry<Long, Path> segment : segments.entrySet()) {
            int number = ++file;
            SegmentReader reader = files.get(number);
            SegmentHead next = reader.head();
            if (before != null
                    && before.last() != RecordType.SEALED
                    && reader.isEmpty()
                    && segment.getKey().equals(segments.lastKey())) {
                break; // the process was killed before it sealed the one before
            }
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
            sequence = next.sequence();
            reader.read((type, record, from) -> apply(type, record, number, from));
            if (reader.isDamaged()) {
                lost(segment.getValue() + " is damaged");
            }
            before = reader;
            head = next;
        }
        if (before == null || head == null) {
            return;
        }
        if (segments.lastKey() > sequence) {
            LogFolder.delete(segments.pollLastEntry().getValue());
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

    private void apply(RecordType type, ModelReader record, int file, int from) {
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
            case PUBLISHED -> publication(record, file, from);
            case CLEARED -> {
                String channel = record.text();
                Position top = record.position();
                at(channel, top).kept.remove(top.offset());
            }
            case ANSWERED -> {
                String channel = record.text();
                String key = record.text();
                Position position = record.flag() ? record.position() : null;
                long recordedAt = record.number();
                answer(channel, key, position, left(recordedAt, record.number()));
            }
            case FACT -> ledger.read(record);
            case COPIED -> {
                copiedFrom = record.number();
                copiedFiles = sequence - copiedFrom + 1;
            }
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

    private void publication(ModelReader record, int file, int from) {
        String channel = record.text();
        Position position = record.position();
        long size = record.number();
        long recordedAt = record.number();
        Duration left = left(recordedAt, record.number());
        String key = record.text();
        StreamState state = at(channel, position);
        long offset = position.offset();
        int begin = record.consumed();
        Version version = record.skipPublication();
        if (Long.compareUnsigned(offset, state.top) > 0) {
            state.top = offset;
            state.version = version == null ? state.version : version;
        }
        if (!left.isZero()) {
            state.kept.add(offset, left.toMillis(), file, from, record.consumed(), begin);
        }
        state.kept.remove(Long.compareUnsigned(offset, size) > 0 ? offset - size : 0);
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

    /** Returns how many segments the last copy took; 0 if there was none. */
    long copiedFiles() {
        return copiedFiles;
    }

    /**
     * Gives all streams and answers, and reads the files again; {@code epoch} names a new epoch for
     * each old one.
     *
     * <p>All processors read, each other streams.
     */
    void restore(Restored restored, UnaryOperator<String> epoch) {
        Map<String, String> epochs = new ConcurrentHashMap<>();
        streams.entrySet().parallelStream().forEach(entry -> {
            String channel = entry.getKey();
            StreamState state = entry.getValue();
            String now = epoch.apply(state.epoch);
            epochs.put(channel, now);
            restored.stream(channel, new Position(now, state.top), state.version, read(state.kept, now));
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

    private List<Kept> read(Places places, String epoch) {
        byte[] room = new byte[places.largest()];
        List<Kept> kept = new ArrayList<>(places.count());
        places.forEach(place -> {
            SegmentReader file = files.get(places.file(place));
            ModelReader record = new ModelReader(file.copy(places.from(place), places.size(place), room));
            record.goTo(places.begin(place));
            Publication publication = record.publication(new Position(epoch, places.offset(place)));
            kept.add(new Kept(publication, Duration.ofMillis(places.left(place))));
        });
        return kept;
    }
}
