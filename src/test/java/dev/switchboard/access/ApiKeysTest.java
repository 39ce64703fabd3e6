package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {

    private static final String KEY = "a-key-of-thirty-two-characters-.";
    private static final String NEWS = "another-of-thirty-two-characters";
    private static final String CHAT = "a-third-with-thirty-two-letters.";
    private static final Set<String> METHODS = Set.of("publish", "presence", "info");

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path directory;

    private Path file(String... lines) throws IOException {
        return Files.write(directory.resolve("keys"), List.of(lines));
    }

    private static ApiKeys one() {
        return new ApiKeys(KEY, null, false, METHODS);
    }

    private static ApiKeys.Rights of(ApiKeys.@Nullable Rights rights) {
        return Objects.requireNonNull(rights);
    }

    @Test
    void rights_accepts_a_key_in_either_header() {
        assertThat(one().rights(List.of(KEY), List.of())).isNotNull();
        assertThat(one().rights(List.of(" " + KEY), List.of("Basic abc"))).isNotNull();
        assertThat(one().rights(List.of(), List.of("apikey " + KEY))).isNotNull();
        assertThat(one().rights(List.of(), List.of("ApiKey " + KEY))).isNotNull();
    }

    @Test
    void rights_accepts_the_same_key_twice() {
        assertThat(one().rights(List.of(KEY), List.of("apikey " + KEY))).isNotNull();
        assertThat(one().rights(List.of(KEY, KEY), List.of())).isNotNull();
    }

    @Test
    void is_keyed_returns_true_if_a_header_has_a_key() {
        assertThat(of(one().rights(List.of(KEY), List.of())).isKeyed()).isTrue();
        ApiKeys open = new ApiKeys("", null, true, METHODS);
        assertThat(of(open.rights(List.of(), List.of())).isKeyed()).isFalse();
        assertThat(of(open.rights(List.of("any"), List.of())).isKeyed()).isTrue();
        assertThat(of(open.rights(List.of(), List.of("apikey any"))).isKeyed()).isTrue();
        assertThat(of(open.rights(List.of(), List.of("Basic any"))).isKeyed()).isFalse();
    }

    @Test
    void rights_returns_null_without_exactly_one_valid_key() {
        assertThat(one().rights(List.of(), List.of())).isNull();
        assertThat(one().rights(List.of(""), List.of())).isNull();
        assertThat(one().rights(List.of(KEY + "x"), List.of())).isNull();
        assertThat(one().rights(List.of(KEY, KEY + "x"), List.of())).isNull();
        assertThat(one().rights(List.of(KEY), List.of("apikey " + KEY + "x"))).isNull();
        assertThat(one().rights(List.of(), List.of("Bearer " + KEY))).isNull();
        assertThat(one().rights(List.of(), List.of(KEY))).isNull();
    }

    @Test
    void rights_need_a_key_unless_the_relay_is_insecure() {
        assertThat(one().isOff()).isFalse();
        ApiKeys off = new ApiKeys("", null, false, METHODS);
        assertThat(off.isOff()).isTrue();
        assertThat(off.rights(List.of(""), List.of())).isNull();
        ApiKeys open = new ApiKeys("", null, true, METHODS);
        assertThat(open.isOff()).isFalse();
        assertThat(of(open.rights(List.of(), List.of())).allow("info", null)).isTrue();
        ApiKeys kept = new ApiKeys("short", null, true, METHODS);
        assertThat(kept.rights(List.of(), List.of())).isNull();
        assertThat(kept.rights(List.of("short"), List.of())).isNotNull();
    }

    @Test
    void rights_are_those_of_the_line_of_the_key() throws IOException {
        ApiKeys keys = new ApiKeys(
                KEY,
                file(
                        "# of the shop",
                        "",
                        "  " + NEWS + "   namespaces=news,$news ",
                        CHAT + " methods=info,publish namespaces=chat"),
                false,
                METHODS);
        ApiKeys.Rights all = of(keys.rights(List.of(KEY), List.of()));
        assertThat(all.allow("publish", "plain")).isTrue();
        assertThat(all.allow("info", null)).isTrue();

        ApiKeys.Rights news = of(keys.rights(List.of(NEWS), List.of()));
        assertThat(news.allow("publish", "news:a")).isTrue();
        assertThat(news.allow("presence", "$news:a:b")).isTrue();
        assertThat(news.allow("publish", "news")).isFalse();
        assertThat(news.allow("publish", "newsx:a")).isFalse();
        assertThat(news.allow("info", null)).isFalse();

        ApiKeys.Rights chat = of(keys.rights(List.of(CHAT), List.of()));
        assertThat(chat.allow("publish", "chat:a")).isTrue();
        assertThat(chat.allow("presence", "chat:a")).isFalse();
        assertThat(chat.allow("publish", "$chat:a")).isTrue();
        assertThat(chat.allow("publish", "news:a")).isFalse();
        assertThat(chat.allow("publish", "$news:a")).isFalse();
        assertThat(chat.allow("info", null)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "canary-short",
                "canary-key-of-thirty-two-letters namespace=a",
                "canary-key-of-thirty-two-letters namespaces=a namespaces=b",
                "canary-key-of-thirty-two-letters methods=publsh",
                "canary-key-of-thirty-two-letters canary-another"
            })
    void a_malformed_line_is_refused_by_its_number_without_a_quote(String line) throws IOException {
        Path file = file("# first", line);
        assertThatThrownBy(() -> new ApiKeys("", file, false, METHODS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("switchboard.api.keys=" + file + " line 2")
                .satisfies(error -> {
                    StringWriter text = new StringWriter();
                    error.printStackTrace(new PrintWriter(text));
                    assertThat(text.toString()).doesNotContain("canary");
                });
    }

    @Test
    void refusal_tells_an_unknown_key_from_none_and_quotes_neither() {
        assertThat(ApiKeys.refusal(List.of(), List.of("Bearer x")).text()).startsWith("the request has no key");
        assertThat(ApiKeys.refusal(List.of("canary"), List.of()).text())
                .isEqualTo("its key is neither switchboard.api.key nor in the file switchboard.api.keys");
        assertThat(ApiKeys.refusal(List.of("canary"), List.of("apikey other")).text())
                .isEqualTo("the request has two different keys");
    }

    @Test
    void to_string_leaves_out_the_keys() throws IOException {
        ApiKeys keys = new ApiKeys(KEY, file(NEWS), false, METHODS);
        assertThat(keys.toString() + keys.rights(List.of(KEY), List.of())).doesNotContain(KEY, NEWS);
    }

    @Test
    void count_failure_returns_true_only_for_an_address_with_too_many_wrong_keys() {
        long[] now = {0};
        FailedKeyLimiter limiter = new FailedKeyLimiter(() -> now[0]);
        for (int i = 0; i < 20; i++) {
            assertThat(limiter.countFailure("192.0.2.1")).isFalse();
        }
        assertThat(limiter.countFailure("192.0.2.1")).isTrue();
        assertThat(limiter.countFailure("192.0.2.2")).isFalse();
        now[0] = 2_000_000_000L;
        assertThat(limiter.countFailure("192.0.2.1")).isFalse();
    }
}
