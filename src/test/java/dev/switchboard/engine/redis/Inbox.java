package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers what a listener hears. */
final class Inbox implements Link.Listener {

    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger ends = new AtomicInteger();

    @Override
    public void connected(Link link) {
        connections.incrementAndGet();
    }

    @Override
    public void disconnected(Link link) {
        ends.incrementAndGet();
    }

    @Override
    public void message(byte[] channel, byte[] message) {
        messages.add(new String(channel, UTF_8) + ": " + new String(message, UTF_8));
    }

    List<String> messages() {
        return messages;
    }

    int connections() {
        return connections.get();
    }

    int ends() {
        return ends.get();
    }
}
