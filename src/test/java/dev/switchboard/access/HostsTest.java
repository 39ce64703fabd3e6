package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.failure.Row;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostsTest {

    private static Hosts hosts(String... entries) {
        return Hosts.of(List.of(entries), new Origins(Set.of()));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "localhost",
                "localhost:8000",
                "LOCALHOST.",
                "app.localhost:8000",
                "127.0.0.1",
                "192.168.1.7:8080",
                "[::1]",
                "[2001:db8::1]:8000",
                ""
            })
    void allows_always_accepts_an_address_and_localhost(String host) {
        assertThat(hosts().allows(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8000",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "notlocalhost",
                "127.0.0.1@evil.example",
                "[::1].evil.example",
                "0x7f.1",
                "app.example.com.evil.example"
            })
    @Row("A18")
    void allows_rejects_any_other_name(String host) {
        assertThat(hosts().allows(host)).isFalse();
        assertThat(hosts("app.example.com").allows(host)).isFalse();
    }

    @Test
    void allows_accepts_the_names_of_the_setting() {
        Hosts named = hosts("App.example.com", "*.例え.jp", "relay");
        for (String host : List.of("app.example.com:8000", "APP.EXAMPLE.COM", "a.b.xn--r8jz45g.jp", "relay:8000")) {
            assertThat(named.allows(host)).as(host).isTrue();
        }
        for (String host : List.of("example.com", "x.app.example.com", "xn--r8jz45g.jp")) {
            assertThat(named.allows(host)).as(host).isFalse();
        }
        assertThat(hosts("*").allows("evil.example")).isTrue();
    }

    @Test
    void allows_accepts_the_hosts_of_the_origins() {
        Origins origins = new Origins(Set.of("https://app.example.com", "https://*.example.org"));
        assertThat(Hosts.of(List.of(), origins).allows("app.example.com")).isTrue();
        assertThat(Hosts.of(List.of(), origins).allows("a.example.org:8443")).isTrue();
        assertThat(Hosts.of(List.of(), origins).allows("evil.example")).isFalse();
        assertThat(Hosts.of(List.of(), new Origins(Set.of("*"))).allows("evil.example"))
                .as("every page may connect")
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://app.example.com", "app.example.com:8000", "a b", "*.com", "faß.example"})
    void an_entry_is_refused_if_it_is_no_name(String entry) {
        assertThatThrownBy(() -> hosts(entry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(entry);
    }
}
