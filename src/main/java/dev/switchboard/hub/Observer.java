package dev.switchboard.hub;

import dev.switchboard.model.ChannelEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Observer gives the events of channels to the application, on a thread of its own and in the order
 * of each channel.
 *
 * <p>No publisher waits for it: if too much waits, it loses events and counts them, and logs the
 * first loss. If the application throws, the observer goes on.
 */
public final class Observer implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Observer.class.getName());

    /** The bytes of events that may wait for one observer. */
    static final int WAITING_BYTES = 16 << 20;

    private final Predicate<ChannelEvent> wanted;
    private final Consumer<ChannelEvent> consumer;
    private final Node node;
    /** The observers of the node, to which this one belongs until it is closed. */
    private final Collection<Observer> all;

    private final Runnable closing;

    private final Thread thread = new Thread(this::run, "switchboard-observer");

    // All fields below are guarded by this.
    private final Queue<ChannelEvent> waiting = new ArrayDeque<>();
    /** The bytes of the events that wait. */
    private long bytes;
    /** An event was lost, and that is logged. */
    private boolean losing;

    private boolean closed;

    /** {@code closing} runs when the observer is closed, once; memory only. */
    Observer(
            Predicate<ChannelEvent> wanted,
            Consumer<ChannelEvent> consumer,
            Node node,
            Collection<Observer> all,
            Runnable closing) {
        this.wanted = wanted;
        this.consumer = consumer;
        this.node = node;
        this.all = all;
        this.closing = closing;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
        all.add(this);
    }

    /**
     * Queues an event that the application wants. Memory only, because the channel's lock is held.
     */
    void receive(ChannelEvent event) {
        if (wanted.test(event) && !queue(event)) {
            node.counters().lostEvents().increment();
        }
    }

    private synchronized boolean queue(ChannelEvent event) {
        if (closed) {
            return true;
        }
        if (bytes + event.size() > WAITING_BYTES) {
            if (!losing) {
                losing = true;
                node.journal()
                        .execute(() -> LOG.log(
                                System.Logger.Level.WARNING,
                                "an observer of the application does not keep up and loses events"));
            }
            return false;
        }
        waiting.add(event);
        bytes += event.size();
        notifyAll();
        return true;
    }

    private void run() {
        for (ChannelEvent next = next(); next != null; next = next()) {
            try {
                consumer.accept(next);
            } catch (Throwable failure) {
                LOG.log(System.Logger.Level.ERROR, "an observer of the application failed", failure);
            }
        }
    }

    /** Waits for the next event. Returns null at the end. */
    private synchronized @Nullable ChannelEvent next() {
        while (waiting.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException byApplication) { // which must not end the observer
                continue;
            }
        }
        ChannelEvent next = waiting.poll();
        bytes -= next == null ? 0 : next.size();
        return next;
    }

    /**
     * Drops the events that wait; the one at which the application is at work goes on. May be
     * called again.
     */
    @Override
    public void close() {
        all.remove(this);
        synchronized (this) {
            if (!closed) {
                closing.run();
            }
            closed = true;
            waiting.clear();
            notifyAll();
        }
    }

    /**
     * Waits for the thread of a closed observer. Interrupts an application that is at work after
     * that time.
     */
    void end(Duration patience) throws InterruptedException {
        if (thread != Thread.currentThread()) {
            thread.join(Math.max(1, patience.toMillis()));
            thread.interrupt();
            thread.join(TimeUnit.SECONDS.toMillis(1));
        }
    }
}
