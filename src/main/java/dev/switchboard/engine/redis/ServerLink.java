package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.model.ClientError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;

/**
 * Keeps a connection to one server, and opens another one whenever it ends.
 *
 * <p>One thread connects and reads. For each connection another one writes.
 */
final class ServerLink implements Link, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ServerLink.class.getName());

    /** Channels in one command: few commands, and none that holds the server up. */
    private static final int CHUNK = 500;

    private static final int MIN_PAUSE_MILLIS = 100;
    private static final int MAX_PAUSE_MILLIS = 250;

    private final String name;
    private final Locator locator;
    private final Login login;
    private final LinkSettings settings;
    private final Listener listener;
    private final Thread reader;
    private final Probe probe;

    private final Set<ByteBuffer> channels = new HashSet<>(); // guarded by itself
    private volatile @Nullable Session session;
    private volatile @Nullable OneSocket socket;
    private volatile boolean connected;
    private volatile boolean closed;
    private volatile String fault = "not connected yet";
    private boolean told = true; // whether the log knows the state; for the reading thread alone

    /** {@code name} stands in the log and in the names of threads. Call {@link #start} next. */
    ServerLink(String name, Locator locator, Login login, LinkSettings settings, Listener listener) {
        this.name = name;
        this.locator = locator;
        this.login = login;
        this.settings = settings;
        this.listener = listener;
        this.probe = new Probe((settings.prefix() + "probe:" + UUID.randomUUID()).getBytes(UTF_8));
        this.reader = thread(this::live, "reader");
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
        try {
            if (closed) {
                throw new IOException("the link is closed");
            }
            RedisConnection connection = RedisConnection.open(opened, login, settings);
            if (!connection.isMaster()) {
                throw new IOException(server + " is a replica and takes no writes");
            }
            connection.waitForEver();
            serve(new Session(connection, new Incoming()), server);
        } finally {
            opened.close();
        }
    }

    private void serve(Session next, HostAndPort server) throws IOException {
        Thread writer = thread(next::write, "writer");
        writer.start();
        try {
            resubscribe(next, server);
            next.read();
        } catch (IOException | RuntimeException | Error failure) {
            session = null;
            boolean was = connected;
            connected = false;
            next.end("the connection has failed");
            if (was) {
                listener.disconnected(this);
            }
            next.failAll(new IOException("the connection to Redis has ended", failure));
            throw failure;
        }
    }

    /** Asks for all channels again. The session is ready when the server has confirmed them. */
    private void resubscribe(Session next, HostAndPort server) {
        List<Request> requests = new ArrayList<>();
        requests.add(Request.subscribe(Command.SUBSCRIBE, List.of(probe.channel())));
        synchronized (channels) {
            List<byte[]> chunk = new ArrayList<>();
            for (ByteBuffer channel : channels) {
                chunk.add(channel.array());
                if (chunk.size() == CHUNK) {
                    requests.add(Request.subscribe(Command.SUBSCRIBE, chunk));
                    chunk.clear();
                }
            }
            if (!chunk.isEmpty()) {
                requests.add(Request.subscribe(Command.SUBSCRIBE, chunk));
            }
            requests.forEach(next::sendAnyway);
            session = next;
        }
        CompletableFuture<?> all =
                CompletableFuture.allOf(requests.stream().map(Request::reply).toArray(CompletableFuture[]::new));
        var unused = all.whenComplete((ok, failure) -> {
            if (failure == null) {
                ready(next, server);
            } else {
                next.end("cannot subscribe: " + failure.getMessage());
            }
        });
    }

    private void ready(Session next, HostAndPort server) {
        try {
            listener.connected(this);
        } catch (RuntimeException | Error failure) {
            LOG.log(System.Logger.Level.ERROR, "the listener of Redis has failed", failure);
            next.end("the listener has failed");
            return;
        }
        connected = true;
        fault = "";
        if (!told) {
            told = true;
            LOG.log(System.Logger.Level.INFO, "Redis is back: {0} at {1}", name, server);
        }
    }

    private void away(Throwable failure) {
        if (closed) {
            return;
        }
        String reason = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        fault = "no connection to Redis " + name + ": " + reason;
        if (told) {
            told = false;
            LOG.log(System.Logger.Level.WARNING, fault + ". The relay tries again until it succeeds.");
        }
    }

    @Override
    public CompletionStage<@Nullable Object> run(Script script, List<byte[]> keys, List<byte[]> arguments) {
        Session current = session;
        if (current == null || !connected && Thread.currentThread() != reader) {
            return CompletableFuture.failedFuture(ClientError.INTERNAL);
        }
        Request request = Request.call(script, keys, arguments);
        current.send(request);
        return request.reply();
    }

    @Override
    public CompletionStage<?> subscribe(byte[] channel) {
        Request request = Request.subscribe(Command.SUBSCRIBE, List.of(channel));
        synchronized (channels) {
            channels.add(ByteBuffer.wrap(channel));
            Session current = session;
            if (current == null) {
                return CompletableFuture.failedFuture(ClientError.INTERNAL);
            }
            current.send(request);
        }
        return request.reply();
    }

    @Override
    public void unsubscribe(byte[] channel) {
        synchronized (channels) {
            channels.remove(ByteBuffer.wrap(channel));
            Session current = session;
            if (current != null) {
                current.sendAnyway(Request.unsubscribe(Command.UNSUBSCRIBE, channel));
            }
        }
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public String fault() {
        return connected ? probe.fault() : fault;
    }

    /** Sends a ping and a probe when it is time, and ends a connection that is stuck. Memory only. */
    void check(long now) {
        Session current = session;
        if (current == null) {
            return;
        }
        String reason = probe.check(now, connected, current, settings.commandTimeout());
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

    /** Ends the connection and the threads, and waits up to a second for them. */
    @Override
    public void close() {
        closed = true;
        reader.interrupt();
        reconnect("the link is closed");
        OneSocket last = socket;
        if (last != null) {
            last.close();
        }
        try {
            reader.join(TimeUnit.SECONDS.toMillis(1));
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
                listener.message(channel, message);
            } catch (RuntimeException | Error failure) {
                LOG.log(System.Logger.Level.ERROR, "the listener of Redis has failed", failure);
            }
        }

        @Override
        public void unsubscribed(byte[] channel) {}

        @Override
        public void refused(Verdict verdict, String error) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Redis {0} has refused a command: {1}. {2}",
                    name,
                    error,
                    verdict.cure());
        }
    }
}
