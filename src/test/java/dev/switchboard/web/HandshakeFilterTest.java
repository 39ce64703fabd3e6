package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.Log;
import dev.switchboard.failure.Row;
import dev.switchboard.limits.Admission;
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
    void an_accepted_client_is_the_principal_of_its_request() throws Exception {
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

    @ParameterizedTest
    @CsvSource({"/api/publish,503", "/metrics,503", "/api,503", "/apis,200", "/metrics/x,200", "/index.html,200"})
    void a_request_is_refused_for_a_second_if_the_container_has_no_servlet_for_its_path(String path, int status)
            throws Exception {
        Relay relay = relay();
        HandshakeFilter filter =
                new HandshakeFilter(() -> relay, new Logins(relay.settings(), System::nanoTime), Set.of());
        filter.serves("/api/*");
        filter.serves("/metrics");
        Answer answer = new Answer();
        filter.doFilter(
                Request.from("198.51.100.1").at(path).forPage().servletRequest(),
                answer.servletResponse,
                (through, response) -> passed.add((HttpServletRequest) through));
        assertThat(answer.status).isEqualTo(status);
        assertThat(answer.headers.get("Retry-After")).isEqualTo(status == 503 ? "1" : null);
        assertThat(passed).hasSize(status == 503 ? 0 : 1);
    }

    private static void hasLine(Log log, String line) {
        await().untilAsserted(() -> assertThat(log.texts("WARNING"))
                .filteredOn(text -> text.contains("refused"))
                .containsExactly(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "Origin ~ http://localhost:5173 ~ refused origin http://localhost:5173 on /raw/a from 198.51.100.1; switchboard.origins=http://localhost:5173 allows it",
                "Origin ~ null ~ refused origin null on /raw/a from 198.51.100.1; switchboard.origins=null allows it",
                "Origin ~ http://a\u202eb\" ~ refused origin \"http://a\\u202eb\\\"\" on /raw/a from 198.51.100.1; switchboard.origins=\"http://a\\u202eb\\\"\" allows it",
                "Host ~ Evil.example:8000 ~ refused host Evil.example:8000 on /raw/a from 198.51.100.1; switchboard.hosts=evil.example allows it; with switchboard.access=open a page of any other name could speak through its visitors",
                "Sec-WebSocket-Version ~ 12 ~ request refused: method=GET path=\"/raw/a\" address=198.51.100.1 host=\"localhost:8000\" status=426 code=107 why=\"Sec-WebSocket-Version must be 13.\"",
                "Connection ~ close ~ request refused: method=GET path=\"/raw/a\" address=198.51.100.1 host=\"localhost:8000\" status=400 code=107 why=\"Connection must name Upgrade; a proxy before this server may have dropped that.\""
            })
    void a_refused_handshake_has_one_line(String header, String value, String line) throws Exception {
        Relay relay = relay();
        try (Log log = new Log()) {
            answer(relay, HANDSHAKE.with(header, value));
            hasLine(log, line);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "connections, 'switchboard.connections=1 are here'",
        "connections.address, 'switchboard.connections.address=1 of this address are here; behind a proxy, switchboard.proxies must name it'",
        "connections.waiting, 'switchboard.connections.waiting=1 clients have yet to send their connect command'",
        "handshakes.burst, 'more than switchboard.handshakes=1 came in a second'"
    })
    void a_handshake_beyond_a_limit_has_one_line(String setting, String cure) throws Exception {
        Relay relay = relay(setting, "1", "handshakes", "1");
        assertThat(relay.admission().take("198.51.100.1")).isInstanceOf(Admission.Place.class);
        try (Log log = new Log()) {
            Answer answer = answer(relay, HANDSHAKE);
            while (answer.status == 200) { // a second may have passed
                answer = answer(relay, HANDSHAKE);
            }
            hasLine(log, "refused a client on /raw/a from 198.51.100.1; " + cure);
        }
    }

    @Test
    void a_handshake_gets_a_short_retry_time_when_handshakes_come_too_fast() throws Exception {
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
    void a_draining_node_refuses_a_handshake_before_it_checks_anything_else() throws Exception {
        Relay relay = relay();
        relay.drain().join();
        Answer refused = answer(relay, HANDSHAKE.with("Origin", "https://evil.example"));
        assertThat(refused.status).isEqualTo(503);
        assertThat(Integer.parseInt(refused.headers.get("Retry-After"))).isBetween(5, 30);
        assertThat(relay.counters().refusals().counts()).containsOnly(Map.entry("draining", 1L));
    }

    @Test
    void a_draining_node_refuses_pages_and_lets_servlets_answer() throws Exception {
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
    void refused_clients_get_different_retry_times() throws Exception {
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
    void a_request_is_checked_when_it_could_become_a_websocket(String upgrade, String key, int status)
            throws Exception {
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
    void an_answer_has_security_headers_when_it_is_no_websocket() throws Exception {
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
    void a_library_checks_only_requests_below_its_path() throws Exception {
        Relay relay = relay();
        HandshakeFilter filter = new HandshakeFilter(
                () -> relay, new Logins(relay.settings(), System::nanoTime), Set.of(), "/switchboard");
        Request foreign = HANDSHAKE.with("Origin", "https://evil.example");
        for (String path : List.of("/", "/chat", "/switchboards/raw/a", "/switchboard")) {
            Answer answer = new Answer();
            HttpServletRequest request = foreign.at(path).servletRequest();
            filter.doFilter(
                    request,
                    answer.servletResponse,
                    (through, response) -> assertThat(through).isSameAs(request));
            assertThat(answer.status).as(path).isEqualTo(200);
            assertThat(answer.headers).as(path).isEmpty();
        }
        Answer refused = new Answer();
        filter.doFilter(
                foreign.at("/switchboard/raw/a").servletRequest(),
                refused.servletResponse,
                (through, response) -> passed.add((HttpServletRequest) through));
        assertThat(refused.status).isEqualTo(403);
        assertThat(passed).isEmpty();
    }

    private HandshakeFilter filter(Relay relay) {
        return new HandshakeFilter(() -> relay, new Logins(relay.settings(), System::nanoTime), Set.of());
    }

    /** Acts as a container that answers 101. */
    private static void upgrade(Object request, Object response) {
        ((HttpServletResponse) response).setStatus(101);
    }

    @Test
    @Row("C18")
    void a_handshake_gives_its_place_back_when_it_fails() throws Exception {
        Relay relay = relay("connections", "1");
        answer(relay, HANDSHAKE); // the chain sets no status, so the handshake has failed
        assertThat(relay.admission().connections()).isZero();

        assertThatThrownBy(() -> filter(relay)
                        .doFilter(HANDSHAKE.servletRequest(), new Answer().servletResponse, (request, response) -> {
                            assertThat(relay.admission().connections()).isOne();
                            throw new IOException("broken");
                        }))
                .isInstanceOf(IOException.class);
        assertThat(relay.admission().connections()).isZero();

        filter(relay).doFilter(HANDSHAKE.servletRequest(), new Answer().servletResponse, HandshakeFilterTest::upgrade);
        assertThat(relay.admission().connections()).isOne();
        assertThat(answer(relay, HANDSHAKE).status).isEqualTo(503);
    }

    @Test
    @Row("C17")
    void a_handshake_gives_its_place_back_when_no_session_opens_within_a_second() throws Exception {
        Relay relay = relay();
        HandshakeFilter filter = filter(relay);
        filter.doFilter(HANDSHAKE.servletRequest(), new Answer().servletResponse, HandshakeFilterTest::upgrade);
        filter.sweep();
        assertThat(relay.admission().connections()).as("it may still open").isOne();
        await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            filter.sweep();
            assertThat(relay.admission().connections()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"})
    @Row("A18")
    void an_unknown_host_gets_421_when_access_is_open(String host) throws Exception {
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
    void a_page_is_foreign_when_a_trusted_proxy_names_another_scheme() throws Exception {
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
    void each_refusal_of_the_admission_has_an_answer() {
        for (var refusal : dev.switchboard.limits.Admission.Refusal.values()) {
            assertThat(Refusal.of(refusal).label()).isEqualTo(refusal.name().toLowerCase(Locale.ROOT));
        }
    }
}
