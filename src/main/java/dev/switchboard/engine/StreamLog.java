package dev.switchboard.engine;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records what an engine must know again after a restart.
 *
 * <p>All methods but {@link #start} and {@link #close} are memory only, and are called from any
 * thread. Records of one stream are made under the lock of that stream. A method that cannot record
 * throws {@link ClientError#INTERNAL}, and then nothing is recorded.
 */
public interface StreamLog extends AutoCloseable {

    /** The time for which an engine remembers an idempotency key. */
    Duration KEY_LIFETIME = Duration.ofSeconds(300);

    /** Records nothing. */
    StreamLog NONE = new StreamLog() {};

    /**
     * One publication of a stream, with the time for which the stream keeps it.
     *
     * @param publication has a position
     * @param left the time until the publication expires
     */
    record Kept(Publication publication, Duration left) {}

    /**
     * An answer to a publisher that used an idempotency key.
     *
     * @param position null for a channel without history
     * @param left the time until the key is forgotten
     */
    record Answered(String channel, String key, @Nullable Position position, Duration left) {}

    /** Takes the streams and the answers of an earlier process. */
    interface Restored {

        /**
         * Takes one stream. Several threads call this at a time, each for other streams.
         *
         * @param kept oldest first, without gaps up to the top, unless the history was removed
         */
        void stream(String channel, Position top, @Nullable Version version, List<Kept> kept);

        void answer(Answered answered);
    }

    /** Reads all streams and answers that an engine holds, so that the log can drop older records. */
    interface Source {

        /**
         * Visits all streams and answers, one after the other. Records of the visited stream that are
         * made meanwhile come after {@link Visitor#stream}.
         */
        void visit(Visitor visitor);
    }

    /** Takes what an engine holds. */
    interface Visitor {

        /** Called under the lock of the stream; memory only. */
        void stream(String channel, Position top, @Nullable Version version);

        /** Takes the publications of the stream that was named last. Called without a lock. */
        void kept(String channel, List<Kept> kept);

        /** Called without a lock. */
        void answer(Answered answered);
    }

    /** Gives {@code restored} what an earlier process recorded. Called once, before all else; may block. */
    default void start(Restored restored, Source source) {}

    /** Records that the stream begins at this position. */
    default void created(String channel, Position start) {}

    /**
     * Records the publication, which has a position.
     *
     * @param retention what the stream keeps
     * @param key the idempotency key of its publisher, empty for none
     */
    default void published(String channel, Publication publication, Retention retention, String key) {}

    /** Records that the stream has lost its publications up to the top. */
    default void cleared(String channel, Position top) {}

    /** Records the key of a publication in a channel without history. */
    default void answered(String channel, String key) {}

    /**
     * Returns true while publications must not be told to anyone until {@link #whenSafe} says so, because
     * the log waits for the disk or is about to run out of room. When it returns false, all earlier
     * tasks have run.
     */
    default boolean waitsForDisk() {
        return false;
    }

    /** Runs the task when all that was recorded before is safe. Tasks run in their order, one at a time. */
    default void whenSafe(Runnable task) {
        task.run();
    }

    /** Returns why the log cannot record at present, null if it can. */
    default @Nullable String fault() {
        return null;
    }

    /** Ends the log; may block. Nothing is recorded afterwards. */
    @Override
    default void close() {}
}
