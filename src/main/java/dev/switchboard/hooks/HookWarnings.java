package dev.switchboard.hooks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Warns the operator of faults in the replies to one hook, of each fault once a minute. Any thread.
 */
final class HookWarnings {

    private static final System.Logger LOG = System.getLogger(HookWarnings.class.getName());

    private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

    /** Maximum number of different warnings in a minute. */
    private static final int MAX_FAULTS = 100;

    private final String hook;
    private final LongSupplier nanoTime;
    private final Executor journal;
    private final Map<String, Long> logged = new LinkedHashMap<>(); // guarded by this, the oldest first

    HookWarnings(String hook, LongSupplier nanoTime, Executor journal) {
        this.hook = hook;
        this.nanoTime = nanoTime;
        this.journal = journal;
    }

    /** Logs the fault. The text must quote nothing of the reply but names and numbers. */
    void warn(String fault) {
        if (isDue(fault)) {
            journal.execute(() -> LOG.log(System.Logger.Level.WARNING, () -> "hook=" + hook + ": " + fault));
        }
    }

    private synchronized boolean isDue(String fault) {
        long now = nanoTime.getAsLong();
        Long before = logged.get(fault);
        if (before != null && now - before < PAUSE) {
            return false;
        }
        logged.remove(fault);
        if (logged.size() == MAX_FAULTS) {
            Map.Entry<String, Long> oldest = logged.entrySet().iterator().next();
            if (now - oldest.getValue() < PAUSE) {
                return false;
            }
            logged.remove(oldest.getKey());
        }
        logged.put(fault, now);
        return true;
    }
}
