package dev.switchboard.engine.redis;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Gives what happens at links to several listeners. They need the links to exist, so the reading
 * threads wait until {@link #add} has named all of them.
 */
final class Listeners implements Link.Listener {

    private final CompletableFuture<List<Link.Listener>> listeners = new CompletableFuture<>();

    /** Names the listeners, once, right after the links were opened. */
    void add(Link.Listener... all) {
        listeners.complete(List.of(all));
    }

    @Override
    public void connected(Link link) {
        listeners.join().forEach(listener -> listener.connected(link));
    }

    @Override
    public void disconnected(Link link) {
        listeners.join().forEach(listener -> listener.disconnected(link));
    }

    @Override
    public void message(byte[] channel, byte[] message) {
        listeners.join().forEach(listener -> listener.message(channel, message));
    }
}
