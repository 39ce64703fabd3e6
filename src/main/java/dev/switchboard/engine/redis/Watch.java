package dev.switchboard.engine.redis;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Looks at each link ten times a second, on a thread of its own. */
final class Watch implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Watch.class.getName());
    private static final long PAUSE_MILLIS = 100;

    private final List<Server> links = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::look, "switchboard-redis-watchdog");

    Watch() {
        thread.setDaemon(true);
        thread.start();
    }

    void add(Server link) {
        links.add(link);
    }

    void remove(Server link) {
        links.remove(link);
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(PAUSE_MILLIS);
                links.forEach(this::look);
            }
        } catch (InterruptedException closing) {
            return;
        }
    }

    private void look(Server link) {
        try {
            link.check(System.nanoTime());
        } catch (RuntimeException | Error failure) {
            LOG.log(System.Logger.Level.ERROR, "a check of Redis has failed", failure);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
