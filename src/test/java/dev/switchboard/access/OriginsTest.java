package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.access.Origins.Standing;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {

    private final Origins none = new Origins(Set.of());

    @ParameterizedTest
    @CsvSource({
        "http://app.example:8080, app.example:8080",
        "http://app.example, app.example",
        "http://app.example, app.example:80",
        "https://app.example, app.example:443",
        "https://app.example, app.example",
        "https://APP.example, app.EXAMPLE",
        "http://[::1]:8000, [::1]:8000",
        "http://127.0.0.1:8000, 127.0.0.1:8000",
        "http://my_app:8000, my_app:8000",
        "http://[::1], [::1]"
    })
    void allows_accepts_the_host_and_port_of_the_request(String origin, String host) {
        assertThat(none.allows(List.of(origin), host)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "https://evil.example, app.example",
        "http://app.example.evil.example, app.example",
        "http://evil.example/app.example, app.example",
        "http://evil.example#app.example, app.example",
        "http://app.example@evil.example, app.example",
        "http://app.example:8081, app.example:8080",
        "http://app.example, app.example:443",
        "null, app.example",
        "file://, app.example",
        "ftp://app.example, app.example",
        "'', app.example",
        "http://, app.example",
        "http://a b, a b"
    })
    void allows_rejects_a_foreign_origin(String origin, String host) {
        assertThat(none.allows(List.of(origin), host)).isFalse();
    }

    @Test
    void standing_names_the_relation_of_an_origin() {
        Origins named = new Origins(Set.of("https://friend.example"));
        Origins any = new Origins(Set.of("https://friend.example", "*"));
        assertThat(named.standing(List.of("https://Friend.example"), "app.example"))
                .isEqualTo(Standing.NAMED);
        assertThat(named.standing(List.of("https://app.example"), "app.example"))
                .isEqualTo(Standing.OWN);
        assertThat(named.standing(List.of("https://evil.example"), "app.example"))
                .isEqualTo(Standing.REFUSED);
        assertThat(any.standing(List.of("https://evil.example"), "app.example")).isEqualTo(Standing.ANY);
        assertThat(any.standing(List.of("https://friend.example"), "app.example"))
                .isEqualTo(Standing.NAMED);
        assertThat(any.standing(List.of(), null)).isEqualTo(Standing.OWN);
    }

    @Test
    void allows_accepts_a_client_without_an_origin() {
        assertThat(none.allows(List.of(), "app.example")).isTrue();
        assertThat(none.allows(List.of("http://app.example"), null)).isFalse();
    }

    @Test
    void allows_compares_whole_origins() {
        Origins listed = new Origins(Set.of("https://friend.example", "capacitor://localhost"));
        assertThat(listed.allows(List.of("https://friend.example"), "app.example"))
                .isTrue();
        assertThat(listed.allows(List.of("https://FRIEND.example"), "app.example"))
                .isTrue();
        assertThat(listed.allows(List.of("capacitor://localhost"), "app.example"))
                .isTrue();
        assertThat(listed.allows(List.of("http://friend.example"), "app.example"))
                .isFalse();
        assertThat(listed.allows(List.of("https://friend.example.evil.example"), "app.example"))
                .isFalse();
        assertThat(listed.allows(List.of("https://x.friend.example"), "app.example"))
                .isFalse();
        assertThat(listed.allows(List.of("http://app.example"), "app.example"))
                .as("the own origin stays allowed")
                .isTrue();
    }

    @Test
    void allows_accepts_all_names_below_a_star_but_not_the_name_itself() {
        Origins below = new Origins(Set.of("https://*.example.com", "http://*.local.example:3000"));
        for (String own :
                List.of("https://app.example.com", "https://a.b.example.com", "http://x.local.example:3000")) {
            assertThat(below.allows(List.of(own), "relay.example")).as(own).isTrue();
        }
        for (String foreign : List.of(
                "https://example.com",
                "http://app.example.com",
                "https://app.example.com:8443",
                "https://evilexample.com",
                "https://app.example.com.evil.example",
                "https://.example.com",
                "https://evil.example/.example.com",
                "http://x.local.example")) {
            assertThat(below.allows(List.of(foreign), "relay.example"))
                    .as(foreign)
                    .isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://app.example.com:443, https://app.example.com",
        "http://app.example.com:80, http://app.example.com",
        "https://app.example.com:80, https://app.example.com:80",
        "HTTPS://App.Example.com:443, https://app.example.com",
        "https://例え.jp, https://xn--r8jz45g.jp",
        "https://BÜCHER.example, https://xn--bcher-kva.example",
        "https://*.例え.jp, https://app.xn--r8jz45g.jp",
        "http://[::1]:3000, http://[::1]:3000"
    })
    void allows_compares_an_entry_in_the_form_of_browsers(String entry, String sent) {
        assertThat(new Origins(Set.of(entry)).allows(List.of(sent), "relay.example"))
                .isTrue();
    }

    @Test
    void standing_of_a_named_null_is_any() {
        Origins named = new Origins(Set.of("null"));
        assertThat(named.standing(List.of("null"), "app.example")).isEqualTo(Standing.ANY);
        assertThat(named.standing(List.of("https://evil.example"), "app.example"))
                .isEqualTo(Standing.REFUSED);
        assertThat(none.standing(List.of("null"), "app.example")).isEqualTo(Standing.REFUSED);
    }

    @Test
    void standing_is_refused_if_a_proxy_names_another_scheme() {
        List<String> plain = List.of("http://app.example");
        assertThat(none.standing(plain, "app.example", Set.of("https"))).isEqualTo(Standing.REFUSED);
        assertThat(none.standing(plain, "app.example", Set.of("http"))).isEqualTo(Standing.OWN);
        assertThat(none.standing(plain, "app.example", Set.of())).isEqualTo(Standing.OWN);
        assertThat(new Origins(Set.of("http://app.example")).standing(plain, "app.example", Set.of("https")))
                .isEqualTo(Standing.NAMED);
    }

    @Test
    void allows_rejects_two_origins() {
        assertThat(none.allows(List.of("http://app.example", "http://app.example"), "app.example"))
                .isFalse();
    }

    @Test
    void allows_accepts_every_origin_if_a_star_is_listed() {
        assertThat(new Origins(Set.of("*")).allows(List.of("null"), "app.example"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "app.example",
                "https://app.example/",
                "https://*.example",
                "https://app.*.example",
                "https://faß.example",
                "https://user@app.example",
                "https://",
                "//app.example",
                "https://a b"
            })
    void an_entry_is_refused_if_it_is_no_origin(String entry) {
        assertThatThrownBy(() -> new Origins(Set.of(entry)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(entry);
    }
}
