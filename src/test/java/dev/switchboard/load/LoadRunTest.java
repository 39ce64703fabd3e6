package dev.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadRunTest {

    private static final int TEXT = 0x81;

    private final FakeRelay relay;

    LoadRunTest() throws IOException {
        relay = new FakeRelay();
    }

    @BeforeEach
    void requireNoMembers() {
        assertThat(relay.members()).isEmpty();
    }

    @AfterEach
    void stop() throws IOException {
        relay.close();
    }

    /** Returns a load of half a second without a warm-up. */
    private Load fanOut(int clients, int senders, int window, double rate) {
        return new Load(
                List.of(relay.uri("raw/c")),
                Dialect.RAW,
                Shape.FAN_OUT,
                clients,
                0,
                128,
                window,
                rate,
                senders,
                Duration.ZERO,
                Duration.ofMillis(500),
                "");
    }

    private Load pairs(Dialect dialect, String path) {
        return new Load(
                List.of(relay.uri(path)),
                dialect,
                Shape.PAIRS,
                6,
                0,
                64,
                1,
                0,
                1,
                Duration.ofMillis(100),
                Duration.ofMillis(300),
                "");
    }

    private static Result run(Load load) throws IOException {
        return LoadRun.run(load, progress -> {});
    }

    private static void assertFlawless(Result result, int receivers) {
        assertThat(result.sent()).isPositive();
        assertThat(result.delivered()).isEqualTo(result.sent() * receivers);
        assertThat(result.lost() + result.doubled() + result.disordered()).isZero();
        assertThat(result.latency().getTotalCount()).isEqualTo(result.delivered());
        assertThat(result.seconds()).isPositive();
        assertThat(result.bytes()).isGreaterThan(result.delivered() * Stamp.SIZE);
        assertThat(result.cpu()).isPositive();
        assertThat(result.cutOff()).isZero();
    }

    @Test
    void each_message_arrives_at_all_clients() throws IOException {
        Set<Phase> phases = EnumSet.noneOf(Phase.class);
        Load load = new Load(
                List.of(relay.uri("raw/c")),
                Dialect.RAW,
                Shape.FAN_OUT,
                5,
                0,
                70_000 / 2,
                3,
                0,
                2,
                Duration.ofMillis(200),
                Duration.ofMillis(300),
                "");
        Result result = LoadRun.run(load, progress -> phases.add(progress.phase()));
        assertFlawless(result, 5);
        assertThat(result.connected()).isEqualTo(5);
        assertThat(phases).contains(Phase.CONNECTING, Phase.WARMING, Phase.MEASURING);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "8"})
    void a_sender_without_a_rate_waits_when_its_window_is_full(int window) throws IOException {
        relay.behaves((from, message, others) -> {
            for (FakeRelay.Member other : others) {
                if (other.number != 0) {
                    other.frame(TEXT, message);
                }
            }
        });
        Result result = run(fanOut(3, 1, window, 0));
        assertThat(result.sent()).isEqualTo(window);
        assertThat(result.delivered()).isEqualTo(2L * window);
        assertThat(result.lost()).isEqualTo(window);
    }

    @Test
    void a_sender_with_a_rate_keeps_it_when_no_message_arrives() throws IOException {
        relay.behaves((from, message, others) -> {});
        Result result = run(fanOut(1, 2, 1, 40));
        assertThat(result.sent()).isPositive().isLessThanOrEqualTo(40);
        assertThat(result.delivered()).isZero();
        assertThat(result.lost()).isEqualTo(result.sent());
    }

    @Test
    void lost_doubled_and_late_messages_are_counted() throws IOException {
        AtomicInteger sent = new AtomicInteger();
        List<byte[]> held = new CopyOnWriteArrayList<>();
        relay.behaves((from, message, others) -> {
            FakeRelay.Member other = others.get(0);
            int number = sent.incrementAndGet();
            if (number == 2) {
                return;
            }
            if (number == 5) {
                held.add(message);
                return;
            }
            other.frame(TEXT, message);
            if (number == 3) {
                other.frame(TEXT, message);
            }
            if (number == 6) {
                other.frame(TEXT, held.get(0));
            }
        });
        Result result = run(fanOut(1, 1, 1, 40));
        assertThat(result.sent()).isGreaterThan(6);
        assertThat(result.lost()).isEqualTo(1);
        assertThat(result.doubled()).isEqualTo(1);
        assertThat(result.disordered()).isEqualTo(1);
        assertThat(result.delivered()).isEqualTo(result.sent() - 1);
    }

    @Test
    void messages_are_found_when_frames_join_or_split_them() throws IOException {
        ByteArrayOutputStream waiting = new ByteArrayOutputStream();
        AtomicInteger sent = new AtomicInteger();
        relay.behaves((from, message, others) -> {
            waiting.writeBytes(message);
            if (sent.incrementAndGet() % 2 == 0) {
                byte[] joined = waiting.toByteArray();
                waiting.reset();
                int cut = sent.get() % joined.length;
                FakeRelay.Member other = others.get(0);
                other.frame(0x01, Arrays.copyOf(joined, cut));
                other.frame(0x89, new byte[0]);
                other.frame(0x80, Arrays.copyOfRange(joined, cut, joined.length));
            }
        });
        Load load = new Load(
                List.of(relay.uri("raw/c")),
                Dialect.RAW,
                Shape.FAN_OUT,
                1,
                0,
                Stamp.SIZE,
                2,
                0,
                1,
                Duration.ZERO,
                Duration.ofMillis(500),
                "");
        assertFlawless(run(load), 1);
    }

    @Test
    void a_sender_that_receives_its_own_messages_does_not_count() throws IOException {
        relay.behaves((from, message, others) -> {
            from.frame(TEXT, message);
            FakeRelay.HONEST.forward(from, message, others);
        });
        assertFlawless(run(fanOut(3, 1, 1, 0)), 3);
    }

    @Test
    void messages_of_another_run_do_not_count() throws IOException {
        relay.behaves((from, message, others) -> {
            FakeRelay.Member other = others.get(0);
            other.frame(TEXT, ("@WS@" + "a".repeat(32)).getBytes(StandardCharsets.US_ASCII));
            other.frame(TEXT, "Hello, @WS@".getBytes(StandardCharsets.US_ASCII));
            other.frame(TEXT, message);
        });
        assertFlawless(run(fanOut(1, 1, 1, 0)), 1);
    }

    @Test
    void each_pair_has_its_own_channel() throws IOException {
        Set<String> paths = new HashSet<>();
        relay.behaves((from, message, others) -> {
            synchronized (paths) {
                paths.add(from.path());
            }
            assertThat(others).hasSize(1);
            FakeRelay.HONEST.forward(from, message, others);
        });
        Result result = run(pairs(Dialect.RAW, "raw/c?echo=false"));
        assertFlawless(result, 1);
        assertThat(result.connected()).isEqualTo(6);
        assertThat(paths)
                .containsExactlyInAnyOrder("/raw/c-0?echo=false", "/raw/c-1?echo=false", "/raw/c-2?echo=false");
    }

    @Test
    void json_messages_arrive_and_pings_are_answered() throws IOException {
        AtomicInteger pings = new AtomicInteger();
        relay.behaves((from, message, others) -> {
            for (FakeRelay.Member other : others) {
                other.text(new String(message, StandardCharsets.UTF_8) + "\n{}");
            }
            pings.incrementAndGet();
        });
        Load load = new Load(
                List.of(relay.uri("connection/websocket")),
                Dialect.JSON,
                Shape.FAN_OUT,
                2,
                0,
                100,
                1,
                20,
                1,
                Duration.ZERO,
                Duration.ofMillis(500),
                "");
        AtomicInteger answers = new AtomicInteger();
        Result result = LoadRun.run(
                load,
                progress -> answers.set(relay.members().stream()
                        .filter(member -> member.number == 0)
                        .mapToInt(member -> member.received.get())
                        .sum()));
        assertFlawless(result, 2);
        assertThat(answers.get() - 1) // the connect command is one as well
                .isBetween((int) result.sent() - 1, pings.get());
    }

    @Test
    void a_run_ends_when_the_server_refuses_a_publication() throws IOException {
        relay.behaves(
                (from, message, others) -> from.text("{\"id\":3,\"error\":{\"code\":111,\"message\":\"too many\"}}"));
        Load load = new Load(
                List.of(relay.uri("connection/websocket")),
                Dialect.JSON,
                Shape.FAN_OUT,
                1,
                0,
                100,
                1,
                20,
                1,
                Duration.ZERO,
                Duration.ofSeconds(60),
                "");
        assertThatThrownBy(() -> run(load))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(ConnectException.class)
                .hasMessageContaining("{\"code\":111,\"message\":\"too many\"}");
    }

    @Test
    void a_run_ends_when_the_server_disconnects_a_sender() {
        relay.behaves((from, message, others) -> from.frame(0x88, new byte[] {3, (byte) 0xF1, 'b', 'i', 'g'}));
        assertThatThrownBy(() -> run(fanOut(1, 1, 1, 0)))
                .isInstanceOf(IOException.class)
                .hasMessage("a sender was disconnected: closed by the server: 1009 big");
    }

    @Test
    void a_run_continues_when_the_server_disconnects_a_client() throws IOException {
        relay.behaves((from, message, others) -> {
            for (FakeRelay.Member other : others) {
                if (other.number == 0) {
                    other.close();
                } else {
                    other.frame(TEXT, message);
                }
            }
        });
        Result result = run(fanOut(3, 1, 1, 0));
        assertThat(result.connected()).isEqualTo(2);
        assertThat(result.sent()).isGreaterThan(3);
        assertThat(result.lost()).isEqualTo(1);
    }

    @Test
    void a_silent_client_receives_nothing_and_is_checked_at_the_end() throws IOException {
        relay.behaves((from, message, others) -> {
            for (FakeRelay.Member other : others) {
                if (other.number == 0) {
                    other.close();
                } else {
                    other.frame(TEXT, message);
                }
            }
        });
        Load load = new Load(
                List.of(relay.uri("raw/c")),
                Dialect.RAW,
                Shape.FAN_OUT,
                4,
                2,
                128,
                1,
                20,
                1,
                Duration.ZERO,
                Duration.ofMillis(500),
                "");
        Result result = run(load);
        assertThat(result.cutOff()).isEqualTo(1);
        assertThat(result.connected()).isEqualTo(3);
        assertThat(result.delivered()).isEqualTo(2 * result.sent());
        assertThat(result.lost()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "HTTP/1.1 503 Full ~ the server answered HTTP 503",
                "HTTP/1.1 200 OK ~ the server answered HTTP 200",
                "HTTP/1.1 101 Go ~ the server does not speak WebSocket",
                "SSH-2.0-x y ~ the server does not speak HTTP"
            })
    void a_run_reports_the_answer_when_the_handshake_fails(String answer, String why) {
        relay.answers(answer + "\r\n\r\n");
        assertThatThrownBy(() -> run(fanOut(3, 1, 1, 0)))
                .isInstanceOf(ConnectException.class)
                .hasMessage(why);
    }

    @Test
    void a_run_reports_a_refused_connection() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        Load load = new Load(
                List.of(URI.create("ws://127.0.0.1:" + free + "/raw/c")),
                Dialect.RAW,
                Shape.FAN_OUT,
                3,
                0,
                128,
                1,
                0,
                1,
                Duration.ZERO,
                Duration.ZERO,
                "");
        assertThatThrownBy(() -> run(load)).isInstanceOf(ConnectException.class).hasMessage("connection refused");
    }
}
