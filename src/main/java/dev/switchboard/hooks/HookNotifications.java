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
 * What the application is told after it happened: kept until it has heard it, for a minute or so, and no more of it than there is room for.
 *
 * <p>A channel that was empty for a moment is not told of; of one channel one notice at a time is on its way. Any thread; {@link #tick} by one.
 */
final class HookNotifications {

    /** Notices that wait, and channels that have been empty for a moment. */
    private static final int MOST = 10_000;

    private static final int MOST_EMPTY = 100_000;

    private static final int ATTEMPTS = 7;

    private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(30);

    /** Something to tell; guarded by the notices. */
    private static final class Notice {
        final Hook hook;
        final Hook.Request request;
        final @Nullable String channel; // that it is about, if it is about one
        int attempts;
        long due;
        boolean obsolete;

        Notice(Hook hook, Hook.Request request, @Nullable String channel) {
            this.hook = hook;
            this.request = request;
            this.channel = channel;
        }
    }

    private final long vacatedAfter;
    private final int parallel;
    private final LongSupplier nanoTime;
    private final Executor writers;

    // all guarded by this
    private final Map<String, Long> empty = new LinkedHashMap<>(); // until when it must stay so, the earliest first
    private final Map<String, Notice> telling = new HashMap<>(); // by channel
    private final Deque<Notice> ready = new ArrayDeque<>();
    private final Queue<Notice> later = new PriorityQueue<>((one, other) -> Long.signum(one.due - other.due));
    private int underWay;
    private boolean stopped;

    /** At most {@code parallel} are on their way at a time. */
    HookNotifications(Duration vacatedAfter, int parallel, LongSupplier nanoTime, Executor writers) {
        this.vacatedAfter = vacatedAfter.toNanos();
        this.parallel = parallel;
        this.nanoTime = nanoTime;
        this.writers = writers;
    }

    /** Tells it as soon as possible; memory only. */
    void tell(Hook hook, Hook.Request request) {
        synchronized (this) {
            if (waiting() >= MOST) {
                hook.outcomes().count("dropped");
                return;
            }
            ready.add(new Notice(hook, request, null));
        }
        writers.execute(this::run);
    }

    private int waiting() {
        return ready.size() + later.size() + underWay;
    }

    /** Notes that the channel has a client. */
    synchronized void occupied(String channel) {
        empty.remove(channel);
        Notice notice = telling.get(channel);
        if (notice != null) {
            notice.obsolete = true;
        }
    }

    /** Notes that the channel has no client. */
    synchronized void vacated(Hook hook, String channel) {
        empty.remove(channel);
        if (empty.size() >= MOST_EMPTY) {
            hook.outcomes().count("dropped");
        } else {
            empty.put(channel, nanoTime.getAsLong() + vacatedAfter);
        }
    }

    /** To be called about once a second; {@code body} makes what {@code vacated} is told of a channel that stayed empty. */
    void tick(@Nullable Hook vacated, Function<String, String> body) {
        synchronized (this) {
            long now = nanoTime.getAsLong();
            for (Notice next = later.peek(); next != null && now - next.due >= 0; next = later.peek()) {
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
        while (each.hasNext() && waiting() < MOST) {
            Map.Entry<String, Long> next = each.next();
            if (now - next.getValue() < 0) {
                return;
            }
            String channel = next.getKey();
            if (!telling.containsKey(channel)) { // else it waits for its turn
                Notice notice = new Notice(
                        vacated, new Hook.Request(channel, body.apply(channel), Map.of(), Map.of()), channel);
                telling.put(channel, notice);
                ready.add(notice);
                each.remove();
            }
        }
    }

    private void run() {
        for (Notice next = next(); next != null; next = next()) {
            Notice notice = next;
            notice.hook.ask(notice.request, answer -> answer).whenComplete((heard, failure) -> {
                if (ended(notice, failure)) {
                    writers.execute(this::run);
                }
            });
        }
    }

    private synchronized @Nullable Notice next() {
        while (!stopped && underWay < parallel && !ready.isEmpty()) {
            Notice next = ready.remove();
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

    private void forget(Notice notice) {
        if (notice.channel != null) {
            telling.remove(notice.channel);
        }
    }

    /** True if others wait. */
    private synchronized boolean ended(Notice notice, @Nullable Throwable failure) {
        underWay--;
        if (failure == null || notice.obsolete) {
            forget(notice);
        } else if (notice.attempts == ATTEMPTS) {
            notice.hook.outcomes().count("dropped");
            forget(notice);
        } else {
            notice.due = nanoTime.getAsLong() + Math.min(LONGEST_PAUSE, FIRST_PAUSE << notice.attempts - 1);
            later.add(notice);
        }
        notifyAll();
        return !stopped && !ready.isEmpty();
    }

    /** Nothing is told any more. */
    synchronized void stop() {
        stopped = true;
        ready.clear();
        later.clear();
    }

    /** Returns when all has been told that was not told in vain before, or when the time is over; true in the first case. */
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
