package dev.switchboard.hooks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Tells the operator what is wrong with the answers of one hook, each fault once a minute. Any thread. */
final class HookWarnings {

    private static final System.Logger LOG = System.getLogger(HookWarnings.class.getName());

    private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

    /** Different faults that are told in a minute. */
    private static final int MOST = 100;

    private final String hook;
    private final LongSupplier nanoTime;
    private final Executor journal;
    private final Map<String, Long> told = new LinkedHashMap<>(); // guarded by this, the oldest first

    HookWarnings(String hook, LongSupplier nanoTime, Executor journal) {
        this.hook = hook;
        this.nanoTime = nanoTime;
        this.journal = journal;
    }

    /** Logs the fault, in words that quote nothing of the answer but names and numbers. */
    void tell(String fault) {
        if (mayTell(fault)) {
            journal.execute(() -> LOG.log(System.Logger.Level.WARNING, () -> "hook=" + hook + ": " + fault));
        }
    }

    private synchronized boolean mayTell(String fault) {
        long now = nanoTime.getAsLong();
        Long before = told.get(fault);
        if (before != null && now - before < PAUSE) {
            return false;
        }
        told.remove(fault);
        if (told.size() == MOST) {
            Map.Entry<String, Long> oldest = told.entrySet().iterator().next();
            if (now - oldest.getValue() < PAUSE) {
                return false;
            }
            told.remove(oldest.getKey());
        }
        told.put(fault, now);
        return true;
    }
}
