package dev.switchboard.engine.file;

import dev.switchboard.engine.StreamLog;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A log that records nothing after its death, and that may have a {@link LogBug}. */
final class MortalLog implements StreamLog {

    /** The records that a log holds back which answers too early. */
    private static final int LATE = 20;

    private final StreamLog log;
    private final LogBug bug;

    // all guarded by this
    private final Map<String, String> epochs; // by channel
    private final Queue<Runnable> late = new ArrayDeque<>();
    private boolean dead;

    /** {@code epochs} are those of the life before, by channel. */
    MortalLog(StreamLog log, LogBug bug, Map<String, String> epochs) {
        this.log = log;
        this.bug = bug;
        this.epochs = epochs;
    }

    /** Records nothing from now on, and returns the epochs. */
    synchronized Map<String, String> die() {
        dead = true;
        return epochs;
    }

    private synchronized void record(Runnable record) {
        if (dead) {
            throw ClientError.INTERNAL;
        }
        late.add(record);
        while (late.size() > (bug == LogBug.ANSWER_BEFORE_WRITE ? LATE : 0)) {
            late.remove().run();
        }
    }

    @Override
    public void start(Restored restored, Source source) {
        log.start(bug == LogBug.EPOCH_KEPT_AFTER_A_LOSS ? new OldEpochs(restored) : restored, source);
    }

    /** Gives each stream the epoch that it had before. */
    private final class OldEpochs implements Restored {

        private final Restored restored;

        OldEpochs(Restored restored) {
            this.restored = restored;
        }

        @Override
        public void stream(String channel, Position top, @Nullable Version version, List<Kept> kept) {
            String old = epochs.getOrDefault(channel, top.epoch());
            List<Kept> renamed = kept.stream()
                    .map(each -> new Kept(at(old, each.publication()), each.left()))
                    .toList();
            restored.stream(channel, new Position(old, top.offset()), version, renamed);
        }

        private static Publication at(String epoch, Publication publication) {
            Position place = Objects.requireNonNull(publication.position());
            return publication.at(new Position(epoch, place.offset()));
        }

        @Override
        public void answer(Answered answered) {
            restored.answer(answered);
        }
    }

    @Override
    public void created(String channel, Position start) {
        record(() -> {
            epochs.put(channel, start.epoch());
            log.created(channel, start);
        });
    }

    @Override
    public void published(String channel, Publication publication, Retention retention, String key) {
        record(() -> log.published(channel, publication, retention, key));
    }

    @Override
    public void cleared(String channel, Position top) {
        record(() -> log.cleared(channel, top));
    }

    @Override
    public void answered(String channel, String key) {
        record(() -> log.answered(channel, key));
    }

    @Override
    public boolean waitsForDisk() {
        return log.waitsForDisk();
    }

    @Override
    public void whenSafe(Runnable task) {
        log.whenSafe(task);
    }

    @Override
    public @Nullable String fault() {
        return log.fault();
    }

    @Override
    public void close() {
        log.close();
    }
}
