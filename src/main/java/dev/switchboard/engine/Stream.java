package dev.switchboard.engine;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The past of one channel: offsets that only grow, and the newest publications (protocol section 8).
 *
 * <p>Time takes the publications but neither epoch nor top; only a stream that nobody used for long is forgotten whole. All methods are
 * called under its lock.
 */
final class Stream {

    private static final Duration ABANDONED_AFTER = Duration.ofDays(30);

    /** What a stream and an entry of it cost beyond their texts, roughly. */
    private static final int OVERHEAD = 256;

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final int EPOCH_LENGTH = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    private record Entry(Publication publication, long expiry) {}

    private final String channel;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private Position top = Position.start(newEpoch());
    private final long maxBytes;
    private final HistoryMemory.Slot slot;
    private long bytes;
    private @Nullable Version version; // the last one, also of a publication that is evicted
    private boolean forgotten;
    private long usedAt;

    /** {@code maxBytes} is what the stream may hold. */
    Stream(String channel, long maxBytes, HistoryMemory.Slot slot, long now) {
        this.channel = channel;
        this.maxBytes = maxBytes;
        this.slot = slot;
        this.usedAt = now;
        this.bytes = OVERHEAD + 2L * channel.length();
    }

    private static String newEpoch() {
        StringBuilder epoch = new StringBuilder(EPOCH_LENGTH);
        for (int i = 0; i < EPOCH_LENGTH; i++) {
            epoch.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
        }
        return epoch.toString();
    }

    String channel() {
        return channel;
    }

    HistoryMemory.Slot slot() {
        return slot;
    }

    /** Returns about what the stream holds, in bytes. */
    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    Position top() {
        return top;
    }

    /** Returns whether the stream has had this version or a newer one. */
    boolean isOutdated(Publication publication) {
        Version next = publication.version();
        return version != null && next != null && next.isOutdated(version);
    }

    /** The publication in its place. */
    Publication append(Publication publication, Retention retention, long now) {
        use(now);
        top = new Position(top.epoch(), top.offset() + 1);
        Publication placed = publication.at(top);
        version = placed.version() == null ? version : placed.version();
        entries.addLast(new Entry(placed, now + retention.ttl().toNanos()));
        bytes += cost(placed);
        while (entries.size() > retention.size() || bytes > maxBytes && !entries.isEmpty()) {
            removeFirst();
        }
        return placed;
    }

    private void use(long now) {
        usedAt = now;
        evict(now);
    }

    /** Drops what is too old. */
    void evict(long now) {
        while (!entries.isEmpty() && now - entries.getFirst().expiry >= 0) {
            removeFirst();
        }
    }

    private void removeFirst() {
        bytes -= cost(entries.removeFirst().publication);
    }

    private static long cost(Publication publication) {
        return OVERHEAD + publication.size();
    }

    History read(HistoryQuery query, long now) {
        use(now);
        Position since = query.since();
        if (since != null && !since.epoch().isEmpty() && !since.epoch().equals(top.epoch())) {
            throw ClientError.UNRECOVERABLE_POSITION;
        }
        boolean forward = query.order() == Order.OLDEST_FIRST;
        if (forward && since != null && isNearTop(since)) {
            return new History(newerThan(since, query.limit()), top);
        }
        List<Publication> page = new ArrayList<>();
        Iterator<Entry> rest = forward ? entries.iterator() : entries.descendingIterator();
        while (rest.hasNext() && (query.limit() < 0 || page.size() < query.limit())) {
            Publication publication = rest.next().publication;
            if (since == null || isBeyond(since, publication, forward)) {
                page.add(publication);
            }
        }
        return new History(List.copyOf(page), top);
    }

    /** Those who come back have mostly missed little of a long past, and are many at a time. */
    private boolean isNearTop(Position since) {
        return Long.compareUnsigned(top.offset() - since.offset(), entries.size() / 2) <= 0;
    }

    private List<Publication> newerThan(Position since, int limit) {
        List<Publication> newer = new ArrayList<>();
        for (Iterator<Entry> rest = entries.descendingIterator(); rest.hasNext(); ) {
            Publication publication = rest.next().publication;
            if (!isBeyond(since, publication, true)) {
                break;
            }
            newer.add(publication);
        }
        Collections.reverse(newer);
        return List.copyOf(limit < 0 ? newer : newer.subList(0, Math.min(limit, newer.size())));
    }

    private static boolean isBeyond(Position since, Publication publication, boolean forward) {
        Position place = publication.position();
        return place != null && (forward ? since.isBefore(place) : place.isBefore(since));
    }

    /** Drops all publications; what comes after them goes on counting, so that who missed them finds out. */
    void clear(long now) {
        use(now);
        trim(0);
    }

    /** Drops the oldest publications until the stream holds less than {@code limit} bytes. */
    void trim(long limit) {
        while (bytes >= limit && !entries.isEmpty()) {
            removeFirst();
        }
    }

    boolean isAbandoned(long now) {
        return now - usedAt > ABANDONED_AFTER.toNanos();
    }

    /** Ends the stream. A caller that still holds it must get the next one, of another epoch. */
    void forget() {
        forgotten = true;
        trim(0);
        bytes = 0;
    }

    boolean isForgotten() {
        return forgotten;
    }
}
