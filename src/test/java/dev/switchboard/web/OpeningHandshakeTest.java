package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.web.Requests.Answer;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpeningHandshakeTest {

    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private String method = "GET";
    private String protocol = "HTTP/1.1";
    private String path = "/raw/a";
    private @Nullable String query;

    OpeningHandshakeTest() {
        headers.put("Upgrade", List.of("websocket"));
        headers.put("Connection", List.of("Upgrade"));
        headers.put("Sec-WebSocket-Key", List.of(KEY));
        headers.put("Sec-WebSocket-Version", List.of("13"));
    }

    private HttpServletRequest request() {
        return Requests.proxy(HttpServletRequest.class, (self, call, arguments) -> switch (call.getName()) {
            case "getMethod" -> method;
            case "getProtocol" -> protocol;
            case "getRequestURI" -> path;
            case "getServletPath" -> "/raw";
            case "getPathInfo" -> path.equals("/raw") ? null : path.substring("/raw".length());
            case "getQueryString" -> query;
            case "getHeader" -> values(arguments[0]).stream().findFirst().orElse(null);
            case "getHeaders" -> Collections.enumeration(values(arguments[0]));
            default -> throw new UnsupportedOperationException(call.getName());
        });
    }

    private List<String> values(Object name) {
        return headers.getOrDefault((String) name, List.of());
    }

    private @Nullable Integer status() {
        HttpError fault = OpeningHandshake.fault(request());
        return fault == null ? null : fault.status();
    }

    @Test
    void a_handshake_of_a_browser_has_no_fault() {
        assertThat(status()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep-alive, Upgrade", "keep-alive,upgrade,foo", "UPGRADE", " upgrade "})
    void connection_may_name_more_than_the_upgrade(String connection) {
        headers.put("Connection", List.of(connection));
        assertThat(status()).isNull();
        headers.put("Connection", List.of("keep-alive", connection));
        assertThat(status()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"WebSocket", "h2c, websocket"})
    void upgrade_may_name_more_than_websocket(String upgrade) {
        headers.put("Upgrade", List.of(upgrade));
        assertThat(status()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "qjaovfzeqzo=",
                "YWFhYWFhYWFhYWFhYWFh",
                "YWFhYWFhYWFhYWFhYWFhYWE=",
                "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
                "!!!!!!!!!!!!!!!!!!!!!!==",
                "dGhlIHNhbXBsZSBub25jZQ"
            })
    void a_handshake_gets_400_when_its_key_is_not_16_bytes_in_base64(String key) {
        headers.put("Sec-WebSocket-Key", List.of(key));
        assertThat(status()).isEqualTo(400);
    }

    @Test
    void a_handshake_gets_400_when_it_has_two_keys_or_none() {
        headers.put("Sec-WebSocket-Key", List.of(KEY, KEY));
        assertThat(status()).isEqualTo(400);
        headers.remove("Sec-WebSocket-Key");
        assertThat(status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"Connection, keep-alive", "Connection, ''", "Upgrade, foo", "Upgrade, ''"})
    void a_handshake_gets_400_when_it_does_not_ask_for_the_upgrade(String name, String value) {
        headers.put(name, List.of(value));
        assertThat(status()).isEqualTo(400);
    }

    @Test
    void a_handshake_gets_the_supported_version_when_its_own_is_wrong_or_missing() throws Exception {
        for (List<String> versions : List.of(List.of("12"), List.of("13", "8"), List.<String>of())) {
            headers.put("Sec-WebSocket-Version", versions);
            HttpError fault = Objects.requireNonNull(OpeningHandshake.fault(request()));
            Answer answer = new Answer();
            OpeningHandshake.refuse(fault, answer.servletResponse);
            assertThat(answer.status).isEqualTo(versions.isEmpty() ? 400 : 426);
            assertThat(answer.headers).containsEntry("Sec-WebSocket-Version", "13");
        }
    }

    @Test
    void a_handshake_gets_405_when_it_is_no_get() throws Exception {
        method = "POST";
        HttpError fault = Objects.requireNonNull(OpeningHandshake.fault(request()));
        Answer answer = new Answer();
        OpeningHandshake.refuse(fault, answer.servletResponse);
        assertThat(answer.status).isEqualTo(405);
        assertThat(answer.headers).containsEntry("Allow", "GET");
    }

    @Test
    void a_handshake_gets_400_when_it_comes_by_http_1_0() {
        protocol = "HTTP/1.0";
        assertThat(status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "/raw/a/, 404",
        "/raw/, 404",
        "/raw, 404",
        "/raw/a%2Fb, 400",
        "/raw/a%5cb, 400",
        "/raw/a\\b, 400",
        "/raw/.., 400",
        "/raw/%7Ba, 400"
    })
    void a_path_that_cannot_name_a_channel_is_refused(String other, int status) {
        path = other;
        assertThat(status()).isEqualTo(status);
    }

    @Test
    void a_parameter_names_the_channel_when_the_path_names_none() {
        path = "/raw";
        query = "channel=a%2Fb";
        assertThat(status()).isNull();
        query = "channel=a&channel=b";
        assertThat(status()).isEqualTo(400);
        path = "/raw/a";
        query = "channel=a";
        assertThat(status()).isEqualTo(400);
    }

    @Test
    void a_handshake_gets_400_when_its_query_is_malformed() {
        query = "echo=%zz";
        assertThat(status()).isEqualTo(400);
    }

    @Test
    void a_handshake_gets_426_when_a_proxy_has_dropped_the_upgrade() throws Exception {
        headers.remove("Upgrade");
        headers.remove("Connection");
        HttpError fault = Objects.requireNonNull(OpeningHandshake.fault(request()));
        Answer answer = new Answer();
        OpeningHandshake.refuse(fault, answer.servletResponse);
        assertThat(answer.status).isEqualTo(426);
        assertThat(answer.headers).containsEntry("Upgrade", "websocket").containsEntry("Sec-WebSocket-Version", "13");
        assertThat(answer.body()).contains("proxy").contains("Upgrade").contains("Connection");
    }

    @Test
    void a_request_has_no_fault_when_it_is_no_handshake() {
        headers.clear();
        assertThat(status()).isNull();
        headers.put("Upgrade", List.of("h2c"));
        assertThat(status()).isNull();
    }
}
