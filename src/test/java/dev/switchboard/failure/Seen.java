package dev.switchboard.failure;

import java.util.ArrayList;
import java.util.List;

/** Collects notes of a test for the failure table. Any thread. */
public final class Seen {

    private final List<String> notes = new ArrayList<>();

    public synchronized void note(String text) {
        if (!notes.contains(text)) {
            notes.add(text);
        }
    }

    synchronized String text() {
        return String.join("; ", notes);
    }
}
