package dev.switchboard.spi;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Keeps facts that end by themselves, such as blocked users, beyond the life of a process and for
 * all nodes.
 *
 * <p>Any thread; memory only. A stage completes on any thread. If it fails with a
 * {@link dev.switchboard.model.ClientError}, nothing has changed; else the outcome is unknown. The
 * methods throw nothing.
 */
public interface Ledger {

    /** Keeps nothing. */
    Ledger NONE = new Ledger() {};

    /** Keeps the fact until its end; replaces an earlier one of that kind and name. */
    default CompletionStage<?> put(String kind, String name, String value, Instant end) {
        return CompletableFuture.completedStage(null);
    }

    /**
     * Keeps the fact until its end, and completes with true. If there is one of that kind and name
     * that has not ended, changes nothing and completes with false.
     */
    default CompletionStage<Boolean> claim(String kind, String name, Instant end) {
        return CompletableFuture.completedStage(true);
    }

    /** Forgets the fact; nothing happens if there is none. */
    default CompletionStage<?> remove(String kind, String name) {
        return CompletableFuture.completedStage(null);
    }

    /**
     * Gives the reader each fact of that kind that has not ended, also those of earlier processes.
     * From then on, gives it what other nodes put and remove.
     */
    default void follow(String kind, Reader reader) {}

    /** Takes facts; memory only. It can get the same fact again. */
    interface Reader {

        void fact(String name, String value, Instant end);

        /** Takes the news that the fact was removed before its end. */
        default void removed(String name) {}
    }
}
