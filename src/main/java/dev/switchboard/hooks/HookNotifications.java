package dev.switchboard.hooks;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends notifications to the application: disconnected clients and vacated channels.
 *
 * <p>A notification that fails is sent again for about a minute, and then dropped. A channel that
 * was empty only for a moment causes none. One channel has at most one notification at a time under
 * way. Any thread; {@link #tick} by one.
 */
final class HookNotifications {

    /** Maximum number of notifications that wait or are under way. */
    private static final int MAX_WAITING = 10_000;

    /** Maximum number of empty channels that are not yet reported. */
    private static final int MAX_EMPTY = 100_000;

    private static final int ATTEMPTS = 7;

    private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(30);

    /** One notification; guarded by the notifications. */
    private static final class Notification {
        final Hook hook;
        final Hook.Request request;
        final @Nullable String channel; // null for a client
        int attempts;
        long due;
        boolean obsolete;

        Notification(Hook hook, Hook.Request request, @Nullable String channel) {
            this.hook = hook;
            this.request = request;
            this.channel = channel;
        }
    }

    private final long vacatedAfter;
    private final int maxUnderWay;
    private final LongSupplier nanoTime;
    private final Executor writers;

    // all guarded by this
    private final Map<String, Long> empty = new LinkedHashMap<>(); // the earliest notification first
    private final Map<String, Notification> byChannel = new HashMap<>();
    private final Deque<Notification> ready = new ArrayDeque<>();
    private final Queue<Notification> later = new PriorityQueue<>((one, other) -> Long.signum(one.due - other.due));
    private int underWay;
    private boolean stopped;

    /** Sends at most {@code maxUnderWay} notifications at a time. */
    HookNotifications(Duration vacatedAfter, int maxUnderWay, LongSupplier nanoTime, Executor writers) {
        this.vacatedAfter = vacatedAfter.toNanos();
        this.maxUnderWay = maxUnderWay;
        this.nanoTime = nanoTime;
        this.writers = writers;
    }

    /** Sends the request as soon as possible, or drops it if too many wait; memory only. */
    void send(Hook hook, Hook.Request request) {
        synchronized (this) {
            if (waiting() >= MAX_WAITING) {
                hook.outcomes().count("dropped");
                return;
            }
            ready.add(new Notification(hook, request, null));
        }
        writers.execute(this::run);
    }

    private int waiting() {
        return ready.size() + later.size() + underWay;
    }

    /** Notes that the channel has a client. Its notification is not sent again. */
    synchronized void occupied(String channel) {
        empty.remove(channel);
        Notification notification = byChannel.get(channel);
        if (notification != null) {
            notification.obsolete = true;
        }
    }

    /** Notes that the channel has no client. */
    synchronized void vacated(Hook hook, String channel) {
        empty.remove(channel);
        if (empty.size() >= MAX_EMPTY) {
            hook.outcomes().count("dropped");
        } else {
            empty.put(channel, nanoTime.getAsLong() + vacatedAfter);
        }
    }

    /**
     * Sends what is due; call it about once a second.
     *
     * @param vacated the hook for channels that stayed empty, null for none
     * @param body returns the body of a request about a channel
     */
    void tick(@Nullable Hook vacated, Function<String, String> body) {
        synchronized (this) {
            long now = nanoTime.getAsLong();
            for (Notification next = later.peek(); next != null && now - next.due >= 0; next = later.peek()) {
                ready.add(later.remove());
            }
            if (vacated != null) {
                expire(now, vacated, body);
            }
        }
        writers.execute(this::run);
    }

    private void expire(long now, Hook vacated, Function<String, String> body) {
        Iterator<Map.Entry<String, Long>> each = empty.entrySet().iterator();
        while (each.hasNext() && waiting() < MAX_WAITING) {
            Map.Entry<String, Long> next = each.next();
            if (now - next.getValue() < 0) {
                return;
            }
            String channel = next.getKey();
            if (!byChannel.containsKey(channel)) { // else the channel waits until that one has ended
                Notification notification = new Notification(
                        vacated, new Hook.Request(channel, body.apply(channel), Map.of(), Map.of()), channel);
                byChannel.put(channel, notification);
                ready.add(notification);
                each.remove();
            }
        }
    }

    private void run() {
        for (Notification next = next(); next != null; next = next()) {
            Notification notification = next;
            notification.hook.ask(notification.request, reply -> reply).whenComplete((reply, failure) -> {
                if (ended(notification, failure)) {
                    writers.execute(this::run);
                }
            });
        }
    }

    private synchronized @Nullable Notification next() {
        while (!stopped && underWay < maxUnderWay && !ready.isEmpty()) {
            Notification next = ready.remove();
            if (!next.obsolete) {
                underWay++;
                next.attempts++;
                return next;
            }
            forget(next);
        }
        notifyAll();
        return null;
    }

    private void forget(Notification notification) {
        if (notification.channel != null) {
            byChannel.remove(notification.channel);
        }
    }

    /** Returns whether other notifications wait. */
    private synchronized boolean ended(Notification notification, @Nullable Throwable failure) {
        underWay--;
        if (failure == null || notification.obsolete) {
            forget(notification);
        } else if (notification.attempts == ATTEMPTS) {
            notification.hook.outcomes().count("dropped");
            forget(notification);
        } else {
            notification.due = nanoTime.getAsLong() + Math.min(LONGEST_PAUSE, FIRST_PAUSE << notification.attempts - 1);
            later.add(notification);
        }
        notifyAll();
        return !stopped && !ready.isEmpty();
    }

    /** Drops all that wait, and sends no more. */
    synchronized void stop() {
        stopped = true;
        ready.clear();
        later.clear();
    }

    /**
     * Waits until no notification is ready or under way. Those that wait for another attempt do not
     * count. Returns false if the time is over before.
     */
    synchronized boolean await(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        for (long left = patience.toNanos(); left > 0; left = end - System.nanoTime()) {
            if (ready.isEmpty() && underWay == 0) {
                return true;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return false;
    }
}
