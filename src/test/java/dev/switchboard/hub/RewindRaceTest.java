package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that read in bursts are rewound while others publish, and while they unsubscribe and
 * subscribe.
 */
class RewindRaceTest {

    private static final int PUBLICATIONS = 4000;

    /** On a slow machine a run goes on until the readers were rewound this often. */
    private static final int REWINDS = 10;

    private static final int MOST_PUBLICATIONS = 10 * PUBLICATIONS;

    /**
     * More than all publications take: a reader may be rewound late, and must still find what it
     * missed.
     */
    private static final long HISTORY_BYTES = 1L << 27;

    private static final List<String> CHANNELS = List.of("a", "b");

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ExecutorService writers = Executors.newFixedThreadPool(3);
    private final OpenAccess access = new OpenAccess();
    private final Node node = Nodes.of(
            Nodes.limits(20_000),
            new MemoryEngine(HISTORY_BYTES, System::nanoTime, Runnable::run),
            access,
            System::nanoTime,
            writers,
            writers);
    private final Hub hub = new Hub(node);
    private final AtomicInteger published = new AtomicInteger();

    /** The last offset of each channel. */
    private final Map<String, Long> top = new ConcurrentHashMap<>();

    private volatile boolean over;

    RewindRaceTest() {
        ChannelOptions options = ChannelOptions.PLAIN
                .with(new Retention(100_000, Duration.ofMinutes(5)))
                .withPresence(true)
                .withRecovery(Offer.ON_REQUEST)
                .with(SlowPolicy.REWIND);
        CHANNELS.forEach(channel -> access.with(channel, options));
    }

    @AfterEach
    void stop() {
        hub.stop(Disconnect.SHUTDOWN);
        threads.shutdownNow();
        writers.shutdownNow();
    }

    /** A client that reads a while, then waits until much more has been published, and so on. */
    private final class Reader implements Protocol {
        private final BlockingQueue<Transport.Completion> unread = new LinkedBlockingQueue<>();
        private final ScriptedTransport transport = ScriptedTransport.scripted((frame, completion) -> {
            note(frame);
            unread.add(completion);
        });
        /** The last offset that was sent in each channel. */
        private final Map<String, Long> sent = new ConcurrentHashMap<>();

        private final Random random;
        private final Client client;
        private volatile int awaited;

        Reader(long seed) {
            random = new Random(seed);
            client = hub.connect(transport, this);
            CHANNELS.forEach(this::subscribe);
        }

        @Override
        public @Nullable String channel() {
            return null;
        }

        @Override
        public Encoding encoding() {
            return new PlainEncoding(4, Frame.text("ping"));
        }

        @Override
        public void open(Client opened) {}

        @Override
        public void receive(Client from, Frame frame) {}

        void subscribe(String channel) {
            SubscribeRequest request = new SubscribeRequest(channel, "", Set.of(Wish.POSITIONED), null, null, Echo.ON);
            assertThat(client.subscribe(
                            request,
                            result -> List.of(Frame.text("at:" + channel + ":"
                                    + HubClients.position(result).offset()))))
                    .succeedsWithin(Duration.ofSeconds(30));
        }

        void unsubscribe(String channel) {
            assertThat(client.unsubscribe(channel)).succeedsWithin(Duration.ofSeconds(30));
        }

        @Nullable
        Void read() throws InterruptedException {
            while (true) {
                unread.take().completed(null);
                if (random.nextInt(5) == 0) {
                    awaited = published.get() + 100 + random.nextInt(300);
                    while (published.get() < awaited && !over) {
                        LockSupport.parkNanos(50_000);
                    }
                }
            }
        }

        private void note(Frame frame) {
            for (String text : ScriptedTransport.text(frame).split("\\|", -1)) {
                String[] words = text.split(":", -1);
                boolean answer = words[0].equals("at");
                sent.put(answer ? words[1] : words[0], Long.parseLong(answer ? words[2] : words[1]));
            }
        }

        /** Returns whether the client has read all publications, or waits for more of them. */
        boolean pauses() {
            return client.outbox().isIdle() && sent.equals(top) || awaited > published.get();
        }

        /**
         * Returns the offset in each channel, and checks that each publication follows the one
         * before.
         */
        Map<String, Long> offsets() {
            Map<String, Long> offsets = new HashMap<>();
            for (String frame : transport.sent()) {
                for (String sent : frame.split("\\|", -1)) {
                    String[] words = sent.split(":", -1);
                    if (words[0].equals("at")) {
                        offsets.put(words[1], Long.parseLong(words[2]));
                    } else {
                        assertThat(Long.parseLong(words[1])).as(sent).isEqualTo(offsets.merge(words[0], 1L, Long::sum));
                    }
                }
            }
            return offsets;
        }
    }

    private long rewinds() {
        return node.counters().drops().counts().getOrDefault("rewind", 0L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void a_publication_comes_once_and_in_order_when_readers_are_rewound(long seed) throws Exception {
        Random random = new Random(seed);
        List<Reader> readers = List.of(new Reader(random.nextLong()), new Reader(random.nextLong()));
        readers.forEach(reader -> threads.submit(reader::read));
        Reader churning = readers.get(0);
        List<Future<?>> running = new ArrayList<>();
        for (String channel : CHANNELS) {
            Client publisher = hub.connect(ScriptedTransport.inline(), churning);
            Random sizes = new Random(random.nextLong());
            running.add(threads.submit(() -> {
                for (int i = 1; i <= PUBLICATIONS || rewinds() <= REWINDS && i <= MOST_PUBLICATIONS; i++) {
                    publisher.publish(channel, Payload.json(channel + ":" + i + ":" + "x".repeat(sizes.nextInt(300))));
                    published.incrementAndGet();
                    top.put(channel, (long) i);
                    // Else a reader that gets no processor for a while misses the whole run, and is
                    // rewound once or twice.
                    while (i % 100 == 0 && !readers.stream().allMatch(Reader::pauses)) {
                        LockSupport.parkNanos(50_000);
                    }
                }
                return null;
            }));
        }
        running.add(threads.submit(() -> {
            for (int i = 0; i < 60; i++) {
                int until = (i + 1) * CHANNELS.size() * PUBLICATIONS / 61;
                while (published.get() < until) {
                    LockSupport.parkNanos(50_000);
                }
                String channel = CHANNELS.get(i % 2);
                churning.unsubscribe(channel);
                churning.subscribe(channel);
            }
            return null;
        }));
        for (Future<?> each : running) {
            each.get(1, TimeUnit.MINUTES);
        }
        over = true;
        for (Reader reader : readers) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            reader.client.outbox().isIdle() && reader.offsets().equals(top) || reader.client.isEnded());
            assertThat(reader.offsets()).isEqualTo(top);
            assertThat(reader.transport.violations()).isEmpty();
            assertThat(reader.transport.closes()).isEmpty();
        }
        assertThat(rewinds()).isGreaterThan(REWINDS);
        assertThat(node.admission().budget().used()).isZero();
    }
}
