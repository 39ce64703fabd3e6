package dev.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "ws://h/ ~ 0 ~ 0 ~ 128 ~ 1 ~ 0 ~ 1 ~ clients",
                "ws://h/ ~ 60001 ~ 0 ~ 128 ~ 1 ~ 0 ~ 1 ~ clients",
                "ws://h/ ~ 1 ~ 1 ~ 128 ~ 1 ~ 0 ~ 1 ~ silent",
                "ws://h/ ~ 1 ~ 0 ~ 35 ~ 1 ~ 0 ~ 1 ~ 36",
                "ws://h/ ~ 1 ~ 0 ~ 128 ~ 0 ~ 0 ~ 1 ~ window",
                "ws://h/ ~ 1 ~ 0 ~ 128 ~ 1 ~ -1 ~ 1 ~ rate",
                "ws://h/ ~ 1 ~ 0 ~ 128 ~ 1 ~ NaN ~ 1 ~ rate",
                "ws://h/ ~ 1 ~ 0 ~ 128 ~ 1 ~ 0 ~ 0 ~ senders",
                "ws://h/ ~ 60000 ~ 0 ~ 128 ~ 1 ~ 0 ~ 10000 ~ memory",
                "ws://h/ ~ 1 ~ 0 ~ 1000000 ~ 1 ~ 0 ~ 1000 ~ memory",
                "http://h/ ~ 1 ~ 0 ~ 128 ~ 1 ~ 0 ~ 1 ~ ws://"
            })
    void a_load_is_refused_when_a_value_is_out_of_range(
            URI uri, int clients, int silent, int size, int window, double rate, int senders, String word) {
        assertThatThrownBy(() -> new Load(
                        List.of(uri),
                        Dialect.RAW,
                        Shape.FAN_OUT,
                        clients,
                        silent,
                        size,
                        window,
                        rate,
                        senders,
                        Duration.ZERO,
                        Duration.ZERO,
                        ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(word);
    }

    @Test
    void connections_take_the_nodes_in_turn() {
        URI first = URI.create("ws://127.0.0.1:8001/raw/c");
        URI second = URI.create("ws://127.0.0.1:8002/raw/c");
        Load load = new Load(
                List.of(first, second),
                Dialect.RAW,
                Shape.FAN_OUT,
                2,
                0,
                128,
                1,
                0,
                1,
                Duration.ZERO,
                Duration.ofSeconds(1),
                "");
        assertThat(List.of(load.uri(0), load.uri(1), load.uri(2))).containsExactly(first, second, first);
    }

    @Test
    void a_token_is_in_the_first_message_of_json_and_refused_for_raw_clients() {
        URI uri = URI.create("ws://h/connection/websocket?channel=c");
        assertThat(Dialect.JSON.opening(uri, "", "a\"b")).startsWith("{\"id\":1,\"connect\":{\"token\":\"a\\\"b\"}}\n");
        assertThat(Dialect.JSON.opening(uri, "", "")).startsWith("{\"id\":1,\"connect\":{}}\n");
        assertThatThrownBy(() -> new Load(
                        List.of(uri),
                        Dialect.RAW,
                        Shape.FAN_OUT,
                        1,
                        0,
                        128,
                        1,
                        0,
                        1,
                        Duration.ZERO,
                        Duration.ZERO,
                        "token"))
                .hasMessageContaining("a raw client cannot bring a token");
    }
}
