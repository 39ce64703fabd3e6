package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * Says to the operator why the relay refused something, and what cures it. No client gets it.
 *
 * @param kind a word of the relay, by which lines of the log are limited
 * @param text what was wrong and what cures it; holds no secret, no token and no payload
 */
public record Reason(String kind, String text) {

    /** The reason of a denial that needs none. */
    public static final Reason NONE = new Reason("", "");

    /** Returns the reason of a denial; the empty one for another failure. */
    public static Reason of(@Nullable Throwable failure) {
        return failure instanceof Denial denial ? denial.why() : NONE;
    }
}
