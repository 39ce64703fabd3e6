package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Asks the sentinels for the master: for each new connection, and each second, because an old master
 * can live on. What most of them say counts.
 */
final class Sentinels implements Locator, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Sentinels.class.getName());
    private static final long PAUSE_MILLIS = 1000;

    /** How long a sentinel is left out that does not answer, in nanoseconds. */
    private static final long REST = TimeUnit.SECONDS.toNanos(5);

    private final RedisUrl url;
    private final LinkSettings settings;
    private final Map<HostAndPort, RedisConnection> connections = new HashMap<>();
    private final Map<HostAndPort, Long> restUntil = new HashMap<>();
    private @Nullable Thread thread;

    Sentinels(RedisUrl url, LinkSettings settings) {
        this.url = url;
        this.settings = settings;
    }

    /** Makes the server look for its master again when the sentinels name another one. */
    void watch(Server server) {
        Thread watching = new Thread(() -> look(server), "switchboard-redis-sentinel-" + url.master());
        watching.setDaemon(true);
        watching.start();
        thread = watching;
    }

    private void look(Server server) {
        try {
            while (true) {
                Thread.sleep(PAUSE_MILLIS);
                HostAndPort used = server.address();
                if (used != null) {
                    compare(server, used);
                }
            }
        } catch (InterruptedException closing) {
            return;
        }
    }

    private void compare(Server server, HostAndPort used) {
        try {
            HostAndPort master = locate();
            if (!master.equals(used)) {
                server.reconnect("the sentinels name another master, " + master);
            }
        } catch (IOException noAnswer) { // the master may be well nevertheless
            LOG.log(System.Logger.Level.DEBUG, "no sentinel answers", noAnswer);
        } catch (RuntimeException | Error failure) {
            LOG.log(System.Logger.Level.ERROR, "a question to the sentinels has failed", failure);
        }
    }

    /** Returns the master that most sentinels name; one that half of them name is enough at once. */
    @Override
    public synchronized HostAndPort locate() throws IOException {
        Map<HostAndPort, Integer> votes = new HashMap<>();
        String reason = "all sentinels failed to answer a moment ago";
        long now = System.nanoTime();
        List<HostAndPort> all = url.servers();
        boolean allRest = all.stream().allMatch(sentinel -> rests(sentinel, now));
        for (HostAndPort sentinel : all) {
            if (rests(sentinel, now) && !allRest) {
                continue;
            }
            try {
                HostAndPort master = ask(sentinel);
                if (votes.merge(master, 1, Integer::sum) * 2 > all.size()) {
                    return master;
                }
            } catch (IOException e) {
                reason = "sentinel " + sentinel + ": " + e.getMessage();
                restUntil.put(sentinel, System.nanoTime() + REST);
            }
        }
        String last = reason;
        return votes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElseThrow(() -> new IOException(last));
    }

    private boolean rests(HostAndPort sentinel, long now) {
        Long until = restUntil.get(sentinel);
        return until != null && now - until < 0;
    }

    private HostAndPort ask(HostAndPort sentinel) throws IOException {
        RedisConnection connection = connections.get(sentinel);
        if (connection == null) {
            connection = RedisConnection.open(sentinel, url.sentinelLogin(), settings);
            connections.put(sentinel, connection);
        }
        try {
            Object reply = connection.ask(Command.SENTINEL, "GET-MASTER-ADDR-BY-NAME", url.master());
            if (reply instanceof List<?> parts && parts.size() == 2) {
                return new HostAndPort(text(parts.get(0)), Integer.parseInt(text(parts.get(1))));
            }
            throw new IOException("knows no master " + url.master());
        } catch (JedisConnectionException | JedisDataException e) {
            connection.cut();
            connections.remove(sentinel);
            throw new IOException(e.getMessage(), e);
        }
    }

    private static String text(@Nullable Object part) {
        return new String((byte[]) Objects.requireNonNull(part), UTF_8);
    }

    @Override
    public void close() {
        Thread watching = thread;
        if (watching != null) {
            watching.interrupt();
            try {
                watching.join(TimeUnit.SECONDS.toMillis(2));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        cut();
    }

    private synchronized void cut() {
        connections.values().forEach(RedisConnection::cut);
        connections.clear();
    }
}
