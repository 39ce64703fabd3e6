package dev.switchboard.load;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Connects the clients and senders of a load, waits for their sockets, and disconnects them. For
 * one thread.
 */
final class Connections implements AutoCloseable {

    private static final int READ_BUFFER = 1 << 18;
    private static final int DEFAULT_PORT = 80;

    /**
     * Handshakes at a time. If more wait than the backlog of a server holds (100 in Tomcat), TCP
     * repeats them after a second.
     */
    private static final int HANDSHAKES = 64;

    private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Nanoseconds; a server may answer the handshake before the client is in its channel. */
    private static final long SETTLING = 300 * MILLISECOND;

    private static final long CONNECT_PATIENCE = 10 * SECOND;
    private static final long SILENT_PATIENCE = 2 * SECOND;
    private static final long CLOSE_PATIENCE = SECOND;

    /** Nanoseconds; progress is shown so often. */
    private static final long LONGEST_WAIT = 100 * MILLISECOND;

    /** Nanoseconds by which a delivery may be seen late shortly before the next message is due. */
    private static final long SHORT_WAIT = 50_000;

    private enum State {
        CONNECTING,
        CONNECTED,
        DISCONNECTING
    }

    private final Load load;
    private final Measurement measurement;
    private final Selector selector;
    private final List<Connection> connections = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BUFFER);
    private final Consumer<SelectionKey> proceed = this::proceed;

    /**
     * The number of the first sender. Senders of another run, at the same time or in the history of
     * a channel, have other numbers.
     */
    private final int firstSender = ThreadLocalRandom.current().nextInt(1 << 15) << 16;

    private State state = State.CONNECTING;
    private @Nullable IOException failure;
    private int open;
    private int gone;
    private int cutOff;
    private long now = System.nanoTime();

    Connections(Load load, Measurement measurement) throws IOException {
        this.load = load;
        this.measurement = measurement;
        selector = Selector.open();
    }

    /**
     * Connects all clients and senders. {@code flow} gets what the clients receive; {@code watcher}
     * gets the connected part, from 0 to 1.
     *
     * @throws ConnectException if not all are let in, with the answer of the server
     */
    void connect(Flow flow, DoubleConsumer watcher) throws IOException {
        Map<URI, InetSocketAddress> nodes = new HashMap<>();
        for (URI uri : load.uris()) {
            nodes.put(uri, address(uri));
        }
        Owner owner = new Owner(flow);
        int all = load.connections();
        long patience = now + CONNECT_PATIENCE;
        for (int before = 0; open < all; before = open) {
            while (connections.size() < Math.min(all, open + HANDSHAKES)) {
                add(nodes, owner);
            }
            turn();
            watcher.accept((double) open / all);
            if (open > before) {
                patience = now + CONNECT_PATIENCE;
            } else if (now > patience) {
                throw new ConnectException("no answer; connected are " + open + " of " + all);
            }
        }
        for (long end = now + SETTLING; now < end; ) {
            turn(end - now);
        }
        state = State.CONNECTED;
    }

    private static InetSocketAddress address(URI uri) throws ConnectException {
        InetSocketAddress address =
                new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort());
        if (address.isUnresolved()) {
            throw new ConnectException("unknown host " + uri.getHost());
        }
        return address;
    }

    private void add(Map<URI, InetSocketAddress> nodes, Owner owner) throws IOException {
        int id = connections.size();
        try {
            connections.add(new Connection(load, id, Objects.requireNonNull(nodes.get(load.uri(id))), selector, owner));
        } catch (IOException refused) {
            String why = reason(refused);
            throw new ConnectException(
                    why.contains("too many open files")
                            ? "the limit of open files (ulimit -n) is too low for more than " + id + " connections"
                            : why);
        }
    }

    Connection get(int id) {
        return connections.get(id);
    }

    /** Returns the time of the last read, as {@link System#nanoTime} says it. */
    long now() {
        return now;
    }

    /** Returns the clients that are connected and read. */
    int receivers() {
        return load.clients() - load.silent() - (gone - cutOff);
    }

    /** Returns the clients that are still connected. */
    int connected() {
        return load.clients() - gone;
    }

    /** Returns the silent clients that the server has disconnected. */
    int cutOff() {
        return cutOff;
    }

    /** Sends a message, and counts it for so many receivers. {@code sender} counts from 0. */
    void publish(Connection from, MessageFrame frame, int sender, int sequence, long nanos, int receivers) {
        measurement.send(receivers);
        from.send(frame.stamped(firstSender + sender, sequence, nanos));
    }

    /**
     * Waits for the sockets, at most so many nanoseconds or 0.1 seconds, then reads and writes
     * them.
     *
     * @throws IOException if a connection ended without which the run cannot go on
     */
    void turn(long wait) throws IOException {
        if (wait >= MILLISECOND) {
            selector.select(proceed, Math.min(wait, LONGEST_WAIT) / MILLISECOND);
        } else {
            if (wait > 0) { // a selector cannot wait for less than a millisecond
                LockSupport.parkNanos(measurement.isComplete() ? wait : Math.min(wait, SHORT_WAIT));
            }
            selector.selectNow(proceed);
        }
        now = System.nanoTime();
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted");
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Waits as long as {@link #turn(long)} can. */
    void turn() throws IOException {
        turn(LONGEST_WAIT);
    }

    private void proceed(SelectionKey key) {
        now = System.nanoTime();
        measurement.read(((Connection) key.attachment()).proceed(buffer));
    }

    /** Reads the silent clients at the end, because a client that does not read sees no close. */
    void readSilent() throws IOException {
        for (int i = 0; i < load.silent(); i++) {
            connections.get(i).readAgain();
        }
        for (long end = now + SILENT_PATIENCE; now < end && cutOff < load.silent(); ) {
            turn();
        }
    }

    /** Disconnects all with a close frame, and after a second without one. */
    @Override
    public void close() throws IOException {
        state = State.DISCONNECTING;
        failure = null;
        connections.forEach(Connection::sendClose);
        try {
            for (long end = now + CLOSE_PATIENCE; open > 0 && now < end; ) {
                turn();
            }
        } catch (IOException interrupted) {
            // the rest is disconnected at once
        }
        connections.forEach(Connection::reset);
        selector.close();
    }

    /** Returns the words of the JDK as they stand within a sentence. */
    private static String reason(IOException failure) {
        String text = String.valueOf(failure.getMessage());
        return text.isEmpty() ? text : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }

    private final class Owner implements Connection.Owner {

        private final Flow flow;

        Owner(Flow flow) {
            this.flow = flow;
        }

        @Override
        public void opened(Connection connection) {
            open++;
            if (load.isSilent(connection.id())) {
                connection.stopReading();
            }
        }

        @Override
        public void received(Connection connection, int sender, int sequence, long nanos) {
            if (load.isClient(connection.id()) && !load.isSilent(connection.id())) {
                flow.received(connection, sender - firstSender, sequence, nanos);
            }
        }

        @Override
        public void ended(Connection connection, IOException why) {
            open--;
            if (state == State.DISCONNECTING) {
                return;
            }
            if (state == State.CONNECTING) {
                failure = new ConnectException(reason(why));
                return;
            }
            if (!load.isClient(connection.id())) {
                failure = new IOException("a sender was disconnected: " + reason(why), why);
                return;
            }
            gone++;
            if (load.isSilent(connection.id())) {
                cutOff++;
                return;
            }
            flow.giveUp();
            if (receivers() == 0) {
                failure = new IOException("all clients were disconnected: " + reason(why), why);
            }
        }
    }
}
