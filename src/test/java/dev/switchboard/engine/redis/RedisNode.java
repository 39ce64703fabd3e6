package dev.switchboard.engine.redis;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

/** An engine with a connection to Redis and threads of its own, as a node has. */
final class RedisNode implements AutoCloseable {

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final Redis redis;
    final RedisEngine engine;

    RedisNode(String url, boolean fence, AtomicLong skew) {
        Listeners listeners = new Listeners();
        LinkSettings settings = new LinkSettings("test", "sb:", Duration.ofSeconds(1), Duration.ofSeconds(3));
        redis = Redis.open(RedisUrl.list(url), settings, listeners);
        engine = new RedisEngine(
                redis,
                new Scripts(new Keys("sb"), fence, skew::get),
                UUID.randomUUID().toString(),
                System::nanoTime,
                timer,
                Runnable::run);
        listeners.add(engine);
    }

    RedisNode(RedisServer server) {
        this(server.url(), true, new AtomicLong());
    }

    /** Waits until the engine can do its work. */
    RedisNode ready() {
        await().until(() -> engine.fault() == null);
        return this;
    }

    Redis redis() {
        return redis;
    }

    /** Stops all timers of the node, as if it stood still; its connection stays. */
    void freeze() {
        engine.close();
    }

    List<Link> links() {
        return List.copyOf(redis.links());
    }

    @Override
    public void close() {
        engine.close();
        redis.close();
        timer.shutdownNow();
    }
}
