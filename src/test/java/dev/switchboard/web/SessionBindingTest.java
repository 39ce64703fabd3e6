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
import dev.switchboard.failure.Row;
import dev.switchboard.hooks.HooksSettings;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
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
            new HooksSettings(Map.of(), Duration.ofSeconds(2), 64, List.of(), "", Duration.ofSeconds(10)));
    private static final CloseReason GOING_AWAY = new CloseReason(CloseCodes.GOING_AWAY, "bye");

    private final Hub hub = new Hub(Nodes.simple());
    private final FakeClock clock = new FakeClock();
    private final FakeSession container = new FakeSession();
    private final HandshakePrincipal visitor = HandshakePrincipal.of(container.session);
    private final SessionBinding connection = new SessionBinding();

    /** A container's session that writes down what it was asked; every other method does nothing. */
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
        connection.open(
                container.session,
                visitor,
                SETTINGS,
                Runnable::run,
                transport -> hub.connect(transport, new RawProtocol("c", Map.of("echo", List.of("true")), null)));
    }

    @Test
    void what_comes_in_parts_goes_out_whole() {
        open();
        connection.text("a", false);
        connection.text("b", true);
        assertThat(container.sent).containsExactly("ab");
    }

    @Test
    void a_message_that_takes_too_long_ends_the_client_whatever_else_it_sends_and_one_that_is_done_does_not() {
        Hub hub = new Hub(Nodes.simple(clock));
        connection.open(
                container.session,
                visitor,
                SETTINGS,
                Runnable::run,
                transport -> hub.connect(transport, new RawProtocol("c", Map.of(), null)));
        connection.text("a", false);
        clock.advance(Duration.ofSeconds(9));
        connection.text("b", true);
        clock.advance(Duration.ofSeconds(9));
        hub.check();
        assertThat(container.closes).isEmpty();
        connection.binary(ByteBuffer.allocate(1), false);
        clock.advance(Duration.ofSeconds(6));
        connection.binary(ByteBuffer.allocate(1), false);
        connection.pong();
        clock.advance(Duration.ofSeconds(5));
        hub.check();
        assertThat(container.closes).containsExactly(3008);
    }

    @Test
    void a_message_that_is_too_big_closes_with_1009() {
        open();
        connection.text("x".repeat(1_001), true);
        assertThat(container.closes).containsExactly(1009);
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    @SuppressWarnings("NullAway") // the null is what breaks it
    @Row("S5")
    void whatever_breaks_while_a_part_is_taken_in_ends_the_client_with_3004() {
        open();
        connection.text(null, true);
        assertThat(container.closes).containsExactly(3004);
    }

    /** How containers report an end: in which order, how often, or not at all. */
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
    void in_every_order_of_reports_the_client_ends_once(List<String> order) {
        container.open = false; // an error ends the client only then
        for (String report : order) {
            switch (report) {
                case "open" -> open();
                case "close" -> connection.closed(GOING_AWAY);
                default -> connection.failed(container.session, new IOException("reset"));
            }
        }
        assertThat(hub.clientCount()).isZero();
        assertThat(hub.channelCount()).isZero();
        assertThat(container.closes).isEmpty();
    }

    @Test
    void an_error_on_a_session_that_is_open_leaves_the_close_to_the_container() {
        open();
        connection.failed(container.session, new IOException("invalid UTF-8"));
        assertThat(hub.clientCount()).isEqualTo(1);
    }

    @Test
    @Row("C17")
    void a_session_that_is_opened_on_a_broken_connection_leaves_no_client() {
        container.open = false;
        open();
        assertThat(hub.clientCount()).isZero();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void a_close_that_throws_harms_nobody() {
        Session broken = FakeSession.proxy(Session.class, (self, method, arguments) -> {
            if (method.getName().equals("close")) {
                throw new IOException("broken pipe");
            }
            return method.getName().equals("getAsyncRemote") ? container.remote : null;
        });
        Transport transport = new SessionTransport(broken, visitor, Duration.ofSeconds(1), () -> {});
        transport.close(Disconnect.SLOW, null);
        Client client = hub.connect(transport, new RawProtocol("c", Map.of(), null));
        client.disconnect(Disconnect.SLOW);
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    void a_session_is_closed_although_those_who_hear_of_it_fail() {
        Transport transport = new SessionTransport(container.session, visitor, Duration.ofSeconds(1), () -> {
            throw new IllegalStateException("the store of sessions is down");
        });
        assertThatThrownBy(() -> transport.close(Disconnect.SLOW, null)).isInstanceOf(IllegalStateException.class);
        assertThat(container.closes).containsExactly(3008);
    }

    @Test
    void a_relay_stops_with_every_client_told_and_no_thread_left() {
        Relay relay = new Relay(
                SETTINGS,
                new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of("hello", ChannelRule.greeting("Hello, Client!"))));
        connection.open(
                container.session,
                visitor,
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
                        visitor,
                        SETTINGS,
                        Runnable::run,
                        transport -> relay.protocols().connectRaw(transport, "hello", Map.of()));
        assertThat(late.closes).containsExactly(3001);
    }
}
