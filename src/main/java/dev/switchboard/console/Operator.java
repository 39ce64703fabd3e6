package dev.switchboard.console;

import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * Holds one person at the console.
 *
 * @param who the user of the container, or the word of the way in: {@code password}, {@code key}
 * @param address the address of the browser
 * @param csrf what each request that changes something must bring; empty for an operator with a
 *     key, who changes nothing
 * @param valid returns false after a logout, or when the session has expired
 */
public record Operator(String who, String address, Mode mode, String csrf, BooleanSupplier valid) {

    /** What an operator may do. */
    public enum Mode {
        ALL,
        READ;

        /** Returns the word for it in answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
