package dev.switchboard.engine.redis;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Logs what a server refuses, at most once a minute for each kind. For one thread. */
final class RefusalLog {

    private static final System.Logger LOG = System.getLogger(RefusalLog.class.getName());
    private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

    private final String server;
    private final Map<Verdict, Long> last = new EnumMap<>(Verdict.class);

    RefusalLog(String server) {
        this.server = server;
    }

    void add(Verdict verdict, String error) {
        long now = System.nanoTime();
        Long before = last.get(verdict);
        if (before == null || now - before >= PAUSE) {
            last.put(verdict, now);
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Redis {0} has refused a command: {1} ({2})",
                    server,
                    error,
                    verdict.cure());
        }
    }
}
