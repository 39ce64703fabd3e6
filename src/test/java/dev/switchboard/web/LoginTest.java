package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.web.Requests.Answer;
import dev.switchboard.web.Requests.Request;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoginTest {

    private static final int INTERVAL = 1800;
    private static final Duration TOO_LONG = Duration.ofSeconds(INTERVAL + 10);
    private static final String KEEP = "switchboard.login.keepalive";

    private final Relay relay =
            new Relay(Settings.read(Map.of()), new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));
    private final FakeHttpSession container = new FakeHttpSession();
    private final AtomicLong nanos = new AtomicLong();
    private final Logins logins = new Logins(Settings.read(Map.of()), nanos::get);
    private final Logins keeping = new Logins(Settings.read(Map.of(KEEP, "true")), nanos::get);

    /** Acts as an HTTP session of a container. */
    private static final class FakeHttpSession {
        final Map<String, Object> attributes = new HashMap<>();
        int interval = INTERVAL;
        long lastAccessed = System.currentTimeMillis();
        boolean ended;
        boolean broken;

        final HttpSession session = Requests.proxy(HttpSession.class, (self, method, arguments) -> {
            if (ended) {
                throw new IllegalStateException("invalid");
            }
            return switch (method.getName()) {
                case "getAttribute" -> attributes.get((String) arguments[0]);
                case "setAttribute" -> attributes.put((String) arguments[0], arguments[1]);
                case "getMaxInactiveInterval" -> interval;
                case "setMaxInactiveInterval" -> {
                    interval = (int) arguments[0];
                    yield null;
                }
                case "getLastAccessedTime" -> {
                    if (broken) {
                        throw new UncheckedIOException(new IOException("the store of the sessions is away"));
                    }
                    yield lastAccessed;
                }
                case "invalidate" -> {
                    end();
                    yield null;
                }
                default -> throw new UnsupportedOperationException(method.getName());
            };
        });

        void end() {
            ended = true;
            attributes.forEach((name, value) -> ((HttpSessionBindingListener) value)
                    .valueUnbound(new HttpSessionBindingEvent(session, name, value)));
        }
    }

    @AfterEach
    void stop() {
        relay.stop();
    }

    private Client client(ScriptedTransport transport) {
        return relay.protocols().connectRaw(transport, "news", Map.of());
    }

    private static Login login(Logins among, FakeHttpSession of) {
        return Objects.requireNonNull(among.of(of.session));
    }

    private HandshakePrincipal principal(Request request) {
        return principal(request, logins);
    }

    private static HandshakePrincipal principal(Request request, Logins logins) {
        return HandshakePrincipal.of(
                request.servletRequest(), Settings.read(Map.of()), logins, Set.of("editor", "admin"));
    }

    /** Connects a client with the session, and sends no request with it for so long. */
    private ScriptedTransport connected(FakeHttpSession to, Duration silence) {
        ScriptedTransport transport = ScriptedTransport.inline();
        login(logins, to).entered(client(transport));
        to.lastAccessed -= silence.toMillis();
        nanos.addAndGet(silence.toNanos());
        return transport;
    }

    @Test
    void a_login_of_the_container_is_a_user_with_the_roles_of_the_rules() {
        HandshakePrincipal anna = principal(Request.from("198.51.100.1").of("anna", Set.of("editor", "other"), null));
        assertThat(anna.peer().address()).isEqualTo("198.51.100.1");
        assertThat(anna.peer().login()).isEqualTo(Identity.login("anna", Set.of("editor")));
        assertThat(anna.getName()).isEqualTo("anna");
    }

    @Test
    void a_client_has_no_user_when_the_container_has_no_login() {
        assertThat(principal(Request.from("198.51.100.1")).peer().login()).isNull();
        assertThat(principal(Request.from("198.51.100.1").of("", Set.of("editor"), null))
                        .peer()
                        .login())
                .isNull();
    }

    @Test
    void a_wrapped_request_has_the_principal_and_no_session() {
        HttpServletRequest request = Request.from("198.51.100.1")
                .of("anna", Set.of(), container.session)
                .servletRequest();
        HandshakePrincipal anna = HandshakePrincipal.of(request, Settings.read(Map.of()), logins, Set.of());
        assertThat(anna.wrap(request).getUserPrincipal()).isSameAs(anna);
        assertThat(anna.wrap(request).getSession(false)).isNull();
        assertThat(anna.wrap(request).getSession(true)).isSameAs(container.session);
    }

    @Test
    void clients_are_disconnected_when_their_session_ends() {
        Login login = login(logins, container);
        ScriptedTransport first = ScriptedTransport.inline();
        ScriptedTransport second = ScriptedTransport.inline();
        ScriptedTransport other = ScriptedTransport.inline();
        login.entered(client(first));
        login(logins, container).entered(client(second));
        login(logins, new FakeHttpSession()).entered(client(other));

        container.end();

        await().untilAsserted(() -> {
            assertThat(first.closes()).containsExactly(Disconnect.EXPIRED);
            assertThat(second.closes()).containsExactly(Disconnect.EXPIRED);
        });
        assertThat(other.closes()).isEmpty();
    }

    @Test
    void a_client_is_disconnected_when_its_session_has_just_ended() {
        Login login = login(logins, container);
        container.end();
        ScriptedTransport late = ScriptedTransport.inline();
        login.entered(client(late));
        await().untilAsserted(() -> assertThat(late.closes()).containsExactly(Disconnect.EXPIRED));
    }

    @Test
    void a_client_is_disconnected_when_its_kept_session_has_just_ended() {
        Login login = login(keeping, container);
        container.end();
        ScriptedTransport late = ScriptedTransport.inline();
        Client client = client(late);
        login.entered(client);
        await().untilAsserted(() -> assertThat(late.closes()).containsExactly(Disconnect.EXPIRED));
        login.left(client);
        assertThat(container.interval).isEqualTo(INTERVAL);
    }

    @Test
    void a_request_is_served_when_its_session_has_just_ended() {
        login(keeping, container);
        container.end();
        assertThatCode(() -> keeping.used(container.session)).doesNotThrowAnyException();
        HandshakePrincipal late = principal(Request.from("198.51.100.1").of("anna", Set.of(), container.session));
        assertThat(late.peer().login()).isNull();
    }

    @Test
    void a_session_gets_a_new_login_when_it_was_read_from_a_disk() throws Exception {
        Login login = login(logins, container);
        login.entered(client(ScriptedTransport.inline()));
        ByteArrayOutputStream disk = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(disk)) {
            out.writeObject(login);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(disk.toByteArray()))) {
            container.attributes.replaceAll((name, value) -> {
                try {
                    return in.readObject();
                } catch (Exception failure) {
                    throw new IllegalStateException(failure);
                }
            });
        }
        logins.used(container.session);
        FakeHttpSession copy = new FakeHttpSession();
        copy.attributes.putAll(container.attributes);
        copy.end();

        ScriptedTransport again = ScriptedTransport.inline();
        login(logins, container).entered(client(again));
        container.end();
        await().untilAsserted(() -> assertThat(again.closes()).containsExactly(Disconnect.EXPIRED));
    }

    @Test
    void a_session_expires_while_clients_are_connected() {
        login(logins, container).entered(client(ScriptedTransport.inline()));
        logins.used(container.session);
        assertThat(container.interval).isEqualTo(INTERVAL);
    }

    @Test
    void a_kept_session_does_not_expire_while_a_client_is_connected() {
        HandshakePrincipal anna =
                principal(Request.from("198.51.100.1").of("anna", Set.of(), container.session), keeping);
        Client first = client(ScriptedTransport.inline());
        Client second = client(ScriptedTransport.inline());
        anna.entered(first);
        anna.entered(second);
        assertThat(container.interval).isEqualTo(-1);

        container.lastAccessed -= 100_000;
        anna.left(first);
        anna.left(first);
        assertThat(container.interval).isEqualTo(-1);

        anna.left(second);
        assertThat(container.interval).as("as long as after a request").isBetween(INTERVAL + 100, INTERVAL + 110);

        keeping.used(container.session);
        assertThat(container.interval).as("after a request").isEqualTo(INTERVAL);
    }

    @Test
    void an_interval_of_the_application_stays_when_it_was_set_during_a_hold() {
        Login login = login(keeping, container);
        Client client = client(ScriptedTransport.inline());
        login.entered(client);
        login.left(client);
        container.interval = 60;
        keeping.used(container.session);
        assertThat(container.interval).isEqualTo(60);

        container.interval = -1;
        login.entered(client);
        login.left(client);
        assertThat(container.interval).isEqualTo(-1);
    }

    @Test
    void a_client_leaves_without_an_error_when_its_kept_session_has_ended() {
        Login login = login(keeping, container);
        Client client = client(ScriptedTransport.inline());
        login.entered(client);
        container.end();
        login.left(client);
        assertThat(client.isEnded()).isTrue();
    }

    @Test
    void an_unused_session_is_ended_when_its_container_does_not_end_it() {
        ScriptedTransport transport = connected(container, TOO_LONG);
        logins.check();
        assertThat(container.ended).isTrue();
        await().untilAsserted(() -> assertThat(transport.closes()).containsExactly(Disconnect.EXPIRED));
    }

    @Test
    void a_session_lives_when_requests_use_it() throws Exception {
        ScriptedTransport transport = connected(container, Duration.ofSeconds(INTERVAL - 10));
        logins.check();

        connected(container, TOO_LONG);
        Request page = Request.from("198.51.100.1").of("anna", Set.of(), container.session);
        new HandshakeFilter(() -> relay, logins, Set.of())
                .doFilter(page.servletRequest(), new Answer().servletResponse, (request, response) -> {});
        logins.check(); // after a request that the container reports with the next one

        connected(container, TOO_LONG);
        container.lastAccessed = System.currentTimeMillis();
        logins.check(); // after a request that passed no filter

        assertThat(container.ended).isFalse();
        assertThat(transport.closes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0})
    void a_session_lives_when_it_has_no_interval(int interval) {
        container.interval = interval;
        connected(container, TOO_LONG);
        logins.check();
        assertThat(container.ended).isFalse();
    }

    @Test
    void a_kept_session_is_not_ended_when_the_application_sets_an_interval() {
        login(keeping, container).entered(client(ScriptedTransport.inline()));
        container.interval = 1;
        container.lastAccessed -= TOO_LONG.toMillis();
        nanos.addAndGet(TOO_LONG.toNanos());
        keeping.check();
        assertThat(container.ended).isFalse();
    }

    @Test
    void a_session_without_clients_is_left_to_its_container() {
        Client client = client(ScriptedTransport.inline());
        Login login = login(logins, container);
        login.entered(client);
        container.lastAccessed -= TOO_LONG.toMillis();
        nanos.addAndGet(TOO_LONG.toNanos());
        login.left(client);
        logins.check();
        assertThat(container.ended).isFalse();

        login.entered(client);
        logins.check();
        assertThat(container.ended).isTrue();
    }

    @Test
    void clients_are_disconnected_when_their_session_has_ended_without_a_report() {
        ScriptedTransport transport = connected(container, Duration.ZERO);
        container.ended = true;
        logins.check();
        await().untilAsserted(() -> assertThat(transport.closes()).containsExactly(Disconnect.EXPIRED));
    }

    @Test
    void a_failing_session_does_not_stop_the_check_of_others() {
        List<FakeHttpSession> sessions =
                Stream.generate(FakeHttpSession::new).limit(10).toList();
        ScriptedTransport transport = connected(container, TOO_LONG);
        container.broken = true;
        sessions.forEach(session -> connected(session, TOO_LONG));
        assertThatThrownBy(logins::check).hasMessageContaining("away");
        assertThat(sessions).allMatch(session -> session.ended);
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_client_is_tracked_when_it_enters_while_the_last_one_leaves() {
        Client leaving = client(ScriptedTransport.inline());
        Client coming = client(ScriptedTransport.inline());
        for (int i = 0; i < 2_000; i++) {
            FakeHttpSession session = new FakeHttpSession();
            Login login = login(logins, session);
            login.entered(leaving);
            CyclicBarrier together = new CyclicBarrier(2);
            CompletableFuture<?> left = CompletableFuture.runAsync(() -> {
                meet(together);
                login.left(leaving);
            });
            meet(together);
            login.entered(coming);
            left.join();
            session.lastAccessed -= TOO_LONG.toMillis();
            nanos.addAndGet(TOO_LONG.toNanos());
            logins.check();
            assertThat(session.ended).isTrue();
            login.left(coming);
        }
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
