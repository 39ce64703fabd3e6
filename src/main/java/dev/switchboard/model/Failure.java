package dev.switchboard.model;

import java.util.concurrent.CompletionException;

/** Reads the failure of a stage. */
public final class Failure {

    private Failure() {}

    /** Returns the failure without the {@link CompletionException} that a chain of stages adds. */
    public static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
