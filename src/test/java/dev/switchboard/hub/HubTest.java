package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.failure.Row;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class HubTest {

    private static final Disconnect STOP = Disconnect.SHUTDOWN;

    private final FakeClock clock = new FakeClock();
    private final Queue<Runnable> background = new ArrayDeque<>();
    private final Queue<Runnable> writers = new ArrayDeque<>();
    private final Hub hub = new Hub(Nodes.of(
            Nodes.limits(10_000), Nodes.memory(clock), new OpenAccess(), clock, writers::add, background::add));
    private final List<String> log = Collections.synchronizedList(new ArrayList<>()); // many threads log
    private final Logger logger = Logger.getLogger(Client.class.getName());
    private final Handler recorder = new Handler() {
        @Override
        public void publish(LogRecord record) {
            log.add(record.getLevel() + " " + record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void record() {
        logger.setLevel(Level.INFO);
        logger.setUseParentHandlers(false);
        logger.addHandler(recorder);
    }

    @AfterEach
    void restore() {
        logger.removeHandler(recorder);
        logger.setUseParentHandlers(true);
        logger.setLevel(null);
    }

    /** A protocol that publishes each message to one channel. */
    private static final String SPEAKS = " transport=websocket protocol=plain";

    private record OneChannelProtocol(String channel, Echo echo) implements Protocol {
        @Override
        public Encoding encoding() {
            return PlainEncoding.QUIET;
        }

        @Override
        public void open(Client client) {
            CompletionStage<?> unused = client.identify("").thenCompose(known -> join(client, channel, echo));
        }

        @Override
        public void receive(Client client, Frame frame) {
            publish(client, channel, frame);
        }

        static CompletionStage<?> join(Client client, String channel, Echo echo) {
            return client.subscribe(new SubscribeRequest(channel, "", Set.of(), null, null, echo), result -> List.of());
        }

        static void publish(Client client, String channel, Frame frame) {
            client.publish(channel, Payload.opaque(frame));
        }
    }

    private Client join(Transport transport, String channel) {
        return hub.connect(transport, new OneChannelProtocol(channel, Echo.OFF));
    }

    private void runBackground() {
        for (Runnable task = background.poll(); task != null; task = background.poll()) {
            task.run();
        }
    }

    @Test
    void a_publication_reaches_all_clients_of_its_channel_but_the_publisher() {
        ScriptedTransport sender = ScriptedTransport.inline();
        ScriptedTransport listener = ScriptedTransport.inline();
        ScriptedTransport elsewhere = ScriptedTransport.inline();
        Client client = join(sender, "a");
        join(listener, "a");
        join(elsewhere, "b");

        client.receive(Frame.text("1"));
        client.receive(Frame.text("2"));

        assertThat(listener.sent()).containsExactly("1", "2");
        assertThat(sender.sent()).isEmpty();
        assertThat(elsewhere.sent()).isEmpty();
    }

    @Test
    void a_publication_comes_back_when_the_publisher_wants_echo() {
        ScriptedTransport echoed = ScriptedTransport.inline();
        Client client = hub.connect(echoed, new OneChannelProtocol("a", Echo.ON));
        client.receive(Frame.text("1"));
        assertThat(echoed.sent()).containsExactly("1");
    }

    @Test
    void a_second_subscription_is_refused_and_delivery_stays_single() {
        ScriptedTransport listener = ScriptedTransport.inline();
        Client client = join(listener, "a");
        assertThatThrownBy(() -> OneChannelProtocol.join(client, "a", Echo.ON))
                .isEqualTo(ClientError.ALREADY_SUBSCRIBED);
        join(ScriptedTransport.inline(), "a").receive(Frame.text("1"));
        assertThat(listener.sent()).containsExactly("1");
    }

    @Test
    void a_client_is_disconnected_alone_when_it_does_not_read() {
        ScriptedTransport silent = ScriptedTransport.late();
        ScriptedTransport reader = ScriptedTransport.inline();
        join(silent, "a");
        join(reader, "a");
        Client sender = join(ScriptedTransport.inline(), "a");

        IntStream.range(0, 100).forEach(i -> sender.receive(Frame.text("x".repeat(1000))));
        runBackground();

        assertThat(reader.sent()).hasSize(100);
        assertThat(silent.sent()).hasSize(1);
        assertThat(silent.closes()).containsExactly(Disconnect.SLOW);
        assertThat(hub.clientCount()).isEqualTo(2);
    }

    @Test
    @Row("S4")
    void a_transport_ends_its_own_client_alone_when_it_throws() {
        List<ScriptedTransport> readers = new ArrayList<>();
        ScriptedTransport broken = ScriptedTransport.scripted((frame, completion) -> {
            throw new IllegalStateException("TEXT_FULL_WRITING");
        });
        for (int i = 0; i < 3; i++) {
            ScriptedTransport reader = ScriptedTransport.inline();
            readers.add(reader);
            join(reader, "a");
            if (i == 0) {
                join(broken, "a");
            }
        }

        join(ScriptedTransport.inline(), "a").receive(Frame.text("1"));
        runBackground();

        assertThat(readers).allSatisfy(reader -> assertThat(reader.sent()).containsExactly("1"));
        assertThat(broken.closes()).containsExactly(Disconnect.WRITE_ERROR);
    }

    @Test
    void a_publisher_writes_one_frame_to_each_client_when_others_publish() {
        ScriptedTransport busy = ScriptedTransport.inline();
        ScriptedTransport behind = ScriptedTransport.inline();
        join(busy, "a");
        join(behind, "a");
        Client sender = join(ScriptedTransport.inline(), "a");
        Client other = join(ScriptedTransport.inline(), "a");
        busy.follow((frame, completion) -> {
            other.receive(Frame.text("more")); // as the thread of another publisher does during this write
            completion.completed(null);
        });

        sender.receive(Frame.text("first"));

        assertThat(busy.sent()).containsExactly("first");
        assertThat(behind.sent()).containsExactly("first");
        for (int turn = 1; turn <= 5; turn++) {
            assertThat(writers)
                    .as("each that has frames left has a writer, and one only")
                    .hasSize(2);
            writers.remove().run();
            writers.remove().run();
            assertThat(busy.sent()).as("turn " + turn).hasSize(1 + 64 * turn);
            assertThat(behind.sent()).as("turn " + turn).hasSize(1 + 64 * turn);
        }
    }

    @Test
    void a_publisher_writes_itself_when_the_channel_is_small() {
        List<ScriptedTransport> transports = crowd(63);
        join(ScriptedTransport.inline(), "a").receive(Frame.text("first"));
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.sent()).containsExactly("first"));
        assertThat(writers).isEmpty();
    }

    @Test
    void writer_threads_write_in_order_when_the_channel_is_large() {
        List<ScriptedTransport> transports = crowd(1000);
        Client sender = join(ScriptedTransport.inline(), "a");
        sender.receive(Frame.text("first"));
        assertThat(writers).hasSizeBetween(1, Runtime.getRuntime().availableProcessors());
        sender.receive(Frame.text("second"));
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.sent()).isEmpty());
        while (!writers.isEmpty()) {
            writers.remove().run();
        }
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.sent()).containsExactly("first", "second"));
    }

    private List<ScriptedTransport> crowd(int size) {
        List<ScriptedTransport> transports = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            ScriptedTransport transport = ScriptedTransport.inline();
            join(transport, "a");
            transports.add(transport);
        }
        return transports;
    }

    @Test
    @Row("S1")
    void the_watchdog_disconnects_a_client_when_its_write_never_completes() {
        ScriptedTransport stuck = ScriptedTransport.late();
        join(stuck, "a");
        join(ScriptedTransport.inline(), "a").receive(Frame.text("1"));

        clock.advance(Duration.ofSeconds(9));
        hub.check();
        assertThat(hub.clientCount()).isEqualTo(2);

        clock.advance(Duration.ofSeconds(2));
        hub.check();
        runBackground();
        assertThat(stuck.closes()).containsExactly(Disconnect.WRITE_ERROR);
        assertThat(hub.clientCount()).isEqualTo(1);
    }

    @Test
    void a_silent_client_is_disconnected_when_it_does_not_answer_a_ping() {
        ScriptedTransport answering = ScriptedTransport.inline();
        ScriptedTransport gone = ScriptedTransport.inline();
        Client client = join(answering, "a");
        join(gone, "b");

        clock.advance(Duration.ofSeconds(26));
        hub.check();
        assertThat(answering.sent())
                .as("a ping may block, so it waits for the background")
                .isEmpty();
        runBackground();
        assertThat(answering.sent()).containsExactly("ping");
        assertThat(gone.sent()).containsExactly("ping");
        client.received();
        clock.advance(Duration.ofSeconds(9));
        hub.check();
        runBackground();

        assertThat(gone.closes()).containsExactly(Disconnect.NO_PONG);
        assertThat(answering.closes()).isEmpty();
        assertThat(answering.sent()).containsExactly("ping");
    }

    @Test
    void a_client_gets_no_ping_when_it_sends() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = join(transport, "a");
        for (int i = 0; i < 10; i++) {
            clock.advance(Duration.ofSeconds(20));
            client.received();
            hub.check();
            runBackground();
        }
        assertThat(transport.sent()).isEmpty();
    }

    @Test
    void a_client_gets_no_ping_when_it_reads() {
        ScriptedTransport busy = ScriptedTransport.late();
        join(busy, "a");
        Client sender = join(ScriptedTransport.inline(), "a");
        for (int second = 0; second < 60; second++) {
            sender.received();
            sender.receive(Frame.text("m" + second));
            if (second > 0) {
                busy.complete(); // always one in flight
            }
            clock.advance(Duration.ofSeconds(1));
            hub.check();
            runBackground();
        }
        assertThat(busy.closes()).isEmpty();
        assertThat(busy.sent()).doesNotContain("ping");
    }

    @Test
    void the_watchdog_checks_all_clients_when_one_check_fails() {
        ClientLimits broken = new ClientLimits(
                Duration.ofSeconds(10),
                10_000,
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(10),
                Duration.ofSeconds(25),
                Duration.ofSeconds(8),
                Duration.ofSeconds(10),
                128);
        Hub own =
                new Hub(Nodes.of(broken, Nodes.memory(clock), new OpenAccess(), clock, writers::add, background::add));
        List<ScriptedTransport> transports = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ScriptedTransport transport = ScriptedTransport.late();
            transports.add(transport);
            Client client = own.connect(transport, new OneChannelProtocol("c" + i, Echo.ON));
            client.receive(Frame.text("in flight"));
            client.receive(Frame.text("waits, and its age overflows"));
        }
        own.check();
        runBackground();
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.closes()).containsExactly(Disconnect.INTERNAL_ERROR));
    }

    @Test
    void the_log_has_the_channel_when_a_client_is_refused() {
        hub.connect(ScriptedTransport.inline(), new OneChannelProtocol("bad".repeat(100), Echo.OFF))
                .disconnect(Disconnect.badRequest("no"));
        runBackground();
        assertThat(log)
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).contains("channel=\"bad").contains("…\""));
        assertThat(log.get(0)).contains(" connect ");
        assertThat(log.get(1)).startsWith("WARNING connection refused: ").endsWith(" code=3501 why=\"no\"");
    }

    @Test
    void a_publisher_closes_no_connection_when_it_disconnects_a_client() {
        ScriptedTransport silent = ScriptedTransport.late();
        join(silent, "a");
        Client sender = join(ScriptedTransport.inline(), "a");
        IntStream.range(0, 100).forEach(i -> sender.receive(Frame.text("x".repeat(1000))));

        assertThat(silent.closes()).isEmpty();
        runBackground();
        assertThat(silent.closes()).hasSize(1);
    }

    @Test
    @Row("S5")
    void a_client_ends_with_3004_when_its_protocol_throws() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = hub.connect(transport, new Protocol() {
            @Override
            public @Nullable String channel() {
                return null;
            }

            @Override
            public Encoding encoding() {
                return PlainEncoding.QUIET;
            }

            @Override
            public void open(Client opened) {}

            @Override
            public void receive(Client from, Frame frame) {
                throw new StackOverflowError();
            }
        });
        client.receive(Frame.text("1"));
        client.receive(Frame.text("still in the pipe, and too late"));
        runBackground();
        assertThat(transport.closes()).containsExactly(Disconnect.INTERNAL_ERROR);
        assertThat(log)
                .filteredOn(line -> line.startsWith("ERROR") || line.startsWith("SEVERE"))
                .hasSize(1);
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    void a_client_is_refused_when_it_was_disconnected() {
        ScriptedTransport listener = ScriptedTransport.inline();
        join(listener, "a");
        Client client = join(ScriptedTransport.inline(), "a");
        client.disconnect(Disconnect.MESSAGE_TOO_BIG);
        client.receive(Frame.text("still in the pipe"));
        assertThatThrownBy(() -> OneChannelProtocol.publish(client, "a", Frame.text("so is this")))
                .isEqualTo(Disconnect.CLOSED);
        assertThat(OneChannelProtocol.join(client, "b", Echo.OFF)).isCompletedExceptionally();
        assertThat(listener.sent()).isEmpty();
        assertThat(hub.channelCount()).isEqualTo(1);
    }

    @Test
    void disconnect_now_closes_the_transport_before_it_returns() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = join(transport, "a");
        client.disconnectNow(Disconnect.MESSAGE_TOO_BIG);
        assertThat(transport.closes()).containsExactly(Disconnect.MESSAGE_TOO_BIG);
    }

    @Test
    void a_stopped_hub_disconnects_old_and_new_clients() {
        ScriptedTransport before = ScriptedTransport.inline();
        join(before, "a");
        hub.stop(STOP);
        ScriptedTransport after = ScriptedTransport.inline();
        join(after, "a");
        runBackground();
        assertThat(before.closes()).containsExactly(STOP);
        assertThat(after.closes()).containsExactly(STOP);
        assertThat(hub.clientCount()).isZero();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void the_log_escapes_text_of_clients() {
        Client client = join(ScriptedTransport.inline(), "line\u2028\u0085break\" \u202eabc");
        client.receive(Frame.text("secret"));
        client.closed(4001, "bye\r\nclient=forged");
        client.closed(1006, "again");
        runBackground();
        assertThat(log)
                .containsExactly(
                        "INFO connect client=" + client.id() + SPEAKS
                                + " channels=1 channel=\"line\\u2028\\u0085break\\\" \\u202eabc\"",
                        "INFO disconnect client=" + client.id() + SPEAKS
                                + " channels=1 channel=\"line\\u2028\\u0085break\\\" \\u202eabc\" seconds=0.000 messages=0 bytes=0 code=4001 reason=\"bye\\u000d\\u000aclient=forged\"");
    }

    @Test
    void the_log_has_the_address_of_a_client() {
        Client client = join(ScriptedTransport.inline().from(new Peer("203.0.113.9", null)), "c");
        client.closed(1001, "");
        runBackground();
        assertThat(log)
                .containsExactly(
                        "INFO connect client=" + client.id() + " address=203.0.113.9" + SPEAKS
                                + " channels=1 channel=\"c\"",
                        "INFO disconnect client=" + client.id() + " address=203.0.113.9" + SPEAKS
                                + " channels=1 channel=\"c\" seconds=0.000 messages=0 bytes=0 code=1001 reason=\"\"");
    }

    /**
     * All events that can end a client, in every order: the client ends once and leaves nothing.
     */
    @TestFactory
    Stream<DynamicTest> a_client_ends_once_in_every_order_of_events() {
        return permutations(List.of(
                        "disconnect", "closed", "write fails", "write completes", "overdue", "stop", "receives"))
                .stream()
                .map(order -> DynamicTest.dynamicTest(String.join(", ", order), () -> endsOnce(order)));
    }

    private void endsOnce(List<String> order) {
        log.clear();
        Hub own = new Hub(Nodes.of(
                Nodes.limits(10_000), Nodes.memory(clock), new OpenAccess(), clock, writers::add, background::add));
        ScriptedTransport transport = ScriptedTransport.late();
        Client client = own.connect(transport, new OneChannelProtocol("a", Echo.ON));
        client.receive(Frame.text("in flight"));
        Transport.Completion write = transport.oldestPending();
        Map<String, Runnable> events = Map.of(
                "disconnect", () -> client.disconnect(Disconnect.SLOW),
                "closed", () -> client.closed(1001, "going away"),
                "write fails", () -> write.completed(new IOException("broken")),
                "write completes", () -> write.completed(null),
                "overdue",
                        () -> {
                            clock.advance(Duration.ofMinutes(1));
                            own.check();
                        },
                "stop", () -> own.stop(STOP),
                "receives", () -> client.receive(Frame.text("more")));

        int expectedCloses = 1;
        for (String event : order) {
            boolean wasThere = own.clientCount() == 1;
            events.getOrDefault(event, () -> {}).run();
            if (event.equals("closed") && wasThere) {
                expectedCloses = 0; // the transport is closed already
            }
        }
        runBackground();

        assertThat(own.clientCount()).isZero();
        assertThat(own.channelCount()).isZero();
        assertThat(transport.closes()).hasSize(expectedCloses);
        assertThat(transport.violations()).isEmpty();
        assertThat(log).filteredOn(line -> line.contains(" disconnect ")).hasSize(1);
    }

    private static List<List<String>> permutations(List<String> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        List<List<String>> all = new ArrayList<>();
        for (String first : items) {
            for (List<String> rest : permutations(
                    items.stream().filter(item -> !item.equals(first)).toList())) {
                all.add(Stream.concat(Stream.of(first), rest.stream()).toList());
            }
        }
        return all;
    }

    /** Clients come, publish and end on eight threads while the hub is stopped. */
    @Test
    void a_hub_is_empty_when_clients_came_and_went_on_many_threads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        ExecutorService closers = Executors.newFixedThreadPool(2);
        Hub busy = new Hub(Nodes.clocked(10_000, System::nanoTime, closers));
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int thread = t;
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 500; i++) {
                        ScriptedTransport transport =
                                i % 3 == 0 ? ScriptedTransport.late() : ScriptedTransport.inline();
                        Client client = busy.connect(transport, new OneChannelProtocol("c" + i % 5, Echo.OFF));
                        client.receive(Frame.text("m"));
                        if ((i + thread) % 2 == 0) {
                            client.closed(1000, "");
                        } else {
                            client.disconnect(Disconnect.SLOW);
                        }
                        if (thread == 0 && i == 250) {
                            busy.stop(STOP);
                        }
                    }
                }));
            }
            for (Future<?> worker : done) {
                worker.get(30, TimeUnit.SECONDS);
            }
            assertThat(busy.clientCount()).isZero();
            assertThat(busy.channelCount()).isZero();
        } finally {
            threads.shutdownNow();
            closers.shutdown();
            assertThat(closers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
