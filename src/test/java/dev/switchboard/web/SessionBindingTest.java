package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.Access;
import dev.switchboard.access.AccessSettings;
import dev.switchboard.access.ApiKeys;
import dev.switchboard.access.ApiSettings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.Hosts;
import dev.switchboard.access.Key;
import dev.switchboard.access.Origins;
import dev.switchboard.access.Proxies;
import dev.switchboard.console.ConsoleSettings;
import dev.switchboard.console.Password;
import dev.switchboard.engine.EngineSettings;
import dev.switchboard.engine.file.Sync;
import dev.switchboard.engine.redis.RedisSettings;
import dev.switchboard.failure.Row;
import dev.switchboard.hooks.HooksSettings;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.limits.EventLog;
import dev.switchboard.model.Disconnect;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.RawProtocol;
import dev.switchboard.spi.Transport;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SessionBindingTest {

    private static final Settings SETTINGS = new Settings(
            1_000,
            10,
            Nodes.limits(100_000),
            Nodes.UNBOUNDED,
            new CentrifugeProtocol.Quota(1_000, 1_000, 100, 65_536),
            Settings.UNLIMITED,
            Duration.ofSeconds(30),
            1_000,
            100_000,
            new EngineSettings(null, Sync.INTERVAL, RedisSettings.NONE),
            new Origins(Set.of()),
            Hosts.unchecked(),
            new Proxies(List.of()),
            false,
            new Key(""),
            new ApiSettings(new ApiKeys("", null, false, Set.of()), 1024, ApiSettings.Errors.REPLY),
            new AccessSettings(
                    Access.OPEN,
                    "",
                    null,
                    "",
                    "",
                    Duration.ofHours(24),
                    Duration.ofSeconds(5),
                    AccessSettings.Use.REPEATED),
            null,
            new HooksSettings(Map.of(), Duration.ofSeconds(2), 64, List.of(), "", Duration.ofSeconds(10)),
            EventLog.Format.TEXT,
            new ConsoleSettings(Password.NONE, "", Password.NONE, ""),
            List.of());
    private static final CloseReason GOING_AWAY = new CloseReason(CloseCodes.GOING_AWAY, "bye");

    private final Hub hub = new Hub(Nodes.simple());
    private final FakeClock clock = new FakeClock();
    private final FakeSession container = new FakeSession();
    private final HandshakePrincipal principal = HandshakePrincipal.of(container.session);
    private final SessionBinding binding = new SessionBinding();

    /** Acts as the session of a container, and records some of its calls. */
    private static final class FakeSession {
        final List<String> sent = new ArrayList<>();
        final List<Integer> closes = new ArrayList<>();
        boolean open = true;

        final RemoteEndpoint.Async remote = proxy(RemoteEndpoint.Async.class, (self, method, arguments) -> {
            if (method.getName().equals("sendText")) {
                sent.add((String) arguments[0]);
                ((SendHandler) arguments[1]).onResult(new SendResult());
            }
            return null;
        });

        final Session session = proxy(Session.class, (self, method, arguments) -> switch (method.getName()) {
            case "getAsyncRemote" -> remote;
            case "isOpen" -> open;
            case "close" -> {
                closes.add(((CloseReason) arguments[0]).getCloseCode().getCode());
                yield null;
            }
            default -> null;
        });

        private static <T> T proxy(Class<T> type, InvocationHandler handler) {
            return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
        }
    }

    private void open() {
        binding.open(
                container.session,
                principal,
                SETTINGS,
                Runnable::run,
                transport -> hub.connect(transport, new RawProtocol("c", Map.of("echo", List.of("true")), null)));
    }

    @Test
    void a_message_is_forwarded_whole_when_it_came_in_parts() {
        open();
        binding.text("a", false);
        binding.text("b", true);
        assertThat(container.sent).containsExactly("ab");
    }

    @Test
    void a_client_ends_when_its_message_takes_too_long() {
        Hub hub = new Hub(Nodes.simple(clock));
        binding.open(
                container.session,
                principal,
                SETTINGS,
                Runnable::run,
                transport -> hub.connect(transport, new RawProtocol("c", Map.of(), null)));
        binding.text("a", false);
        clock.advance(Duration.ofSeconds(9));
        binding.text("b", true);
        clock.advance(Duration.ofSeconds(9));
        hub.check();
        assertThat(container.closes).isEmpty();
        binding.binary(ByteBuffer.allocate(1), false);
        clock.advance(Duration.ofSeconds(6));
        binding.binary(ByteBuffer.allocate(1), false);
        binding.pong();
        clock.advance(Duration.ofSeconds(5));
        hub.check();
        assertThat(container.closes).containsExactly(3008);
    }

    @Test
    void a_session_closes_with_1009_when_a_message_is_too_big() {
        open();
        binding.text("x".repeat(1_001), true);
        assertThat(container.closes).containsExactly(1009);
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    @SuppressWarnings("NullAway") // the null causes the failure
    @Row("S5")
    void a_client_ends_with_3004_when_a_part_of_its_message_breaks() {
        open();
        binding.text(null, true);
        assertThat(container.closes).containsExactly(3004);
    }

    /** The reports of an end by different containers. */
    static Stream<List<String>> orders() {
        return Stream.of(
                List.of("open", "close"),
                List.of("close", "open"),
                List.of("open", "close", "close"),
                List.of("close", "close", "open"),
                List.of("open", "error", "close"),
                List.of("open", "close", "error"),
                List.of("error", "open", "close"),
                List.of("error", "close", "open"),
                List.of("close", "open", "error"),
                List.of("close", "error", "open"),
                List.of("open", "error"),
                List.of("error", "open"));
    }

    @ParameterizedTest
    @MethodSource("orders")
    @Row("S6")
    void a_client_ends_once_in_each_order_of_reports(List<String> order) {
        container.open = false; // an error ends the client only then
        for (String report : order) {
            switch (report) {
                case "open" -> open();
                case "close" -> binding.closed(GOING_AWAY);
                default -> binding.failed(container.session, new IOException("reset"));
            }
        }
        assertThat(hub.clientCount()).isZero();
        assertThat(hub.channelCount()).isZero();
        assertThat(container.closes).isEmpty();
    }

    @Test
    void an_error_leaves_the_close_to_the_container_when_the_session_is_open() {
        open();
        binding.failed(container.session, new IOException("invalid UTF-8"));
        assertThat(hub.clientCount()).isEqualTo(1);
    }

    @Test
    @Row("C17")
    void a_client_ends_when_its_session_opens_on_a_broken_connection() {
        container.open = false;
        open();
        assertThat(hub.clientCount()).isZero();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void a_client_ends_when_the_close_of_its_session_throws() {
        Session broken = FakeSession.proxy(Session.class, (self, method, arguments) -> {
            if (method.getName().equals("close")) {
                throw new IOException("broken pipe");
            }
            return method.getName().equals("getAsyncRemote") ? container.remote : null;
        });
        Transport transport = new SessionTransport(broken, principal, Duration.ofSeconds(1), () -> {});
        transport.close(Disconnect.SLOW, null);
        Client client = hub.connect(transport, new RawProtocol("c", Map.of(), null));
        client.disconnect(Disconnect.SLOW);
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    void a_session_is_closed_when_a_listener_fails() {
        Transport transport = new SessionTransport(container.session, principal, Duration.ofSeconds(1), () -> {
            throw new IllegalStateException("the store of sessions is down");
        });
        assertThatThrownBy(() -> transport.close(Disconnect.SLOW, null)).isInstanceOf(IllegalStateException.class);
        assertThat(container.closes).containsExactly(3008);
    }

    @Test
    void a_relay_stops_with_a_close_for_each_client_and_without_threads() {
        Relay relay = new Relay(
                SETTINGS,
                new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of("hello", ChannelRule.greeting("Hello, Client!"))));
        binding.open(
                container.session,
                principal,
                SETTINGS,
                Runnable::run,
                transport -> relay.protocols().connectRaw(transport, "hello", Map.of()));
        assertThat(container.sent).containsExactly("Hello, Client!");

        relay.stop();

        assertThat(container.closes).containsExactly(3001);
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("switchboard-")));

        FakeSession late = new FakeSession();
        new SessionBinding()
                .open(
                        late.session,
                        principal,
                        SETTINGS,
                        Runnable::run,
                        transport -> relay.protocols().connectRaw(transport, "hello", Map.of()));
        assertThat(late.closes).containsExactly(3001);
    }
}
