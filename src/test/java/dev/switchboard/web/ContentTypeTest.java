package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentTypeTest {

    private static ContentType of(@Nullable String header) {
        return ContentType.of(Requests.proxy(HttpServletRequest.class, (self, method, arguments) -> header));
    }

    @Test
    void a_type_is_in_lower_case_and_without_parameters() {
        assertThat(of(" Application/JSON ; Charset=UTF-8; a=b")).isEqualTo(new ContentType("application/json", true));
    }

    @Test
    void a_type_is_empty_when_there_is_no_header() {
        assertThat(of(null)).isEqualTo(new ContentType("", true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "text/plain; charset=utf-8", "a/b;CHARSET = \"UTF-8\"", "a/b; charsets=latin1"})
    void a_body_is_utf8_when_no_parameter_names_another_charset(String header) {
        assertThat(of(header).isUtf8()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain; charset=latin1",
                "a/b;charset",
                "a/b; charset=\"utf-8",
                "a/b; charset=utf-8; charset = utf-16"
            })
    void a_body_is_not_utf8_when_a_parameter_names_another_charset(String header) {
        assertThat(of(header).isUtf8()).isFalse();
    }
}
