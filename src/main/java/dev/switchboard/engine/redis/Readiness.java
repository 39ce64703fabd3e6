package dev.switchboard.engine.redis;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Failure;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether Redis lets the engine do its work. A trial on each new connection finds it out, and
 * from time to time later: a script that may not give one of its commands does half of its work.
 *
 * <p>Any thread.
 */
final class Readiness {

    private static final System.Logger LOG = System.getLogger(Readiness.class.getName());

    private static final long PAUSE = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE_AFTER_FAULT = TimeUnit.SECONDS.toNanos(1);

    /** Clients cannot use such a name, because of the control character. */
    private static final String TRIAL_CHANNEL = "\u0001trial ";

    /** Channels to try until one lives at the link. */
    private static final int MAX_NAMES = 1_000_000;

    /** Redis decides for each call. Reading may work. */
    private static final Pattern PASSING = Pattern.compile("OOM|NOREPLICAS|MISCONF|BUSY");

    static final String NO_FENCE =
            "Redis hides the master_replid of INFO replication, so the relay cannot see when Redis"
                    + " has gone back to an older state. Allow +info|replication to the user of the relay, or set"
                    + " switchboard.redis.fence=false and accept that clients can lose publications without being told";

    /** Redis takes no writes at all, so no node can refresh its clients. */
    private static final Pattern UNWRITABLE = Pattern.compile("NOREPLICAS|MISCONF");

    /**
     * How long the presence is right without a refresh: a client that expires after 60 s was refreshed
     * up to a round before, and a trial finds the reason up to 10 s late.
     */
    private static final long TRUST =
            PresenceScripts.LIFE.minus(RedisEngine.ROUND).toNanos() - PAUSE;

    /**
     * How long the nodes need until all have refreshed their clients, after Redis takes writes again: a
     * trial finds it out up to a second late, and the refreshes follow within a second.
     */
    private static final long REFRESH = TimeUnit.SECONDS.toNanos(3);

    /**
     * What the last trial of a link has found.
     *
     * @param works whether the engine may use the link
     * @param since when the trial began, in nanoseconds
     * @param unwritable since when Redis takes no writes; null if it takes them
     * @param writable since when Redis takes writes again, after the presence was no longer right; null
     *     if it was right all the time
     */
    private record State(
            @Nullable String fault,
            boolean works,
            long since,
            @Nullable Long unwritable,
            @Nullable Long writable) {

        /** Returns whether the nodes could refresh their clients, and have done so. */
        boolean isRefreshed(long now) {
            return (unwritable == null || now - unwritable < TRUST) && (writable == null || now - writable >= REFRESH);
        }
    }

    private final Redis redis;
    private final BiFunction<Place, String, CompletionStage<?>> trial;
    private final Consumer<Link> ready;
    private final LongSupplier nanoTime;
    private final Map<Link, State> states = new ConcurrentHashMap<>(); // of links that are connected
    private final Map<Link, String> channels = new ConcurrentHashMap<>(); // on which each link is tried

    /** The links with a trial under way, which ends with its connection at the latest. */
    private final Set<Link> trials = ConcurrentHashMap.newKeySet();

    /**
     * Creates the readiness of all links.
     *
     * @param trial does all that the engine does, on a channel at the place
     * @param ready is called when a new connection can be used, and when Redis takes writes again, on
     *     the reading thread
     */
    Readiness(
            Redis redis,
            BiFunction<Place, String, CompletionStage<?>> trial,
            Consumer<Link> ready,
            LongSupplier nanoTime) {
        this.redis = redis;
        this.trial = trial;
        this.ready = ready;
        this.nanoTime = nanoTime;
    }

    /** Returns whether the engine may use the link. */
    boolean allows(Link link) {
        State state = states.get(link);
        return state != null && state.works;
    }

    /** Returns whether the engine may use the link, and the nodes have refreshed their clients there. */
    boolean showsPresence(Link link) {
        State state = states.get(link);
        return state != null && state.works && state.isRefreshed(nanoTime.getAsLong());
    }

    /** Returns why the engine cannot do all its work; null if it can. */
    @Nullable
    String fault() {
        String fault = redis.fault();
        if (!fault.isEmpty()) {
            return fault;
        }
        Collection<Link> links = redis.links();
        for (Link link : links) {
            State state = states.get(link);
            if (state == null) {
                return "a connection to Redis is not ready yet";
            }
            if (state.fault != null) {
                return state.fault;
            }
        }
        return null;
    }

    void connected(Link link) {
        State state = new State("Redis is being tried", false, nanoTime.getAsLong(), null, null);
        states.put(link, state);
        tryOut(link, state);
    }

    void disconnected(Link link) {
        states.remove(link);
    }

    /** Tries links again whose time has come. */
    void tick() {
        long now = nanoTime.getAsLong();
        states.forEach((link, state) -> {
            if (!trials.contains(link) && now - state.since >= (state.fault == null ? PAUSE : PAUSE_AFTER_FAULT)) {
                State again = new State(state.fault, state.works, now, state.unwritable, state.writable);
                if (states.replace(link, state, again)) {
                    tryOut(link, again);
                }
            }
        });
    }

    private void tryOut(Link link, State state) {
        String channel = channels.computeIfAbsent(link, this::channelAt);
        trials.add(link);
        var unused = trial.apply(redis.place(channel), channel).whenComplete((done, failure) -> {
            trials.remove(link);
            Throwable cause = failure == null ? null : Failure.cause(failure);
            if (cause == null) {
                now(link, state, succeeded(state, nanoTime.getAsLong()));
            } else if (cause != ClientError.TOO_MANY_REQUESTS) { // else the next trial finds it out
                String reason =
                        cause instanceof ClientError error ? error.why().text() : String.valueOf(cause.getMessage());
                now(link, state, failed(reason, state, nanoTime.getAsLong()));
            }
        });
    }

    private static State succeeded(State before, long now) {
        boolean wasRight = before.unwritable == null || now - before.unwritable < TRUST;
        return new State(null, true, now, null, wasRight ? before.writable : Long.valueOf(now));
    }

    private static State failed(String reason, State before, long now) {
        boolean writable = !UNWRITABLE.matcher(reason).lookingAt();
        Long since = before.unwritable;
        if (since == null) {
            since = before.works ? now : now - TRUST; // after a time without a connection nothing is known
        }
        return new State(
                text(reason), PASSING.matcher(reason).lookingAt(), now, writable ? null : since, before.writable);
    }

    private String channelAt(Link link) {
        for (int i = 0; i < MAX_NAMES; i++) {
            if (redis.place(TRIAL_CHANNEL + i).link() == link) {
                return TRIAL_CHANNEL + i;
            }
        }
        throw new IllegalStateException("no channel lives at a link");
    }

    private static String text(String reason) {
        if (reason.startsWith("NOFENCE")) {
            return NO_FENCE;
        }
        return "a trial of what the relay does with Redis has failed: " + reason;
    }

    private void now(Link link, State before, State after) {
        if (!states.replace(link, before, after)) {
            return; // another connection, or none
        }
        if (after.fault != null && !after.fault.equals(before.fault)) {
            LOG.log(System.Logger.Level.WARNING, after.fault);
        } else if (after.fault == null && before.fault != null && before.works) {
            LOG.log(System.Logger.Level.INFO, "Redis works again");
        }
        boolean writableAgain = before.unwritable != null && after.unwritable == null;
        if (after.works && (!before.works || writableAgain)) {
            ready.accept(link);
        }
    }
}
