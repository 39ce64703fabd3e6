package dev.switchboard.failure;

import java.util.ArrayList;
import java.util.List;

/** What a test saw, in words for the failure table. Any thread may note. */
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
