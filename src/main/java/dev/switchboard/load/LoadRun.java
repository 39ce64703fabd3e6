package dev.switchboard.load;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** One run of a load, all of it on the thread that calls {@link #run}. */
public final class LoadRun {

    private static final int READ_BUFFER = 1 << 18;
    private static final int DEFAULT_PORT = 80;

    /** Where more wait than a server's backlog holds, 100 in Tomcat, they come again after a second. */
    private static final int HANDSHAKES = 64;

    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1000 * MILLISECOND;

    /** A server may answer the handshake before the client is in its channel. */
    private static final long SETTLING = 300 * MILLISECOND;

    private static final long CONNECT_PATIENCE = 10 * SECOND;
    private static final long WARM_UP_PATIENCE = SECOND;
    private static final long DRAIN_PATIENCE = 2 * SECOND;
    private static final long LONGEST_DRAIN = 30 * SECOND;
    private static final long SILENT_PATIENCE = 2 * SECOND;
    private static final long GOODBYE = SECOND;
    private static final long BETWEEN_PROGRESS = 100 * MILLISECOND;

    /** How late a delivery may be seen just before the next message is due. */
    private static final long GLANCE = 50_000;

    /** So many messages of a sender are made up for before its receivers read again; with more they would be taken for slow. */
    private static final int BURST = 8;

    private static final long LONGEST_LATENCY = 3_600_000_000L;
    private static final int LATENCY_DIGITS = 3;

    private final Load load;
    private final Flow flow;
    private final Arrivals arrivals;
    private final List<Connection> connections = new ArrayList<>();
    private final Histogram latency = new Histogram(LONGEST_LATENCY, LATENCY_DIGITS);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BUFFER);
    private final Owner owner = new Owner();
    private final Consumer<SelectionKey> proceed = this::proceed;

    /** Those of other runs, at the same time or in a channel's history, have other numbers. */
    private final int firstSender = ThreadLocalRandom.current().nextInt(1 << 15) << 16;

    private Phase phase = Phase.CONNECTING;
    private @Nullable IOException failure;
    private boolean leaving;
    private int open;
    private int gone;
    private int cutOff;
    private long now = System.nanoTime();
    private long shown = now - BETWEEN_PROGRESS;
    private long lastDelivery = now;

    // Of this phase:
    private long expected;
    private long delivered;
    private long sent;
    private long bytes;

    /** Decides which client sends, and when. */
    private interface Flow {

        /** How many connections there are beside those of the clients. */
        int others();

        String room(int connection);

        /** Messages that are sent from now on count. */
        void begin();

        /** Sends what is to be sent; answers in how many nanoseconds to ask again, whatever arrives. */
        long push();

        /** It has arrived, perhaps not for the first time. {@code sender} is counted from 0, and may be anything. */
        void heard(Connection receiver, int sender, int sequence, long nanos);

        /** What has been lost is no more waited for. */
        void forgive();
    }

    /** For one use. */
    public LoadRun(Load load) {
        this.load = load;
        flow = load.shape() == Shape.PAIRS ? new PingPong() : new FanOut();
        arrivals = new Arrivals(load.shape() == Shape.PAIRS ? load.clients() : load.clients() * load.senders());
    }

    /**
     * Connects, sends, measures and disconnects. The watcher is called on this thread, about ten times a second.
     *
     * @throws ConnectException if not all clients are let in, with what the server said
     * @throws IOException if a sender or all clients are disconnected later, or the server refuses to publish
     */
    public Result run(Consumer<Progress> watcher) throws IOException {
        try (Selector selector = Selector.open()) {
            try {
                connect(selector, watcher);
                if (!load.warmUp().isZero()) {
                    send(Phase.WARMING, load.warmUp(), selector, watcher);
                }
                return measure(selector, watcher);
            } finally {
                leave(selector);
            }
        }
    }

    private void connect(Selector selector, Consumer<Progress> watcher) throws IOException {
        int port = load.uri().getPort();
        InetSocketAddress server = new InetSocketAddress(load.uri().getHost(), port < 0 ? DEFAULT_PORT : port);
        if (server.isUnresolved()) {
            throw new ConnectException("unknown host");
        }
        int all = load.clients() + flow.others();
        long patience = now + CONNECT_PATIENCE;
        for (int before = 0; open < all; before = open) {
            while (connections.size() < Math.min(all, open + HANDSHAKES)) {
                add(selector, server);
            }
            turn(selector, BETWEEN_PROGRESS);
            watch(watcher, (double) open / all);
            if (open > before) {
                patience = now + CONNECT_PATIENCE;
            } else if (now > patience) {
                throw new ConnectException("no answer; connected are " + open + " of " + all);
            }
        }
        for (long end = now + SETTLING; now < end; ) {
            turn(selector, end - now);
        }
    }

    private void add(Selector selector, InetSocketAddress server) throws IOException {
        int id = connections.size();
        try {
            connections.add(new Connection(load, id, flow.room(id), isSilent(id), server, selector, owner));
        } catch (IOException refused) {
            String why = reason(refused);
            throw new ConnectException(
                    why.contains("too many open files")
                            ? "the limit of open files (ulimit -n) is too low for more than " + id + " connections"
                            : why);
        }
    }

    private Result measure(Selector selector, Consumer<Progress> watcher) throws IOException {
        latency.reset();
        arrivals.forgetFaults();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long cpu = threads.getCurrentThreadCpuTime();
        long begin = System.nanoTime();
        lastDelivery = begin;
        send(Phase.MEASURING, load.time(), selector, watcher);
        Duration used = Duration.ofNanos(threads.getCurrentThreadCpuTime() - cpu);
        long read = bytes;
        askSilent(selector);
        return new Result(
                load.clients() - gone,
                sent,
                delivered,
                Math.max(0, expected - delivered),
                arrivals.doubled(),
                arrivals.disordered(),
                (lastDelivery - begin) / (double) SECOND,
                read,
                latency,
                used,
                cutOff);
    }

    private void send(Phase sending, Duration time, Selector selector, Consumer<Progress> watcher) throws IOException {
        phase = sending;
        expected = 0;
        delivered = 0;
        sent = 0;
        bytes = 0;
        now = System.nanoTime();
        long begin = now;
        long length = time.toNanos();
        long heard = now;
        if (length > 0) {
            flow.begin();
        }
        for (long before = 0; now - begin < length; before = delivered) {
            turn(selector, Math.min(flow.push(), begin + length - now));
            watch(watcher, (now - begin) / (double) length);
            if (delivered > before || expected == delivered) {
                heard = now;
            } else if (sending == Phase.WARMING && now - heard > WARM_UP_PATIENCE) {
                flow.forgive();
                heard = now;
            }
        }
        drain(selector, watcher);
        flow.forgive();
    }

    /** Until all has arrived, or it is clear that it will not. */
    private void drain(Selector selector, Consumer<Progress> watcher) throws IOException {
        Phase before = phase;
        phase = Phase.DRAINING;
        long begin = now;
        long heard = now;
        while (delivered < expected && now - heard < DRAIN_PATIENCE && now - begin < LONGEST_DRAIN) {
            long known = delivered;
            turn(selector, BETWEEN_PROGRESS);
            if (before == Phase.MEASURING) {
                watch(watcher, (double) delivered / expected);
            }
            if (delivered > known) {
                heard = now;
            }
        }
    }

    /** Reads the silent clients at the end, because a client that does not read sees no close. */
    private void askSilent(Selector selector) throws IOException {
        for (int i = 0; i < load.silent(); i++) {
            connections.get(i).wake();
        }
        for (long end = now + SILENT_PATIENCE; now < end && cutOff < load.silent(); ) {
            turn(selector, BETWEEN_PROGRESS);
        }
    }

    private void leave(Selector selector) {
        phase = Phase.DRAINING;
        leaving = true;
        failure = null;
        connections.forEach(Connection::leave);
        try {
            for (long end = now + GOODBYE; open > 0 && now < end; ) {
                turn(selector, BETWEEN_PROGRESS);
            }
        } catch (IOException hurry) {
            // somebody wants to go on
        }
        connections.forEach(Connection::cut);
    }

    private void turn(Selector selector, long wait) throws IOException {
        if (wait >= MILLISECOND) {
            selector.select(proceed, wait / MILLISECOND);
        } else {
            if (wait > 0) { // a selector cannot wait for less than a millisecond
                LockSupport.parkNanos(delivered == expected ? wait : Math.min(wait, GLANCE));
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

    private void proceed(SelectionKey key) {
        now = System.nanoTime();
        bytes += ((Connection) key.attachment()).proceed(buffer);
    }

    private void watch(Consumer<Progress> watcher, double done) {
        if (now - shown >= BETWEEN_PROGRESS || done >= 1) {
            shown = now;
            watcher.accept(new Progress(phase, Math.min(1, done), delivered));
        }
    }

    private boolean isSilent(int connection) {
        return connection < load.silent();
    }

    private boolean isClient(int connection) {
        return connection < load.clients();
    }

    private void publish(Connection from, MessageFrame frame, int sender, int sequence, long nanos, int receivers) {
        sent++;
        expected += receivers;
        from.send(frame.stamped(firstSender + sender, sequence, nanos));
    }

    private void count(long nanos) {
        delivered++;
        lastDelivery = now;
        latency.recordValue(Math.min(LONGEST_LATENCY, Math.max(0, now - nanos) / 1000));
    }

    private MessageFrame frame(String room) {
        return new MessageFrame(
                load.dialect().before(load.uri(), room),
                load.size(),
                load.dialect().after());
    }

    /** As the JDK says it, but within a sentence. */
    private static String reason(IOException failure) {
        String text = String.valueOf(failure.getMessage());
        return text.isEmpty() ? text : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }

    private final class Owner implements Connection.Owner {

        @Override
        public void opened(Connection connection) {
            open++;
            if (isSilent(connection.id())) {
                connection.fallSilent();
            }
        }

        @Override
        public void heard(Connection connection, int sender, int sequence, long nanos) {
            if (isClient(connection.id()) && !isSilent(connection.id())) {
                flow.heard(connection, sender - firstSender, sequence, nanos);
            }
        }

        @Override
        public void ended(Connection connection, IOException why) {
            open--;
            if (leaving) {
                return;
            }
            if (phase == Phase.CONNECTING) {
                failure = new ConnectException(reason(why));
                return;
            }
            if (!isClient(connection.id())) {
                failure = new IOException("a sender was disconnected: " + reason(why), why);
                return;
            }
            gone++;
            if (isSilent(connection.id())) {
                cutOff++;
                return;
            }
            flow.forgive();
            if (gone - cutOff == load.clients() - load.silent()) {
                failure = new IOException("all clients were disconnected: " + reason(why), why);
            }
        }
    }

    private final class FanOut implements Flow {

        private final class Sender {
            private final MessageFrame frame = frame("");
            private final int number;

            /** Of the messages on their way, how many clients have each. */
            private final int[] arrived = new int[load.window()];

            private int newest;

            /** All up to this one have arrived everywhere. */
            private int done;

            /** The last before this phase. */
            private int old;

            private long due;

            Sender(int number) {
                this.number = number;
            }
        }

        private final Sender[] senders = new Sender[load.senders()];
        private final boolean paced = load.rate() > 0;
        private final int most = paced ? BURST : load.window();
        private final double interval = paced ? SECOND / load.rate() : 0;

        FanOut() {
            for (int i = 0; i < senders.length; i++) {
                senders[i] = new Sender(i);
            }
        }

        @Override
        public int others() {
            return senders.length;
        }

        @Override
        public String room(int connection) {
            return "";
        }

        @Override
        public void begin() {
            for (Sender sender : senders) {
                sender.old = sender.newest;
                sender.due = now + (long) (interval * sender.number / senders.length);
            }
        }

        @Override
        public long push() {
            long wait = BETWEEN_PROGRESS;
            for (Sender sender : senders) {
                Connection connection = connections.get(load.clients() + sender.number);
                for (int burst = 0; burst < most && !connection.isStuck() && isDue(sender); burst++) {
                    sender.newest++;
                    sender.arrived[sender.newest % load.window()] = 0;
                    publish(
                            connection,
                            sender.frame,
                            sender.number,
                            sender.newest,
                            paced ? sender.due : System.nanoTime(),
                            live());
                    sender.due += (long) interval;
                }
                if (paced && !connection.isStuck()) {
                    wait = Math.min(wait, sender.due - now);
                }
            }
            return wait;
        }

        private boolean isDue(Sender sender) {
            return paced ? sender.due <= now : sender.newest - sender.done < load.window();
        }

        private int live() {
            return load.clients() - load.silent() - (gone - cutOff);
        }

        @Override
        public void heard(Connection receiver, int number, int sequence, long nanos) {
            if (number < 0 || number >= senders.length) {
                return;
            }
            Sender sender = senders[number];
            if (sequence > sender.newest || !arrivals.add(receiver.id() * senders.length + number, sequence)) {
                return;
            }
            if (sequence > sender.old) {
                count(nanos);
            }
            if (!paced && sequence > sender.done && ++sender.arrived[sequence % load.window()] >= live()) {
                while (sender.done < sender.newest && sender.arrived[(sender.done + 1) % load.window()] >= live()) {
                    sender.done++;
                }
            }
        }

        @Override
        public void forgive() {
            for (Sender sender : senders) {
                sender.done = sender.newest;
            }
        }
    }

    private final class PingPong implements Flow {

        private final MessageFrame[] frames = new MessageFrame[load.clients() / 2];
        private final int[] newest = new int[frames.length];
        private final int[] old = new int[frames.length];

        PingPong() {
            for (int i = 0; i < frames.length; i++) {
                frames[i] = frame(room(2 * i));
            }
        }

        @Override
        public int others() {
            return 0;
        }

        @Override
        public String room(int connection) {
            return "-" + connection / 2;
        }

        @Override
        public void begin() {
            for (int pair = 0; pair < frames.length; pair++) {
                old[pair] = newest[pair];
                serve(connections.get(2 * pair));
            }
        }

        private void serve(Connection from) {
            int pair = from.id() / 2;
            publish(from, frames[pair], from.id(), ++newest[pair], System.nanoTime(), 1);
        }

        @Override
        public long push() {
            return BETWEEN_PROGRESS;
        }

        @Override
        public void heard(Connection receiver, int sender, int sequence, long nanos) {
            int pair = receiver.id() / 2;
            if (sender != (receiver.id() ^ 1)
                    || sequence > newest[pair]
                    || !arrivals.add(receiver.id(), sequence)
                    || sequence <= old[pair]) {
                return;
            }
            count(nanos);
            if (phase != Phase.DRAINING) {
                serve(receiver);
            }
        }

        @Override
        public void forgive() {
            // nothing is lost in one pair that another waits for
        }
    }
}
