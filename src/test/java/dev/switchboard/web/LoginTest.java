package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Identity;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.web.Requests.Request;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoginTest {

    private static final int INTERVAL = 1800;

    private final Relay relay =
            new Relay(Settings.read(Map.of()), new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));
    private final FakeHttpSession container = new FakeHttpSession();

    /** A container's HTTP session, as far as it goes. */
    private static final class FakeHttpSession {
        final Map<String, Object> attributes = new HashMap<>();
        int interval = INTERVAL;
        long lastAccessed = System.currentTimeMillis();
        boolean ended;

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
                case "getLastAccessedTime" -> lastAccessed;
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
        return relay.connectRaw(transport, "news", Map.of());
    }

    private static Visitor visitor(Request request, String... settings) {
        Map<String, String> parameters = settings.length == 0 ? Map.of() : Map.of(settings[0], settings[1]);
        return Visitor.of(request.servletRequest(), Settings.read(parameters), Set.of("editor", "admin"));
    }

    @Test
    void the_user_of_the_container_is_the_user_of_the_relay_with_the_roles_that_matter() {
        Visitor anna = visitor(Request.from("198.51.100.1").of("anna", Set.of("editor", "other"), null));
        assertThat(anna.peer().address()).isEqualTo("198.51.100.1");
        assertThat(anna.peer().login()).isEqualTo(new Identity("anna", null, 0, Map.of(), Set.of("editor")));
        assertThat(anna.getName()).isEqualTo("anna");
    }

    @Test
    void whom_the_container_does_not_know_is_nobody() {
        assertThat(visitor(Request.from("198.51.100.1")).peer().login()).isNull();
        assertThat(visitor(Request.from("198.51.100.1").of("", Set.of("editor"), null))
                        .peer()
                        .login())
                .isNull();
    }

    @Test
    void the_websocket_part_of_a_container_sees_the_visitor_and_no_session() {
        HttpServletRequest request = Request.from("198.51.100.1")
                .of("anna", Set.of(), container.session)
                .servletRequest();
        Visitor anna = Visitor.of(request, Settings.read(Map.of()), Set.of());
        assertThat(anna.in(request).getUserPrincipal()).isSameAs(anna);
        assertThat(anna.in(request).getSession(false)).isNull();
        assertThat(anna.in(request).getSession(true)).isSameAs(container.session);
    }

    @Test
    void when_the_session_ends_its_clients_are_disconnected_and_no_others() {
        Login login = Login.of(container.session);
        ScriptedTransport first = ScriptedTransport.inline();
        ScriptedTransport second = ScriptedTransport.inline();
        ScriptedTransport other = ScriptedTransport.inline();
        login.entered(client(first));
        Login.of(container.session).entered(client(second));
        Login.of(new FakeHttpSession().session).entered(client(other));

        container.end();

        await().untilAsserted(() -> {
            assertThat(first.closes()).containsExactly(Disconnect.EXPIRED);
            assertThat(second.closes()).containsExactly(Disconnect.EXPIRED);
        });
        assertThat(other.closes()).isEmpty();
    }

    @Test
    void who_comes_with_a_session_that_has_just_ended_goes_with_it() {
        Login login = Login.of(container.session);
        container.end();
        ScriptedTransport late = ScriptedTransport.inline();
        login.entered(client(late));
        await().untilAsserted(() -> assertThat(late.closes()).containsExactly(Disconnect.EXPIRED));
    }

    @Test
    void who_comes_with_a_kept_session_that_has_just_ended_goes_with_it() {
        Login login = Login.keeping(container.session);
        container.end();
        ScriptedTransport late = ScriptedTransport.inline();
        Client client = client(late);
        login.entered(client);
        await().untilAsserted(() -> assertThat(late.closes()).containsExactly(Disconnect.EXPIRED));
        login.left(client);
        assertThat(container.interval).isEqualTo(INTERVAL);
    }

    @Test
    void a_request_of_a_session_that_has_just_ended_is_a_request_like_others() {
        Login.keeping(container.session);
        container.end();
        assertThatCode(() -> Login.used(container.session)).doesNotThrowAnyException();
    }

    @Test
    void a_session_that_was_on_a_disk_ends_and_begins_anew() throws Exception {
        Login login = Login.of(container.session);
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
        Login.used(container.session);
        FakeHttpSession copy = new FakeHttpSession();
        copy.attributes.putAll(container.attributes);
        copy.end();

        ScriptedTransport again = ScriptedTransport.inline();
        Login.of(container.session).entered(client(again));
        container.end();
        await().untilAsserted(() -> assertThat(again.closes()).containsExactly(Disconnect.EXPIRED));
    }

    @Test
    void a_session_expires_as_it_is_set_to_whoever_is_connected() {
        Login.of(container.session).entered(client(ScriptedTransport.inline()));
        Login.used(container.session);
        assertThat(container.interval).isEqualTo(INTERVAL);
    }

    @Test
    void a_session_that_is_kept_does_not_expire_while_a_client_is_connected() {
        Visitor anna = visitor(
                Request.from("198.51.100.1").of("anna", Set.of(), container.session),
                "switchboard.login.keepalive",
                "true");
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

        Login.used(container.session);
        assertThat(container.interval).as("after a request").isEqualTo(INTERVAL);
    }

    @Test
    void what_the_application_sets_meanwhile_holds() {
        Login login = Login.keeping(container.session);
        Client client = client(ScriptedTransport.inline());
        login.entered(client);
        login.left(client);
        container.interval = 60;
        Login.used(container.session);
        assertThat(container.interval).isEqualTo(60);

        container.interval = -1;
        login.entered(client);
        login.left(client);
        assertThat(container.interval).isEqualTo(-1);
    }

    @Test
    void a_client_of_a_kept_session_that_has_ended_leaves_in_peace() {
        Login login = Login.keeping(container.session);
        Client client = client(ScriptedTransport.inline());
        login.entered(client);
        container.end();
        login.left(client);
        assertThat(client.isEnded()).isTrue();
    }
}
