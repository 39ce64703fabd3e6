package dev.switchboard.engine;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds the history of one channel: the newest publications, the epoch and the top (protocol
 * section 8). Offsets only grow.
 *
 * <p>Publications expire, but the epoch and the top stay. Only a stream that was unused for 30 days
 * is forgotten. The caller of each method holds the lock of the stream. Times are in nanoseconds of
 * one monotonic clock.
 */
final class Stream {

    private static final Duration ABANDONED_AFTER = Duration.ofDays(30);

    /** About what a stream, or one entry of it, takes beside its texts, in bytes. */
    private static final int OVERHEAD = 256;

    private record Entry(Publication publication, long expiry) {}

    private final String channel;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private Position top = Position.start(Epoch.next());
    private final long maxBytes;
    private final HistoryMemory.Slot slot;
    private long bytes;
    private @Nullable Version version; // the last one, even if its publication is evicted
    private boolean forgotten;
    private boolean recorded;
    private long usedAt;

    /** {@code maxBytes} is the bound of this stream. */
    Stream(String channel, long maxBytes, HistoryMemory.Slot slot, long now) {
        this.channel = channel;
        this.maxBytes = maxBytes;
        this.slot = slot;
        this.usedAt = now;
        this.bytes = OVERHEAD + 2L * channel.length();
    }

    String channel() {
        return channel;
    }

    HistoryMemory.Slot slot() {
        return slot;
    }

    /** Returns about the size of the stream in bytes. */
    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    Position top() {
        return top;
    }

    /** Returns whether the stream has had the version of the publication or a newer one. */
    boolean isOutdated(Publication publication) {
        Version next = publication.version();
        return version != null && next != null && next.isOutdated(version);
    }

    /** Returns the publication in the next place; the stream does not change. */
    Publication place(Publication publication) {
        return publication.at(new Position(top.epoch(), top.offset() + 1));
    }

    /** Adds a publication that {@link #place} has returned. Evicts the oldest ones if there are too many. */
    void append(Publication placed, Retention retention, long now) {
        use(now);
        top = Objects.requireNonNull(placed.position());
        version = placed.version() == null ? version : placed.version();
        entries.addLast(new Entry(placed, now + retention.ttl().toNanos()));
        bytes += cost(placed);
        while (entries.size() > retention.size() || bytes > maxBytes && !entries.isEmpty()) {
            removeFirst();
        }
    }

    /** Takes what an earlier process knew of this stream, which is new. */
    void restore(Position reached, @Nullable Version last, List<StreamLog.Kept> kept, long now) {
        top = reached;
        version = last;
        recorded = true;
        for (StreamLog.Kept each : kept) {
            entries.addLast(new Entry(each.publication(), now + each.left().toNanos()));
            bytes += cost(each.publication());
        }
        while (bytes > maxBytes && !entries.isEmpty()) {
            removeFirst();
        }
    }

    /** Returns the publications that the stream keeps, oldest first. */
    List<StreamLog.Kept> kept(long now) {
        evict(now);
        return entries.stream()
                .map(entry -> new StreamLog.Kept(entry.publication, Duration.ofNanos(entry.expiry - now)))
                .toList();
    }

    /** Returns the version of the last publication that had one, null if none had. */
    @Nullable
    Version version() {
        return version;
    }

    /** Returns whether the log knows this stream. */
    boolean isRecorded() {
        return recorded;
    }

    void recorded() {
        recorded = true;
    }

    private void use(long now) {
        usedAt = now;
        evict(now);
    }

    /** Removes expired publications. */
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

    /**
     * Returns a page.
     *
     * @throws ClientError {@link ClientError#UNRECOVERABLE_POSITION} if the query has another epoch
     */
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

    /**
     * Returns whether the page is found sooner from the newest end. Most clients that recover have
     * missed few publications of a long history, and many recover at a time.
     */
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

    /**
     * Removes all publications. The offsets go on, so that a client that missed publications finds
     * out.
     */
    void clear(long now) {
        use(now);
        trim(0);
    }

    /** Removes the oldest publications until the stream takes less than {@code limit} bytes. */
    void trim(long limit) {
        while (bytes >= limit && !entries.isEmpty()) {
            removeFirst();
        }
    }

    /** Returns whether the stream was unused for so long that it is forgotten. */
    boolean isAbandoned(long now) {
        return now - usedAt > ABANDONED_AFTER.toNanos();
    }

    /**
     * Ends the stream. A thread that waited for its lock must get the next stream of the channel,
     * which has another epoch.
     */
    void forget() {
        forgotten = true;
        trim(0);
        bytes = 0;
    }

    boolean isForgotten() {
        return forgotten;
    }
}
