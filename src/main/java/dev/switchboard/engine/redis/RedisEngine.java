package dev.switchboard.engine.redis;

import dev.switchboard.engine.redis.FactScripts.Fact;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores streams and presence in Redis, and brings what other nodes publish.
 *
 * <p>The reading thread of a link calls the feed and completes the stages. If Redis cannot be
 * reached, or refuses to work, stages fail at once with {@link ClientError#INTERNAL}.
 */
final class RedisEngine implements Engine, Link.Listener, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(RedisEngine.class.getName());

    private static final long TICK_MILLIS = 100;

    /** After a longer pause this node has stood still, and its clients may have expired. */
    private static final long STANDSTILL = TimeUnit.SECONDS.toNanos(5);

    /** In which time each channel is checked once, and each client refreshed once. */
    static final Duration ROUND = Duration.ofSeconds(20);

    private final Redis redis;
    private final Keys keys;
    private final StreamScripts streams;
    private final PresenceScripts presenceScripts;
    private final FactScripts factScripts;
    private final Readiness readiness;
    private final RedisPresence presence;
    private final int ticksInRound;
    private final LongSupplier nanoTime;
    private final Executor writers;
    private final AtomicBoolean ticking = new AtomicBoolean();
    private final Future<?> ticks;
    private volatile @Nullable ListenedChannels listened;
    private long lastTick; // guarded by ticking

    /**
     * Creates an engine.
     *
     * @param redis calls this engine as a listener; is closed by the caller
     * @param node the unique id of this node, without spaces
     * @param round in which time each channel is checked, {@link #ROUND} except in tests
     * @param nanoTime a monotonic clock in nanoseconds
     * @param timer only starts tasks on {@code writers}
     * @param writers checks channels and refreshes the presence
     */
    RedisEngine(
            Redis redis,
            Scripts scripts,
            String node,
            Duration round,
            LongSupplier nanoTime,
            ScheduledExecutorService timer,
            Executor writers) {
        this.redis = redis;
        this.keys = scripts.keys();
        this.ticksInRound = Math.toIntExact(round.toMillis() / TICK_MILLIS);
        this.nanoTime = nanoTime;
        this.writers = writers;
        this.streams = new StreamScripts(scripts);
        this.factScripts = new FactScripts(scripts.keys());
        this.presenceScripts = new PresenceScripts(scripts, node);
        this.readiness = new Readiness(redis, this::tryOut, this::ready, nanoTime);
        this.presence = new RedisPresence(redis, presenceScripts, readiness, ticksInRound);
        this.lastTick = nanoTime.getAsLong();
        this.ticks = timer.scheduleWithFixedDelay(this::startTick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void start(Feed feed) {
        listened = new ListenedChannels(redis, keys, streams, readiness, feed, ticksInRound);
    }

    private ListenedChannels listened() {
        return Objects.requireNonNull(listened, "the engine has not been started");
    }

    // What happens at links.

    @Override
    public void connected(Link link) {
        readiness.connected(link);
    }

    @Override
    public void disconnected(Link link) {
        readiness.disconnected(link);
        ListenedChannels channels = listened;
        if (channels != null) {
            channels.disconnected(link);
        }
    }

    @Override
    public void message(byte[] channel, byte[] message) {
        ListenedChannels channels = listened;
        if (channels != null) {
            channels.message(channel, message);
        }
    }

    private void ready(Link link) {
        presence.refreshAll(link);
        ListenedChannels channels = listened;
        if (channels != null) {
            channels.checkAll(link);
        }
    }

    /** Runs each script once, in full; also those of the ledger. */
    private CompletionStage<?> tryOut(Place place, String channel) {
        Publication publication =
                Publication.ofServer(Payload.json("0"), Map.of(), "").withVersion(new Version(0, channel));
        Retention short1 = new Retention(1, Duration.ofSeconds(1));
        ClientInfo client = new ClientInfo(UUID.randomUUID().toString(), "", null, null);
        String key = client.client();
        return all(
                streams.remove(place, channel), // so that the next script does all that it can do
                streams.publish(place, channel, publication.withVersion(null), short1, key),
                streams.publish(place, channel, publication, short1, ""),
                streams.history(place, channel, new HistoryQuery(null, 1, HistoryQuery.Order.NEWEST_FIRST)),
                streams.history(place, channel, new HistoryQuery(null, 1, HistoryQuery.Order.OLDEST_FIRST)),
                streams.announce(place, channel, publication, key + "+"),
                presenceScripts.enter(place, channel, client, false),
                presenceScripts.announceJoin(place, channel, client),
                presenceScripts.refresh(place, channel, 0),
                presenceScripts.present(place, channel),
                presenceScripts.exit(place, channel, client.client()),
                presenceScripts.announceLeave(place, channel, client),
                factScripts.put(place, channel, key, new Fact("", Instant.now().plusSeconds(60))),
                factScripts.all(place, channel, "", Instant.now(), all -> 0),
                factScripts.claim(place, channel, key, 1),
                factScripts.forget(place, channel, key));
    }

    private static CompletionStage<?> all(CompletionStage<?>... stages) {
        CompletableFuture<?>[] futures = new CompletableFuture<?>[stages.length];
        for (int i = 0; i < stages.length; i++) {
            futures[i] = stages[i].toCompletableFuture();
        }
        return CompletableFuture.allOf(futures);
    }

    // Time.

    private void startTick() {
        try {
            writers.execute(this::tick);
        } catch (RejectedExecutionException closing) {
            LOG.log(System.Logger.Level.DEBUG, "the relay is closing");
        }
    }

    private void tick() {
        if (!ticking.compareAndSet(false, true)) {
            return;
        }
        try {
            ListenedChannels channels = listened;
            long now = nanoTime.getAsLong();
            if (now - lastTick > STANDSTILL) {
                presence.refreshAll();
                if (channels != null) {
                    channels.checkAll();
                }
            }
            lastTick = now;
            readiness.tick();
            presence.tick();
            if (channels != null) {
                channels.tick();
            }
        } catch (RuntimeException | Error failure) { // the next tick comes nevertheless
            LOG.log(System.Logger.Level.ERROR, "a check of Redis has failed", failure);
        } finally {
            ticking.set(false);
        }
    }

    /** Checks nothing any more. Everything else ends with Redis. */
    @Override
    public void close() {
        ticks.cancel(false);
    }

    // What the relay asks.

    @Override
    public @Nullable String fault() {
        return readiness.fault();
    }

    @Override
    public CompletionStage<?> listen(String channel) {
        return listened().listen(channel);
    }

    @Override
    public void unlisten(String channel) {
        listened().unlisten(channel);
    }

    private <T extends @Nullable Object> CompletionStage<T> at(
            String channel, Function<Place, CompletionStage<T>> work) {
        Place place = redis.place(channel);
        return readiness.allows(place.link()) ? work.apply(place) : CompletableFuture.failedStage(ClientError.INTERNAL);
    }

    @Override
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication, Retention retention) {
        return publishOnce("", channel, publication, retention);
    }

    @Override
    public CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention) {
        return at(
                channel,
                place -> retention.keeps()
                        ? streams.publish(place, channel, publication, retention, key)
                        : streams.announce(place, channel, publication, key));
    }

    @Override
    public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
        listened().hasStream(channel);
        return at(channel, place -> streams.history(place, channel, query));
    }

    @Override
    public CompletionStage<?> removeHistory(String channel) {
        return at(channel, place -> streams.remove(place, channel).thenApply(done -> null));
    }

    @Override
    public CompletionStage<?> enter(String channel, ClientInfo client) {
        return presence.enter(channel, client);
    }

    @Override
    public CompletionStage<?> exit(String channel, String client) {
        return presence.exit(channel, client);
    }

    @Override
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        return presence.present(channel);
    }

    @Override
    public CompletionStage<?> announceJoin(String channel, ClientInfo client) {
        return presence.announceJoin(channel, client);
    }

    @Override
    public CompletionStage<?> announceLeave(String channel, ClientInfo client) {
        return presence.announceLeave(channel, client);
    }
}
