package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebSocketRouteTest {

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
                "/raw/a%2Fb, a/b",
                "/raw/a;b=c, a;b=c",
                "/raw/%F0%9F%99%82, 🙂"
            })
    void the_channel_is_the_decoded_last_segment(String uri, String channel) {
        assertThat(WebSocketRoute.channel(URI.create(uri))).isEqualTo(channel);
    }
}
