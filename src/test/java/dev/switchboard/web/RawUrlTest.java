package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RawUrlTest {

    private static final Map<String, List<String>> NONE = Map.of();

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "/raw/hello, hello",
                "ws://localhost:8080/switchboard/raw/hello?echo=true, hello",
                "/raw/a%20b, a b",
                "/raw/a+b, a+b",
                "/raw/100%25, 100%",
                "/raw/chat:1, chat:1",
                "/raw/gr%C3%BC%C3%9Fe, grüße",
                "/raw/a;b=c, a;b=c",
                "/raw/raw, raw",
                "/raw/%F0%9F%99%82, 🙂"
            })
    void the_channel_is_the_decoded_last_segment(String uri, String channel) {
        assertThat(RawUrl.channel(URI.create(uri), NONE)).isEqualTo(channel);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "channel=chat:1, chat:1",
                "channel=a%2Fb, a/b",
                "channel=a/b, a/b",
                "channel=.., ..",
                "channel=a%20b, a b",
                "channel=a+b, a b",
                "channel=a%2Bb, a+b",
                "channel=%7B%7D, {}",
                "channel=100%25, 100%",
                "echo=true&channel=raw, raw"
            })
    void the_channel_is_the_decoded_parameter(String query, String channel) {
        Map<String, List<String>> parameters = Objects.requireNonNull(Query.parameters(query));
        assertThat(RawUrl.fault(false, parameters)).isNull();
        assertThat(RawUrl.channel(URI.create("/raw?" + query), parameters)).isEqualTo(channel);
    }

    @Test
    void a_url_must_name_one_channel() {
        Map<String, List<String>> once = Map.of("channel", List.of("a"));
        Map<String, List<String>> twice = Map.of("channel", List.of("a", "a"));

        assertThat(RawUrl.fault(true, NONE)).isNull();
        assertThat(RawUrl.fault(false, once)).isNull();
        assertThat(RawUrl.fault(false, NONE)).isEqualTo(RawUrl.NO_CHANNEL);
        assertThat(RawUrl.fault(true, once)).extracting(HttpError::status).isEqualTo(400);
        assertThat(RawUrl.fault(false, twice)).extracting(HttpError::status).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a%2Fb", "a%2fb", "a%5Cb", "a\\b", "a%7Bb", "a%7db", "a{b", ".", "..", "%2e", "%2E.", "..;v=1"})
    void a_path_that_a_container_changes_or_refuses_is_unsafe(String segment) {
        assertThat(RawUrl.isUnsafe("/raw/" + segment)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "chat:1", "a.b", "...", ".a", "a%20b", "100%25", "a;b=c"})
    void other_paths_are_safe(String segment) {
        assertThat(RawUrl.isUnsafe("/raw/" + segment)).isFalse();
    }
}
