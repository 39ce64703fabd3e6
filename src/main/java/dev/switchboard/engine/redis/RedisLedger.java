package dev.switchboard.engine.redis;

import dev.switchboard.engine.redis.FactScripts.All;
import dev.switchboard.engine.redis.FactScripts.Fact;
import dev.switchboard.engine.redis.FactScripts.News;
import dev.switchboard.spi.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps facts in Redis, and tells all nodes of them at once. Each node also reads them after each
 * new connection and each 30 s, because the news can be lost.
 *
 * <p>Ends are those of the clock of the node that put the fact. Another node drops it by its own
 * clock, and Redis forgets it an hour later by its own. So the clocks of the nodes must agree as
 * far as ends are to be exact.
 *
 * <p>If Redis has lost all facts, the nodes put back what they know. After a return to an older
 * snapshot they take what the snapshot says.
 */
final class RedisLedger implements Ledger, Link.Listener, AutoCloseable {

    /** Clients cannot use such a name, because of the control character. */
    private static final String CHANNEL = "\u0001ledger";

    private static final long PULL_SECONDS = 30;

    /** The end of a fact that has none. */
    private static final Instant FOREVER = Instant.parse("9999-12-31T00:00:00Z");

    /** The largest difference between the clocks of two nodes: for so long a claim outlives its end. */
    private static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(1);

    private final Redis redis;
    private final FactScripts scripts;
    private final InstantSource clock;
    private final Place place;
    private final byte[] news;
    private final Future<?> pulls;
    private final Map<String, KnownFacts> known = new ConcurrentHashMap<>(); // by kind

    /**
     * Creates a ledger.
     *
     * @param redis calls this ledger as a listener; is closed by the caller
     * @param timer reads the facts each 30 s, which takes memory only
     */
    RedisLedger(Redis redis, Keys keys, InstantSource clock, ScheduledExecutorService timer) {
        this.redis = redis;
        this.scripts = new FactScripts(keys);
        this.clock = clock;
        this.place = redis.place(CHANNEL);
        this.news = keys.news(place);
        CompletionStage<?> unused = place.link().subscribe(news);
        this.pulls = timer.scheduleWithFixedDelay(this::pullAll, PULL_SECONDS, PULL_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public CompletionStage<?> put(String kind, String name, String value, Instant end) {
        return end.isAfter(clock.instant())
                ? scripts.put(place, kind, name, new Fact(value, end.isAfter(FOREVER) ? FOREVER : end))
                : CompletableFuture.completedStage(null);
    }

    /** {@link #follow} does not give claims. A kind has either claims or other facts. */
    @Override
    public CompletionStage<Boolean> claim(String kind, String name, Instant end) {
        Duration life = Duration.between(clock.instant(), end);
        return life.isNegative() || life.isZero()
                ? CompletableFuture.completedStage(true)
                : scripts.claim(
                        redis.place(name),
                        kind,
                        name,
                        life.plus(CLOCK_DIFFERENCE).toMillis());
    }

    @Override
    public CompletionStage<?> remove(String kind, String name) {
        return scripts.forget(place, kind, name);
    }

    @Override
    public void follow(String kind, Reader reader) {
        known.computeIfAbsent(kind, name -> new KnownFacts(clock)).follow(reader);
        pull(kind);
    }

    @Override
    public void connected(Link link) {
        if (link == place.link()) {
            pullAll();
        }
    }

    @Override
    public void disconnected(Link link) {}

    @Override
    public void message(byte[] channel, byte[] message) {
        if (!Arrays.equals(channel, news)) {
            return;
        }
        News said = FactScripts.read(message);
        KnownFacts facts = said == null ? null : known.get(said.kind());
        if (said == null || facts == null) {
            return;
        }
        Fact fact = said.fact();
        if (fact == null) {
            facts.remove(said.name());
        } else {
            facts.put(said.name(), fact);
        }
    }

    private void pullAll() {
        known.keySet().forEach(this::pull);
    }

    private void pull(String kind) {
        KnownFacts facts = Objects.requireNonNull(known.get(kind));
        var unused = scripts.all(place, kind, facts.change(), clock.instant(), all -> pulled(facts, all))
                .thenAccept(lost -> lost.forEach((name, fact) -> {
                    CompletionStage<?> unusedPut = scripts.put(place, kind, name, fact);
                }));
    }

    /** Takes all facts, or null for no change. Returns those that Redis has lost. */
    private static Map<String, Fact> pulled(KnownFacts facts, @Nullable All all) {
        if (all == null) {
            facts.dropEnded();
            return Map.of();
        }
        return facts.replace(all);
    }

    /** Reads no more facts. Everything else ends with Redis. */
    @Override
    public void close() {
        pulls.cancel(false);
    }
}
