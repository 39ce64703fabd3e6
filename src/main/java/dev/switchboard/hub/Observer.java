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
 * The application behind the relay, as it hears what happens in channels: on a thread of its own, each channel in its order, as far as it keeps up.
 *
 * <p>No publisher waits for it: what is too much is lost and counted, and the first time logged. An observer that throws goes on.
 */
public final class Observer implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Observer.class.getName());

    /** What may wait for one observer. */
    static final int WAITING_BYTES = 16 << 20;

    private final Predicate<ChannelEvent> wanted;
    private final Consumer<ChannelEvent> observer;
    private final Node node;
    private final Collection<Observer> all;
    private final Thread thread = new Thread(this::run, "switchboard-observer");
    private final Queue<ChannelEvent> waiting = new ArrayDeque<>(); // guarded by this
    private long bytes; // guarded by this
    private boolean losing; // guarded by this
    private boolean closed; // guarded by this

    Observer(Predicate<ChannelEvent> wanted, Consumer<ChannelEvent> observer, Node node, Collection<Observer> all) {
        this.wanted = wanted;
        this.observer = observer;
        this.node = node;
        this.all = all;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
        all.add(this);
    }

    /** Memory only: it is called under the lock of the channel. */
    void hear(ChannelEvent event) {
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
                observer.accept(next);
            } catch (Throwable failure) {
                LOG.log(System.Logger.Level.ERROR, "an observer of the application failed", failure);
            }
        }
    }

    /** Waits for it; null at the end. */
    private synchronized @Nullable ChannelEvent next() {
        while (waiting.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException left) { // by an observer, which is not to end the observation
                continue;
            }
        }
        ChannelEvent next = waiting.poll();
        bytes -= next == null ? 0 : next.size();
        return next;
    }

    /** Nothing more is heard, but for what the observer is at work on. May be called again, by any thread. */
    @Override
    public void close() {
        all.remove(this);
        synchronized (this) {
            closed = true;
            waiting.clear();
            notifyAll();
        }
    }

    /** Waits for the thread of a closed one; an observer that is still at work after that time is interrupted. */
    void end(Duration patience) throws InterruptedException {
        if (thread != Thread.currentThread()) {
            thread.join(Math.max(1, patience.toMillis()));
            thread.interrupt();
            thread.join(TimeUnit.SECONDS.toMillis(1));
        }
    }
}
