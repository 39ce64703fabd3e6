package dev.switchboard.launcher.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.launcher.connect.Certificates;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SiteTest {

    private static Site site(String root) {
        return new Site(
                URI.create(root),
                Certificates.TRUSTED,
                HttpClient.newHttpClient(),
                "",
                "",
                "c",
                Duration.ofMillis(200),
                Duration.ofSeconds(20));
    }

    @ParameterizedTest
    @CsvSource({
        "http://h, http://h/",
        "https://h:8443/chat, https://h:8443/chat/",
        "wss://h/chat/connection/websocket, https://h/chat/",
        "ws://h:8000/raw/hello?echo=true, http://h:8000/",
        "http://[::1]:8000/#hello, http://[::1]:8000/",
        "https://h/draw/, https://h/draw/",
        "https://h/my-raw/x, https://h/my-raw/x/",
        "https://h/a@b/, https://h/a@b/"
    })
    void a_url_that_operators_know_leads_to_the_page(String url, String root) {
        assertThat(Site.root(url)).hasToString(root);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "ftp://h/", "http:///x", "http://a b/", "http://_/"})
    void a_malformed_url_is_refused(String url) {
        assertThatThrownBy(() -> Site.root(url)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://ann:canary@h/",
                "ftp://canary@h/",
                "wss://:canary@h/raw/hello",
                "//canary@h",
                "https://ann:a/b canary@h/"
            })
    void a_url_with_a_user_is_refused_and_not_quoted(String url) {
        assertThatThrownBy(() -> Site.root(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("canary");
    }

    @Test
    void an_origin_has_no_port_that_its_scheme_implies() {
        assertThat(site("https://H.example:443/chat/").ownOrigin()).isEqualTo("https://h.example");
        assertThat(site("http://127.0.0.1:443/").ownOrigin()).isEqualTo("http://127.0.0.1:443");
    }
}
