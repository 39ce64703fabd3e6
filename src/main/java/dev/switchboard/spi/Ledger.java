package dev.switchboard.spi;

import dev.switchboard.model.ClientError;
import java.time.Instant;

/**
 * Keeps facts that end by themselves, such as blocked users, beyond the life of a process.
 *
 * <p>Any thread; memory only. A method that cannot keep a fact throws {@link ClientError#INTERNAL}, and
 * then nothing has changed.
 */
public interface Ledger {

    /** Keeps nothing. */
    Ledger NONE = new Ledger() {};

    /** Keeps the fact until its end; replaces an earlier one of that kind and name. */
    default void put(String kind, String name, String value, Instant end) {}

    /** Forgets the fact; nothing happens if there is none. */
    default void remove(String kind, String name) {}

    /** Gives each fact of that kind that has not ended, also those of earlier processes. */
    default void each(String kind, Reader reader) {}

    /** Takes one fact. */
    @FunctionalInterface
    interface Reader {
        void fact(String name, String value, Instant end);
    }
}
