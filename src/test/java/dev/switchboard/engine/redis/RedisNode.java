package dev.switchboard.engine.redis;

import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.EngineContract;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** An engine with a connection to Redis and threads of its own, as a node has. */
final class RedisNode implements AutoCloseable {

    static final Retention TEN = new Retention(10, Duration.ofMinutes(10));

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final AtomicBoolean frozen = new AtomicBoolean();
    private final AtomicLong nanos; // that the clocks of the node are ahead
    private final Redis redis;
    final List<String> heard = new CopyOnWriteArrayList<>();
    final RedisEngine engine;

    /**
     * Makes a node that checks nothing by the clock before {@link #finishRound}.
     *
     * @param skew moves the clock of Redis on for the scripts, in milliseconds
     */
    RedisNode(String url, boolean fence, AtomicLong skew) {
        this(url, fence, skew, Duration.ofHours(1), RedisBug.NONE);
    }

    /** Makes a node that checks each channel in that time. */
    RedisNode(String url, Duration round) {
        this(url, true, new AtomicLong(), round, RedisBug.NONE);
    }

    /** Makes a node with a bug, which checks nothing by the clock. */
    RedisNode(String url, boolean fence, RedisBug bug) {
        this(url, fence, new AtomicLong(), Duration.ofHours(1), bug);
    }

    private RedisNode(String url, boolean fence, AtomicLong skew, Duration round, RedisBug bug) {
        this.nanos = new AtomicLong();
        Listeners listeners = new Listeners();
        LinkSettings settings = new LinkSettings("test", "sb:", Duration.ofSeconds(1), Duration.ofSeconds(3));
        redis = BuggyRedis.open(bug, listeners, heard -> Redis.open(RedisUrl.list(url), settings, heard));
        engine = new RedisEngine(
                redis,
                new Scripts(new Keys("sb"), fence, skew::get),
                UUID.randomUUID().toString(),
                round,
                () -> System.nanoTime() + nanos.get(),
                timer,
                this::unlessFrozen);
        listeners.add(engine);
    }

    RedisNode(String url) {
        this(url, true, new AtomicLong());
    }

    private void unlessFrozen(Runnable task) {
        if (!frozen.get()) {
            task.run();
        }
    }

    /** Starts the engine, and waits until it works and brings the events of the channels. */
    RedisNode listening(String... channels) {
        engine.start(new Hearing());
        ready();
        for (String channel : channels) {
            EngineContract.now(engine.listen(channel));
        }
        return this;
    }

    /** Waits until the engine can do its work. */
    RedisNode ready() {
        await().until(() -> engine.fault() == null);
        return this;
    }

    /** Stops all that the node does by itself; its connection stays. */
    void freeze() {
        frozen.set(true);
    }

    /** Goes on after {@link #freeze}, and sees how much time has passed. */
    void thaw(Duration passed) {
        nanos.addAndGet(passed.toNanos());
        frozen.set(false);
    }

    /** Lets the node do each check and each refresh that is due within a round. */
    void finishRound() {
        thaw(Duration.ofSeconds(20));
    }

    Position publish(String channel, String text) {
        return publishOnce("", channel, text);
    }

    Position publishOnce(String key, String channel, String text) {
        return Objects.requireNonNull(result(engine.publishOnce(key, channel, EngineContract.publication(text), TEN)));
    }

    History history(String channel) {
        return result(engine.history(channel, new HistoryQuery(null, -1, Order.OLDEST_FIRST), TEN));
    }

    List<String> texts(String channel) {
        return history(channel).publications().stream()
                .map(EngineContract::text)
                .toList();
    }

    CompletionStage<History> since(String channel, Position since) {
        return engine.history(channel, new HistoryQuery(since, -1, Order.OLDEST_FIRST), TEN);
    }

    static <T> T result(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        engine.close();
        redis.close();
        timer.shutdownNow();
    }

    /** Writes down each call as a line. */
    private final class Hearing implements Engine.Feed {

        @Override
        public Runnable published(String channel, Publication publication) {
            Position position = publication.position();
            String text = publication.data().frame().text();
            heard.add(channel + " " + (text == null ? publication.size() + " bytes" : text)
                    + (position == null ? "" : " at " + position.offset()));
            return () -> {};
        }

        @Override
        public Runnable joined(String channel, ClientInfo client) {
            heard.add(channel + " +" + client.user());
            return () -> {};
        }

        @Override
        public Runnable left(String channel, ClientInfo client) {
            heard.add(channel + " -" + client.user());
            return () -> {};
        }

        @Override
        public Runnable reached(String channel, Position top) {
            heard.add(channel + " reached " + top.offset() + " of " + top.epoch());
            return () -> {};
        }
    }
}
