package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;

/**
 * Keeps a connection to one server for all sections that it owns, and opens another one whenever it
 * ends.
 *
 * <p>One thread connects and reads. For each connection another one writes.
 */
final class Server implements AutoCloseable {

    /** Hears of a server on its reading thread. */
    interface Owner {

        void message(Server from, byte[] channel, byte[] message);

        /** Says that the server has ended a subscription, also one that we ended. */
        void unsubscribed(Server from, byte[] channel);

        /** Says that other servers may have become owners of sections. */
        void moved();
    }

    private static final System.Logger LOG = System.getLogger(Server.class.getName());

    private static final int MIN_PAUSE_MILLIS = 100;
    private static final int MAX_PAUSE_MILLIS = 250;
    private static final int REPLY_PAUSE_MILLIS = 5;

    /** How long an end waits for replies, and then for threads, in nanoseconds. */
    private static final long MAX_WAIT = TimeUnit.SECONDS.toNanos(1);

    /** How long another reason stays out of the log while there is no connection. */
    private static final long REMINDER = TimeUnit.SECONDS.toNanos(30);

    private final String name;
    private final Locator locator;
    private final Login login;
    private final boolean cluster;
    private final LinkSettings settings;
    private final Owner owner;
    private final Thread reader;
    private final Probe probe;
    private final RefusalLog refusals;

    private final Set<Section> sections = new LinkedHashSet<>(); // guarded by itself, as changes of the session
    private volatile @Nullable Session session;
    private volatile @Nullable OneSocket socket;
    private volatile @Nullable HostAndPort address;
    private volatile boolean up; // whether the server has confirmed the channel of the probe
    private volatile boolean closed;
    private volatile String fault;
    // For the reading thread alone.
    private boolean told = true; // whether the log knows the state
    private String toldReason = "";
    private long toldAt;

    /**
     * Call {@link #start} next.
     *
     * @param name stands in the log and in the names of threads
     * @param cluster whether the server belongs to a cluster
     */
    Server(String name, Locator locator, Login login, boolean cluster, LinkSettings settings, Owner owner) {
        this.name = name;
        this.locator = locator;
        this.login = login;
        this.cluster = cluster;
        this.settings = settings;
        this.owner = owner;
        this.fault = "no connection to Redis " + name + " yet";
        this.probe = new Probe((settings.prefix() + "probe:" + UUID.randomUUID()).getBytes(UTF_8));
        this.reader = thread(this::live, "reader");
        this.refusals = new RefusalLog(name);
    }

    private Thread thread(Runnable task, String role) {
        Thread thread = new Thread(task, "switchboard-redis-" + role + "-" + name);
        thread.setDaemon(true);
        return thread;
    }

    void start() {
        reader.start();
    }

    private void live() {
        while (!closed) {
            try {
                connect();
            } catch (IOException | RuntimeException | Error failure) {
                away(failure);
            }
            try {
                Thread.sleep(ThreadLocalRandom.current().nextInt(MIN_PAUSE_MILLIS, MAX_PAUSE_MILLIS));
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    /** Lives through one connection, and throws the reason of its end. */
    private void connect() throws IOException {
        HostAndPort server = locator.locate();
        OneSocket opened = new OneSocket(server, login.tls(), settings.connectTimeout());
        socket = opened;
        address = server;
        try {
            if (closed) {
                throw new IOException("the link is closed");
            }
            RedisConnection connection = RedisConnection.open(opened, login, settings);
            String unfitness = connection.unfitness(cluster);
            if (!unfitness.isEmpty()) {
                throw new IOException(server + " " + unfitness);
            }
            connection.waitForEver();
            serve(new Session(connection, new Incoming()), server);
        } finally {
            address = null;
            opened.close();
        }
    }

    private void serve(Session next, HostAndPort server) throws IOException {
        thread(next::write, "writer").start();
        try {
            begin(next, server);
            next.read();
        } catch (IOException | RuntimeException | Error failure) {
            next.end("the connection has failed");
            fault = fault(failure); // before the callers hear of it
            end(next);
            next.failAll(new IOException("the connection to Redis has ended", failure));
            owner.moved();
            throw failure;
        }
    }

    /** Lets the sections ask for their channels. The answer about the probe's channel comes last. */
    private void begin(Session next, HostAndPort server) {
        Request last = Request.subscribe(Command.SUBSCRIBE, List.of(probe.channel()));
        synchronized (sections) {
            session = next;
            sections.forEach(section -> section.begin(next));
            next.sendAnyway(last);
        }
        var unused = last.reply().whenComplete((ok, failure) -> {
            if (failure == null) {
                opened(server);
            } else {
                next.end("cannot subscribe: " + failure.getMessage());
            }
        });
    }

    private void opened(HostAndPort server) {
        up = true;
        fault = "";
        if (!told) {
            told = true;
            LOG.log(System.Logger.Level.INFO, "Redis is back: {0} at {1}", name, server);
        }
    }

    private void end(Session old) {
        List<Section> all;
        synchronized (sections) {
            session = null;
            up = false;
            all = List.copyOf(sections);
        }
        all.forEach(section -> section.end(old));
    }

    private static String reason(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private String fault(Throwable failure) {
        return "no connection to Redis " + name + ": " + reason(failure);
    }

    private void away(Throwable failure) {
        if (closed) {
            return;
        }
        String reason = reason(failure);
        fault = fault(failure);
        long now = System.nanoTime();
        if (told || (!reason.equals(toldReason) && now - toldAt > REMINDER)) {
            told = false;
            toldReason = reason;
            toldAt = now;
            LOG.log(System.Logger.Level.WARNING, fault + " (the relay tries again until it succeeds)");
        }
    }

    /** Makes this server the owner of the section. */
    void attach(Section section) {
        synchronized (sections) {
            sections.add(section);
            Session current = session;
            if (current != null) {
                section.begin(current);
            }
        }
    }

    /** Takes the section away; it then has no connection. */
    void detach(Section section) {
        Session current;
        synchronized (sections) {
            sections.remove(section);
            current = session;
        }
        if (current != null) {
            section.leave(current);
        }
    }

    /** Takes the connection from a section for which it has become useless. */
    void interrupt(Section section) {
        Session current = session;
        if (current != null) {
            section.stall(current);
        }
    }

    /** Lets the section ask for its channels once more, if there is a connection. */
    void retry(Section section) {
        synchronized (sections) {
            Session current = session;
            if (current != null && sections.contains(section)) {
                section.begin(current);
            }
        }
    }

    /** Returns where the server is; null while there is no connection. */
    @Nullable
    HostAndPort address() {
        return address;
    }

    /** Returns why the server cannot be relied on; empty if it can. */
    String fault() {
        return up ? probe.fault() : fault;
    }

    /** Sends a ping and a probe when it is time, and ends a connection that is stuck. Memory only. */
    void check(long now) {
        Session current = session;
        if (current == null) {
            return;
        }
        String reason = probe.check(now, up, current, settings.commandTimeout());
        if (reason != null) {
            current.end(reason);
        }
    }

    /** Ends the connection, so that the link looks for its server again. */
    void reconnect(String reason) {
        Session current = session;
        if (current != null) {
            current.end(reason);
        }
    }

    @Override
    public void close() {
        closeAll(List.of(this));
    }

    /**
     * Ends the connections and the threads of the servers, and waits up to a second for all together.
     * Before that, waits up to a second for the replies under way: clients that have just left are
     * among them.
     */
    static void closeAll(Collection<Server> servers) {
        long deadline = System.nanoTime() + MAX_WAIT;
        servers.forEach(server -> server.awaitReplies(deadline));
        servers.forEach(Server::stop);
        long end = System.nanoTime() + MAX_WAIT;
        servers.forEach(server -> server.awaitEnd(end));
    }

    private void stop() {
        closed = true;
        reader.interrupt();
        reconnect("the link is closed");
        OneSocket last = socket;
        if (last != null) {
            last.close();
        }
    }

    private void awaitReplies(long deadline) {
        Session last = session;
        int idle = 0; // a reply can be followed by another request
        while (last != null && idle < 2 && System.nanoTime() - deadline < 0) {
            idle = last.isIdle() ? idle + 1 : 0;
            try {
                Thread.sleep(REPLY_PAUSE_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void awaitEnd(long deadline) {
        try {
            reader.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Incoming implements Session.Receiver {

        @Override
        public void message(byte[] channel, byte[] message) {
            if (Arrays.equals(channel, probe.channel())) {
                probe.heard();
                return;
            }
            try {
                owner.message(Server.this, channel, message);
            } catch (RuntimeException | Error failure) {
                LOG.log(System.Logger.Level.ERROR, "the listener of Redis has failed", failure);
            }
        }

        @Override
        public void unsubscribed(byte[] channel) {
            owner.unsubscribed(Server.this, channel);
        }

        @Override
        public void refused(Verdict verdict, String error) {
            if (verdict == Verdict.MOVED || verdict == Verdict.WRONG_SERVER) {
                owner.moved();
            }
            refusals.add(verdict, error);
        }
    }
}
