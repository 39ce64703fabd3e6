package dev.switchboard.access;

import org.jspecify.annotations.Nullable;

/** Looks into JSON text without binding it. */
@FunctionalInterface
public interface Slicer {

    /**
     * The value of a member exactly as it stands in the text of an object, without whitespace around it; null if there is none, or if the
     * text is no valid JSON object. {@code member} is the name without escapes.
     */
    @Nullable
    String slice(String object, String member);
}
