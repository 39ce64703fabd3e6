package dev.switchboard.engine.redis;

import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Ledger;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/** Opens Redis, with the engine and the ledger that a node has there. */
public final class RedisStorage implements AutoCloseable {

    private final Redis redis;
    private final RedisEngine engine;
    private final RedisLedger ledger;

    /**
     * Begins to connect, in the background and for ever.
     *
     * @param node the unique id of this node, without spaces
     * @param clock the time of day, for the ends of facts
     * @param nanoTime a monotonic clock in nanoseconds
     * @param timer only starts tasks on {@code writers}, and tasks in memory
     * @param writers runs short tasks that do not block
     */
    public RedisStorage(
            RedisSettings settings,
            String node,
            InstantSource clock,
            LongSupplier nanoTime,
            ScheduledExecutorService timer,
            Executor writers) {
        Keys keys = new Keys(settings.prefix());
        Listeners listeners = new Listeners();
        LinkSettings links = new LinkSettings(
                "switchboard-" + node, settings.prefix() + ":", settings.connectTimeout(), settings.timeout());
        redis = Redis.open(settings.servers(), links, listeners);
        engine = new RedisEngine(
                redis, new Scripts(keys, settings.fence(), () -> 0), node, RedisEngine.ROUND, nanoTime, timer, writers);
        ledger = new RedisLedger(redis, keys, clock, timer);
        listeners.add(engine, ledger);
    }

    public Engine engine() {
        return engine;
    }

    public Ledger ledger() {
        return ledger;
    }

    /** Ends the connections and their threads, and waits a moment for them. */
    @Override
    public void close() {
        engine.close();
        ledger.close();
        redis.close();
    }
}
