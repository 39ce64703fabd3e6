package dev.switchboard.engine.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Is a cluster of Redis. Each part of the channels is a link that stays the same while the part
 * moves from master to master. One connection leads to each master.
 *
 * <p>One thread reads the map of the cluster each second, and at once when a server says that
 * something has moved.
 */
final class ClusterRedis implements Redis, Server.Owner {

    private static final System.Logger LOG = System.getLogger(ClusterRedis.class.getName());
    private static final long PAUSE_MILLIS = 1000;

    /** Least pause between two readings, in milliseconds: a thousand calls can meet one move. */
    private static final long REST_MILLIS = 50;

    private final RedisUrl url;
    private final LinkSettings settings;
    private final Link.Listener listener;
    private final List<Section> sections;
    private final List<Place> places;
    private final Watch watch = new Watch();
    private final Semaphore news = new Semaphore(0);
    private final Thread thread = new Thread(this::look, "switchboard-redis-cluster");
    private volatile String fault = "";
    private volatile boolean closed;
    private volatile @Nullable OneSocket opening; // for the next map

    // The thread alone changes them.
    private final Map<HostAndPort, Server> servers = new ConcurrentHashMap<>();
    private final Map<HostAndPort, RedisConnection> connections = new ConcurrentHashMap<>();

    // For the thread alone.
    private Set<HostAndPort> known;
    private @Nullable HostAndPort asked;
    private long epoch;
    private boolean told = true; // whether the log knows the state

    ClusterRedis(RedisUrl url, LinkSettings settings, Link.Listener listener) {
        this.url = url;
        this.settings = settings;
        this.listener = listener;
        this.known = new LinkedHashSet<>(url.servers());
        this.sections = IntStream.range(0, Partitions.COUNT)
                .mapToObj(part -> new Section(listener, true))
                .toList();
        this.places = IntStream.range(0, Partitions.COUNT)
                .mapToObj(part -> new Place(sections.get(part), Partitions.tag(part), true))
                .toList();
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @Override
    public Place place(String channel) {
        return places.get(Partitions.of(channel));
    }

    @Override
    public Collection<Link> links() {
        return List.copyOf(sections);
    }

    @Override
    public String fault() {
        return fault.isEmpty() ? Redis.super.fault() : fault;
    }

    @Override
    public void message(Server from, byte[] channel, byte[] message) {
        if (sections.get(Partitions.ofKey(channel)).server() == from) { // not the owner of a moment ago
            listener.message(channel, message);
        }
    }

    @Override
    public void unsubscribed(Server from, byte[] channel) {
        Section section = sections.get(Partitions.ofKey(channel));
        if (section.server() == from && section.misses(channel)) { // its slot has left the server
            from.interrupt(section);
            moved();
        }
    }

    @Override
    public void moved() {
        news.release();
    }

    private void look() {
        try {
            while (!closed) {
                try {
                    read();
                } catch (RuntimeException | Error failure) {
                    LOG.log(System.Logger.Level.ERROR, "the map of the cluster of Redis is unreadable", failure);
                }
                if (news.tryAcquire(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                    Thread.sleep(REST_MILLIS);
                    news.drainPermits();
                }
            }
        } catch (InterruptedException closing) {
            return;
        }
    }

    /**
     * Takes the map of the first server whose epoch is not older than the last one. If all are older,
     * the cluster was created anew, and the newest counts.
     */
    private void read() {
        String reason = "";
        ClusterMap newest = null;
        for (HostAndPort server : inOrder()) {
            try {
                ClusterMap map = ask(server);
                if (newest == null || map.epoch() > newest.epoch()) {
                    newest = map;
                    asked = server;
                }
                if (map.epoch() >= epoch) {
                    break;
                }
            } catch (IOException e) {
                reason = server + ": " + e.getMessage();
            }
        }
        if (closed) {
            return;
        }
        if (newest == null) {
            fault("no server of the cluster of Redis has a map: " + reason);
        } else {
            apply(newest);
            fault(newest.serves() ? "" : "the cluster of Redis is down, as " + asked + " sees it");
        }
    }

    /** Returns all servers, and first the one that answered last. */
    private Set<HostAndPort> inOrder() {
        Set<HostAndPort> order = new LinkedHashSet<>();
        if (asked != null && known.contains(asked)) {
            order.add(asked);
        }
        order.addAll(known);
        return order;
    }

    private ClusterMap ask(HostAndPort server) throws IOException {
        RedisConnection connection = connections.get(server);
        if (connection == null) {
            OneSocket socket = new OneSocket(server, url.login().tls(), settings.connectTimeout());
            opening = socket;
            if (closed) {
                throw new IOException("the link is closed");
            }
            connection = RedisConnection.open(socket, url.login(), settings);
            connections.put(server, connection);
        }
        try {
            return ClusterMap.read(connection, server);
        } catch (IOException e) {
            connection.cut();
            connections.remove(server);
            throw e;
        }
    }

    private void apply(ClusterMap map) {
        epoch = map.epoch();
        Set<HostAndPort> next = new LinkedHashSet<>(map.servers());
        next.addAll(url.servers());
        known = next;
        Set<HostAndPort> owners = new HashSet<>();
        for (int part = 0; part < Partitions.COUNT; part++) {
            HostAndPort owner = map.owners().get(part);
            if (owner != null) {
                owners.add(owner);
                give(sections.get(part), owner);
            }
        }
        List<HostAndPort> left = new ArrayList<>(servers.keySet());
        left.removeAll(owners);
        left.forEach(this::remove);
        List<HostAndPort> gone = new ArrayList<>(connections.keySet());
        gone.removeAll(next);
        gone.forEach(
                server -> Objects.requireNonNull(connections.remove(server)).cut());
    }

    private void give(Section section, HostAndPort owner) {
        Server server = servers.computeIfAbsent(owner, this::add);
        if (section.server() != server) {
            section.moveTo(server);
        } else if (section.isStalled()) {
            server.retry(section);
        }
    }

    private Server add(HostAndPort address) {
        Server server = new Server(address.toString(), () -> address, url.login(), true, settings, this);
        watch.add(server);
        server.start();
        return server;
    }

    private void remove(HostAndPort address) {
        Server server = servers.get(address);
        if (server != null && sections.stream().noneMatch(section -> section.server() == server)) {
            servers.remove(address);
            watch.remove(server);
            server.close();
        }
    }

    private void fault(String text) {
        fault = text;
        if (text.isEmpty() != told) {
            told = text.isEmpty();
            LOG.log(
                    told ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
                    told ? "the cluster of Redis has a map again" : text);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        cutMaps();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        cutMaps();
        Server.closeAll(servers.values());
        watch.close();
    }

    /** Ends the connections that bring maps, so that the thread does not wait for a server. */
    private void cutMaps() {
        OneSocket last = opening;
        if (last != null) {
            last.close();
        }
        connections.values().forEach(RedisConnection::cut);
    }
}
