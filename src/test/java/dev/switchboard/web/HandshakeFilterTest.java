package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.failure.Row;
import dev.switchboard.web.Requests.Answer;
import dev.switchboard.web.Requests.Request;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeFilterTest {

    private static final Request HANDSHAKE = Request.from("198.51.100.1")
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .with("Sec-WebSocket-Version", "13")
            .with("Host", "localhost:8000")
            .at("/raw/a");

    private final List<Relay> relays = new ArrayList<>();
    private final List<HttpServletRequest> passed = new ArrayList<>();

    private Relay relay(String... settings) {
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            parameters.put("switchboard." + settings[i], settings[i + 1]);
        }
        Relay relay = new Relay(Settings.read(parameters), new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));
        relays.add(relay);
        return relay;
    }

    private Answer answer(Relay relay, Request request) throws Exception {
        Answer answer = new Answer();
        new HandshakeFilter(() -> relay, new Logins(relay.settings(), System::nanoTime), Set.of("editor", "admin"))
                .doFilter(
                        request.servletRequest(),
                        answer.servletResponse,
                        (through, response) -> passed.add((HttpServletRequest) through));
        return answer;
    }

    @AfterEach
    void stop() {
        relays.forEach(Relay::stop);
    }

    @Test
    void whoever_is_let_in_is_told_on_as_the_principal_of_the_request() throws Exception {
        Relay relay = relay("proxies", "10.0.0.0/8");
        answer(relay, HANDSHAKE);
        answer(relay, HANDSHAKE.fromAddress("10.0.0.1").with("X-Forwarded-For", "203.0.113.9"));
        assertThat(passed)
                .extracting(request ->
                        ((HandshakePrincipal) request.getUserPrincipal()).peer().address())
                .containsExactly("198.51.100.1", "203.0.113.9");
    }

    @Test
    void a_foreign_origin_gets_403_and_is_counted() throws Exception {
        Relay relay = relay();
        Answer refused = answer(relay, HANDSHAKE.with("Origin", "https://evil.example"));
        assertThat(refused.status).isEqualTo(403);
        assertThat(refused.body()).contains("Origin");
        assertThat(passed).isEmpty();
        assertThat(relay.counters().refusals().counts()).containsOnly(Map.entry("origin", 1L));
    }

    @Test
    void one_handshake_too_fast_is_told_to_come_again_soon() throws Exception {
        Relay relay = relay("handshakes", "1", "handshakes.burst", "2");
        answer(relay, HANDSHAKE);
        answer(relay, HANDSHAKE);
        assertThat(passed).hasSize(2);

        Answer refused = answer(relay, HANDSHAKE);

        assertThat(refused.status).isEqualTo(503);
        assertThat(Integer.parseInt(refused.headers.get("Retry-After"))).isBetween(1, 3);
        assertThat(refused.headers.get("Content-Type")).startsWith("text/plain");
        assertThat(relay.counters().refusals().counts()).containsOnly(Map.entry("rate", 1L));
    }

    @Test
    void a_node_that_drains_says_so_before_it_looks_at_anything_else() throws Exception {
        Relay relay = relay();
        relay.drain().join();
        Answer refused = answer(relay, HANDSHAKE.with("Origin", "https://evil.example"));
        assertThat(refused.status).isEqualTo(503);
        assertThat(Integer.parseInt(refused.headers.get("Retry-After"))).isBetween(5, 30);
        assertThat(relay.counters().refusals().counts()).containsOnly(Map.entry("draining", 1L));
    }

    @Test
    void a_page_of_a_relay_that_drains_is_refused_for_a_while_and_servlets_answer_for_themselves() throws Exception {
        Relay relay = relay();
        Request page = Request.from("198.51.100.1").forPage();
        assertThat(answer(relay, page).status).isEqualTo(200);
        relay.drain().join();

        Answer refused = answer(relay, page);

        assertThat(refused.status).isEqualTo(503);
        assertThat(Integer.parseInt(refused.headers.get("Retry-After"))).isBetween(5, 30);
        assertThat(refused.body()).contains("about to stop");
        assertThat(answer(relay, Request.from("198.51.100.1")).status).isEqualTo(200);
    }

    @Test
    void those_who_are_refused_do_not_come_again_all_at_once() throws Exception {
        Relay relay = relay();
        relay.drain().join();
        List<String> times = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            times.add(answer(relay, HANDSHAKE).headers.get("Retry-After"));
        }
        assertThat(times.stream().distinct().count()).isGreaterThan(5);
    }

    @ParameterizedTest
    @CsvSource({
        "websocket, dGhlIHNhbXBsZSBub25jZQ==, 503",
        "WebSocket, dGhlIHNhbXBsZSBub25jZQ==, 503",
        "'h2c, websocket', dGhlIHNhbXBsZSBub25jZQ==, 503",
        "anything, '', 400",
        "h2c, dGhlIHNhbXBsZSBub25jZQ==, 400",
        "'', dGhlIHNhbXBsZSBub25jZQ==, 426",
        "h2c, '', 200",
        "'', '', 200"
    })
    void whatever_could_become_a_websocket_is_looked_at(String upgrade, String key, int status) throws Exception {
        Relay relay = relay();
        relay.drain().join();
        Request request =
                Request.from("198.51.100.1").with("Connection", "Upgrade").with("Sec-WebSocket-Version", "13");
        request = upgrade.isEmpty() ? request : request.with("Upgrade", upgrade);
        request = key.isEmpty() ? request : request.with("Sec-WebSocket-Key", key);
        assertThat(answer(relay, request).status).isEqualTo(status);
        assertThat(passed).hasSize(status == 200 ? 1 : 0);
    }

    @Test
    void whatever_is_no_websocket_tells_browsers_to_be_careful() throws Exception {
        Relay relay = relay();
        for (Request request :
                List.of(Request.from("198.51.100.1"), HANDSHAKE.with("Origin", "https://evil.example"))) {
            assertThat(answer(relay, request).headers)
                    .containsEntry("X-Content-Type-Options", "nosniff")
                    .containsEntry("Referrer-Policy", "no-referrer")
                    .hasEntrySatisfying(
                            "Content-Security-Policy",
                            policy -> assertThat(policy)
                                    .contains("default-src 'none'")
                                    .contains("frame-ancestors 'none'"));
        }
    }

    @Test
    void within_an_application_only_what_is_the_relays_own_is_looked_at() throws Exception {
        Relay relay = relay();
        HandshakeFilter gate = new HandshakeFilter(
                () -> relay, new Logins(relay.settings(), System::nanoTime), Set.of(), "/switchboard");
        Request foreign = HANDSHAKE.with("Origin", "https://evil.example");
        for (String path : List.of("/", "/chat", "/switchboards/raw/a", "/switchboard")) {
            Answer answer = new Answer();
            HttpServletRequest request = foreign.at(path).servletRequest();
            gate.doFilter(
                    request,
                    answer.servletResponse,
                    (through, response) -> assertThat(through).isSameAs(request));
            assertThat(answer.status).as(path).isEqualTo(200);
            assertThat(answer.headers).as(path).isEmpty();
        }
        Answer refused = new Answer();
        gate.doFilter(
                foreign.at("/switchboard/raw/a").servletRequest(),
                refused.servletResponse,
                (through, response) -> passed.add((HttpServletRequest) through));
        assertThat(refused.status).isEqualTo(403);
        assertThat(passed).isEmpty();
    }

    private HandshakeFilter gate(Relay relay) {
        return new HandshakeFilter(() -> relay, new Logins(relay.settings(), System::nanoTime), Set.of());
    }

    /** What a container does that answers 101. */
    private static void upgrade(Object request, Object response) {
        ((HttpServletResponse) response).setStatus(101);
    }

    @Test
    @Row("C18")
    void a_handshake_has_its_place_before_it_is_answered_and_gives_it_back_if_it_fails() throws Exception {
        Relay relay = relay("connections", "1");
        answer(relay, HANDSHAKE); // the chain sets no status: nothing came of it
        assertThat(relay.admission().connections()).isZero();

        assertThatThrownBy(() -> gate(relay)
                        .doFilter(HANDSHAKE.servletRequest(), new Answer().servletResponse, (request, response) -> {
                            assertThat(relay.admission().connections()).isOne();
                            throw new IOException("broken");
                        }))
                .isInstanceOf(IOException.class);
        assertThat(relay.admission().connections()).isZero();

        gate(relay).doFilter(HANDSHAKE.servletRequest(), new Answer().servletResponse, HandshakeFilterTest::upgrade);
        assertThat(relay.admission().connections()).isOne();
        assertThat(answer(relay, HANDSHAKE).status).isEqualTo(503);
    }

    @Test
    @Row("C17")
    void a_handshake_of_which_no_session_comes_gives_its_place_back_in_a_second() throws Exception {
        Relay relay = relay();
        HandshakeFilter gate = gate(relay);
        gate.doFilter(HANDSHAKE.servletRequest(), new Answer().servletResponse, HandshakeFilterTest::upgrade);
        gate.sweep();
        assertThat(relay.admission().connections()).as("it may still open").isOne();
        await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            gate.sweep();
            assertThat(relay.admission().connections()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"})
    @Row("A18")
    void a_name_that_the_operator_did_not_give_gets_421_while_everybody_may_connect(String host) throws Exception {
        Relay relay = relay();
        Request page = Request.from("127.0.0.1").with("Host", host);
        Request handshake =
                HANDSHAKE.fromAddress("127.0.0.1").with("Host", host).with("Origin", "http://" + host);

        assertThat(answer(relay, handshake).status).isEqualTo(421);
        Answer refused = answer(relay, page);

        assertThat(refused.status).isEqualTo(421);
        assertThat(refused.body()).contains("switchboard.hosts");
        assertThat(passed).isEmpty();
        assertThat(relay.counters().refusals().counts()).containsOnly(Map.entry("host", 2L));
        assertThat(answer(relay("hosts", host.replace(":8000", "")), handshake).status)
                .isEqualTo(200);
        assertThat(answer(relay("access", "login"), handshake).status)
                .as("a page has no login of a name that is not its own")
                .isEqualTo(200);
    }

    @Test
    void a_page_whose_scheme_a_trusted_proxy_contradicts_is_of_another_origin() throws Exception {
        Relay relay = relay("proxies", "10.0.0.1", "hosts", "app.example");
        Request plain =
                HANDSHAKE.fromAddress("10.0.0.1").with("Host", "app.example").with("Origin", "http://app.example");
        assertThat(answer(relay, plain.with("X-Forwarded-Proto", "https")).status)
                .isEqualTo(403);
        assertThat(answer(relay, plain.with("X-Forwarded-Proto", "http")).status)
                .isEqualTo(200);
        assertThat(answer(relay, plain).status).isEqualTo(200);
    }

    @Test
    void every_refusal_of_the_hub_has_its_words_here() {
        for (var refusal : dev.switchboard.limits.Admission.Refusal.values()) {
            assertThat(HandshakeFilter.Refusal.of(refusal).label())
                    .isEqualTo(refusal.name().toLowerCase(Locale.ROOT));
        }
    }
}
