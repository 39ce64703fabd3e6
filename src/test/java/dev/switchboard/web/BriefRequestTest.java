package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BriefRequestTest {

    private static final Map<String, String> HEADERS =
            Map.of("Host", "app.example", "Cookie", "session=1", "Sec-WebSocket-Key", "k", "X-Large", "x");

    private static BriefRequest request(@Nullable String query) {
        return new BriefRequest(Requests.proxy(
                HttpServletRequest.class, (self, call, arguments) -> switch (call.getName()) {
                    case "getQueryString" -> query;
                    case "getHeaderNames" -> Collections.enumeration(HEADERS.keySet());
                    case "getHeader" -> HEADERS.get((String) arguments[0]);
                    case "getHeaders" -> Collections.enumeration(List.of(HEADERS.get((String) arguments[0])));
                    default -> throw new UnsupportedOperationException(call.getName());
                }));
    }

    @Test
    void a_brief_query_has_the_first_value_of_each_known_parameter() {
        BriefRequest brief = request("x=" + "y".repeat(9000) + "&echo=true&sender=a%26b&echo=false&format=protobuf");
        assertThat(brief.getQueryString()).isEqualTo("echo=true&sender=a%26b&format=protobuf");
        assertThat(brief.getParameterMap()).containsOnlyKeys("echo", "sender", "format");
        assertThat(brief.getParameterValues("echo")).containsExactly("true");
        assertThat(brief.getParameter("sender")).isEqualTo("a&b");
        assertThat(brief.getParameter("x")).isNull();
        assertThat(Collections.list(brief.getParameterNames())).doesNotContain("x");
    }

    @Test
    void a_brief_query_is_null_when_no_parameter_is_known() {
        assertThat(request("x=y").getQueryString()).isNull();
        assertThat(request(null).getQueryString()).isNull();
    }

    @Test
    void a_brief_request_has_only_the_headers_of_the_handshake() {
        BriefRequest brief = request(null);
        assertThat(Collections.list(brief.getHeaderNames())).containsExactlyInAnyOrder("Host", "Sec-WebSocket-Key");
        assertThat(brief.getHeader("Host")).isEqualTo("app.example");
        assertThat(brief.getHeader("Cookie")).isNull();
        assertThat(brief.getHeaders("Cookie").hasMoreElements()).isFalse();
    }
}
