package dev.switchboard.engine.file;

import dev.switchboard.engine.Epoch;
import dev.switchboard.engine.StreamLog;
import dev.switchboard.engine.codec.ModelWriter;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import dev.switchboard.spi.Ledger;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to files of fixed size, and copies what is still needed when the files become many.
 *
 * <p>An append copies the record into a mapped file, under the lock of this log, which is taken after
 * the lock of a stream. Other threads do what may block: {@link ReservedFiles} and {@link Flusher}
 * have one each, and the keeper copies and deletes old files. If files are needed faster than they are
 * reserved, publications wait to be told and answered, so that publishers slow down.
 */
public final class FileLog implements StreamLog {

    private static final System.Logger LOG = System.getLogger(FileLog.class.getName());

    /** So many files are no reason to copy, however little of them is needed. */
    private static final int FEW_FILES = 4;

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final LogFolder folder;
    private final Sync sync;
    private final int segmentBytes;
    private final ReservedFiles reserved;
    private final Records records;
    private final Machine machine;
    private final Thread keeper = new Thread(this::keep, "switchboard-log");
    private final Flusher flusher = new Flusher(this::tail, this::settle);

    private final FileLedger ledger;

    // all guarded by this
    private @Nullable Segment active;
    private long first = 1; // the first segment that a reader needs
    private long copiedBytes; // by the last copy
    private boolean incomplete; // the epochs are not those of the older files
    private Replay.@Nullable Last unsealed; // by an earlier process
    private boolean closed;

    /** What an earlier process recorded; null after the start. */
    private @Nullable Replay replay;

    private @Nullable Source source;

    /**
     * Opens the log; may block for some seconds.
     *
     * @param segmentBytes the size of a file, at least twice that of the largest record
     * @throws IllegalArgumentException if the folder cannot be used
     */
    public FileLog(Path folder, Sync sync, int segmentBytes, InstantSource clock) {
        this(LogFolder.open(folder), sync, segmentBytes, clock, Machine.here());
    }

    FileLog(LogFolder folder, Sync sync, int segmentBytes, InstantSource clock, Machine machine) {
        this.folder = folder;
        this.machine = machine;
        this.sync = sync;
        this.segmentBytes = segmentBytes;
        this.records = new Records(clock);
        NavigableMap<Long, Path> segments = folder.segments();
        this.ledger = new FileLedger(this, clock);
        this.replay = new Replay(clock.instant(), machine, ledger);
        replay.read(segments);
        first = replay.first(segments);
        copiedBytes = replay.copiedFiles() * segmentBytes;
        this.reserved =
                new ReservedFiles(folder, machine, segmentBytes, segments.isEmpty() ? 1 : segments.lastKey() + 1);
    }

    @Override
    public void start(Restored restored, Source streams) {
        Replay earlier = Objects.requireNonNull(replay, "started before");
        replay = null; // it holds as much as all streams
        String loss = earlier.loss();
        if (loss != null) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the log in " + folder + " is not complete: " + loss
                            + "; all streams get new epochs, and clients are told that they did not recover");
        }
        earlier.restore(restored, loss == null ? epoch -> epoch : epoch -> Epoch.next());
        source = streams;
        reserved.start();
        synchronized (this) {
            incomplete = loss != null;
            unsealed = loss == null ? earlier.last() : null;
            ReservedFiles.Reserved file = reserved.take();
            if (file != null) {
                begin(file);
            }
        }
        sealEarlier();
        if (loss != null) {
            copy();
        }
        keeper.setDaemon(true);
        keeper.start();
        flusher.start();
    }

    @Override
    public void created(String channel, Position start) {
        append(records.created(channel, start));
    }

    @Override
    public void published(String channel, Publication publication, Retention retention, String key) {
        append(records.published(channel, publication, retention.size(), retention.ttl(), key));
    }

    @Override
    public void cleared(String channel, Position top) {
        append(records.cleared(channel, top));
    }

    @Override
    public void answered(String channel, String key) {
        append(records.answered(new Answered(channel, key, null, KEY_LIFETIME)));
    }

    /** Returns the facts of this log. */
    public Ledger ledger() {
        return ledger;
    }

    /** Completes when what was appended before is safe. Fails if it never will be. */
    CompletionStage<?> safe() {
        CompletableFuture<@Nullable Void> safe = new CompletableFuture<>();
        if (waitsForDisk()) {
            flusher.whenSafe(
                    () -> safe.complete(null),
                    () -> safe.completeExceptionally(new IOException("the log could not be flushed")));
        } else {
            safe.complete(null);
        }
        return safe;
    }

    /**
     * Appends the record under the lock of this log.
     *
     * @throws ClientError {@link ClientError#INTERNAL} if there is no room, or after a fault or the close
     */
    void append(ModelWriter record) {
        int checksum = Segment.checksum(record.bytes());
        synchronized (this) {
            if (closed || flusher.fault() != null) {
                throw ClientError.INTERNAL;
            }
            Segment segment = active;
            if (segment == null || !segment.hasRoomFor(record.size())) {
                segment = next(record.size());
            }
            segment.append(record.bytes(), checksum);
        }
    }

    /**
     * Begins the next segment and seals the active one; memory only. In this order, because a sealed
     * segment without a next one is a loss, and this process may be killed at any time.
     */
    private Segment next(int size) {
        ReservedFiles.Reserved file = size > segmentBytes / 2 ? null : reserved.take();
        notifyAll();
        if (file == null) {
            throw ClientError.INTERNAL;
        }
        Segment full = active;
        Segment begun = begin(file);
        if (full != null) {
            seal(full, RecordType.SEALED);
            if (sync != Sync.OS) {
                flusher.add(full);
            }
        }
        return begun;
    }

    /** Seals the segment that an earlier process wrote last, when the next one has begun; may block. */
    private void sealEarlier() {
        Replay.Last last;
        synchronized (this) {
            last = active == null ? null : unsealed;
            unsealed = active == null ? unsealed : null;
        }
        if (last == null) {
            return;
        }
        try {
            Segment segment = Segment.reopen(last.file(), last.head(), last.end());
            seal(segment, RecordType.SEALED);
            flusher.add(segment);
        } catch (IOException failure) { // then the next start takes it for a loss
            LOG.log(System.Logger.Level.WARNING, "cannot seal " + last.file(), failure);
        }
    }

    private static void seal(Segment segment, RecordType last) {
        ModelWriter record = new ModelWriter(last.code(), 0);
        segment.append(record.bytes(), Segment.checksum(record.bytes()));
    }

    private Segment begin(ReservedFiles.Reserved file) {
        SegmentHead head = new SegmentHead(
                file.sequence(), first, segmentBytes, machine.boot(), file.identity(), sync == Sync.ALWAYS);
        Segment begun = Segment.begin(file.path(), file.bytes(), head);
        active = begun;
        return begun;
    }

    /** Flushes and copies until the log is closed. */
    private void keep() {
        try {
            while (!isClosed()) {
                sealEarlier();
                if (sync == Sync.INTERVAL) {
                    flusher.flush();
                }
                if (isCopyDue()) {
                    copy();
                }
                synchronized (this) {
                    if (!closed) {
                        wait(INTERVAL.toMillis());
                    }
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized boolean isCopyDue() {
        Segment last = active;
        long files = last == null ? 0 : last.head().sequence() - first + 1;
        return fault() == null && (incomplete || files > FEW_FILES + 2 * copiedBytes / segmentBytes);
    }

    /** Writes all that is needed again, and deletes the files before. */
    private void copy() {
        Source streams = Objects.requireNonNull(source, "not started");
        Copy copy = new Copy();
        try {
            long base;
            synchronized (this) {
                if (closed) {
                    return;
                }
                base = next(0).head().sequence();
            }
            streams.visit(copy);
            List<ModelWriter> remembered = new ArrayList<>();
            synchronized (this) {
                ledger.write(remembered::add);
            }
            remembered.forEach(copy::add);
            copy.add(new ModelWriter(RecordType.COPIED.code(), Long.BYTES).number(base));
            if (sync != Sync.OS) {
                flusher.flush();
            }
            if (flusher.fault() != null) {
                return;
            }
            synchronized (this) {
                first = base;
                copiedBytes = copy.bytes;
                incomplete = false;
            }
            folder.segments().headMap(base).values().forEach(LogFolder::delete);
        } catch (ClientError noRoom) {
            LOG.log(System.Logger.Level.DEBUG, "no room to copy the log in " + folder);
        } catch (RuntimeException | Error failure) {
            LOG.log(System.Logger.Level.ERROR, "cannot copy the log in " + folder, failure);
        }
    }

    /** Appends what an engine holds. */
    private final class Copy implements Visitor {

        private long bytes;

        /** Appends a record; may block. */
        void add(ModelWriter record) {
            reserved.await();
            append(record);
            bytes += record.size() + Segment.RECORD_HEAD;
        }

        @Override
        public void stream(String channel, Position top, @Nullable Version version) {
            ModelWriter record = records.stream(channel, top, version);
            append(record);
            bytes += record.size() + Segment.RECORD_HEAD;
        }

        @Override
        public void kept(String channel, List<Kept> kept) {
            reserved.await();
            kept.forEach(
                    each -> add(records.published(channel, each.publication(), Integer.MAX_VALUE, each.left(), "")));
        }

        @Override
        public void answer(Answered answered) {
            add(records.answered(answered));
        }
    }

    private synchronized Flusher.@Nullable Tail tail() {
        return active == null ? null : new Flusher.Tail(active, active.end());
    }

    @Override
    public boolean waitsForDisk() {
        return sync == Sync.ALWAYS || flusher.isBusy() || reserved.isShort();
    }

    @Override
    public void whenSafe(Runnable task) {
        flusher.whenSafe(task, () -> {});
    }

    /** Flushes what is answered next, and waits for room; blocks. */
    private void settle() {
        if (sync == Sync.ALWAYS) {
            flusher.flush();
        }
        reserved.await();
    }

    @Override
    public @Nullable String fault() {
        String broken = flusher.fault();
        return broken == null ? reserved.fault() : broken;
    }

    @Override
    public void close() {
        Segment last;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            last = active;
            if (last != null) {
                seal(last, RecordType.CLOSED);
            }
            notifyAll();
        }
        try {
            flusher.close();
            keeper.join();
            flusher.flush();
            reserved.close();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        folder.close();
    }
}
