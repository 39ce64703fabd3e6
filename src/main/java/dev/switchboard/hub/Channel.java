package dev.switchboard.hub;

import java.util.LinkedHashSet;
import java.util.Set;

/** The local listeners of one channel; all of them hear its publications in one and the same order. */
final class Channel {

    private final Set<Subscription> listeners = new LinkedHashSet<>(); // guarded by this

    synchronized void add(Subscription listener) {
        listeners.add(listener);
    }

    synchronized void remove(Subscription listener) {
        listeners.remove(listener);
    }

    synchronized boolean isEmpty() {
        return listeners.isEmpty();
    }

    void publish(Publication publication) {
        Dispatch dispatch = new Dispatch();
        synchronized (this) {
            for (Subscription listener : listeners) {
                if (listener.hears(publication)) {
                    dispatch.offer(listener.client(), publication.data().frame());
                }
            }
        }
        dispatch.run();
    }
}
