package dev.switchboard.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests wrong behaviour of clients, by the numbers of the failure catalogue (section 2.2).
 *
 * <p>Other tests have the rest: I5, unchanged data, is in {@code publish.txt}; I8, an extra pong,
 * in {@code pong.txt}; I10, subscribes in every order, in {@code SubscriptionsTest}; I13, malformed
 * positions, in {@code recover.txt} and {@code no-positions.txt}; I14, the same reply for an
 * unknown channel, in {@code presence.txt}.
 */
class HostileClientTest {

    private static final String PONG = "{\"id\":77,\"ping\":{}}";

    private final MemoryServer server = new MemoryServer(Dialect.JSON);

    private Server.Line connected() throws Exception {
        Server.Line client = server.open("connection/websocket");
        client.send("{\"id\":1,\"connect\":{}}");
        assertThat(client.next()).startsWith("{\"id\":1,\"connect\":");
        return client;
    }

    private static void assertAlive(Server.Line client) throws Exception {
        client.send(PONG);
        assertThat(client.next()).isEqualTo(PONG);
    }

    private static String subscribe(int id, String channel) {
        return "{\"id\":" + id + ",\"subscribe\":{\"channel\":\"" + channel + "\"}}";
    }

    private static String subscribed(int id) {
        return "{\"id\":" + id + ",\"subscribe\":{}}";
    }

    private static String error(int id, int code, String message) {
        return "{\"id\":" + id + ",\"error\":{\"code\":" + code + ",\"message\":\"" + message + "\"}}";
    }

    // -- I1 to I4 and I6: the corpus, of which each file is one message

    static Stream<Named<Path>> malformed() throws IOException {
        return corpus("malformed");
    }

    static Stream<Named<Path>> accepted() throws IOException {
        return corpus("accepted");
    }

    static Stream<Named<Path>> refused() throws IOException {
        return corpus("refused");
    }

    private static Stream<Named<Path>> corpus(String expected) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/corpus", expected))) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList().stream()
                    .map(file -> Named.of(file.getFileName().toString(), file));
        }
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void a_malformed_message_ends_the_connection(Path file) throws Exception {
        Server.Line client = connected();
        client.send(text(file));
        String answer = client.next();
        while (!answer.startsWith("close")) { // the commands before the fault
            assertThat(answer).startsWith("{\"id\":");
            answer = client.next();
        }
        assertThat(answer).startsWith("close 3501 bad request: ");
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void a_well_formed_message_does_not_end_the_connection(Path file) throws Exception {
        Server.Line client = connected();
        client.send(text(file));
        client.send(PONG);
        String answer = client.next();
        while (!answer.equals(PONG)) {
            assertThat(answer).startsWith("{\"id\":");
            answer = client.next();
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    void a_command_is_refused_if_a_value_is_out_of_range(Path file) throws Exception {
        Server.Line client = connected();
        client.send(text(file));
        assertThat(client.next()).isEqualTo(error(1, 107, "bad request"));
        assertAlive(client);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":5,\"ping\":{},\"unsubscribe\":{\"channel\":\"a\"}}",
                "{\"unsubscribe\":{\"channel\":\"a\"},\"ping\":{},\"id\":5}"
            })
    void i6_of_two_requests_the_first_in_the_order_of_the_schema_is_served(String both) throws Exception {
        Server.Line client = connected();
        client.send(both);
        assertThat(client.next()).isEqualTo("{\"id\":5,\"unsubscribe\":{}}");
        assertAlive(client);
    }

    // -- I7

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":1,\"subscribe\":{\"channel\":\"a\"}}",
                "{\"id\":1,\"unsubscribe\":{\"channel\":\"a\"}}",
                "{\"id\":1,\"publish\":{\"channel\":\"a\",\"data\":1}}",
                "{\"id\":1,\"presence\":{\"channel\":\"a\"}}",
                "{\"id\":1,\"presence_stats\":{\"channel\":\"a\"}}",
                "{\"id\":1,\"history\":{\"channel\":\"a\"}}",
                "{\"id\":1,\"ping\":{}}",
                "{\"id\":1,\"rpc\":{}}",
                "{\"id\":1,\"refresh\":{\"token\":\"a\"}}",
                "{\"id\":1,\"sub_refresh\":{\"channel\":\"a\",\"token\":\"a\"}}",
                "{\"send\":{}}",
                "{}"
            })
    void i7_any_command_before_connect_ends_the_connection(String command) throws Exception {
        Server.Line client = server.open("connection/websocket");
        client.send(command);
        assertThat(client.next()).isEqualTo("close 3501 bad request: connect comes first");
    }

    /**
     * Client libraries send subscribes directly after their connect. If the connect fails, they
     * fetch a new token, so the relay must not end the connection for good (protocol section 4).
     */
    @Test
    void i7_a_command_after_a_failed_connect_is_not_answered() throws Exception {
        Server.Line client = server.open("connection/websocket");
        client.send(
                "{\"id\":1,\"connect\":{\"token\":\"" + Token.signed("{\"sub\":\"ann\",\"exp\":\"now-10\"}") + "\"}}");
        assertThat(client.next()).isEqualTo(error(1, 109, "token expired"));
        client.send(subscribe(2, "a"));
        assertThat(client.next()).isEqualTo("nothing");
    }

    // -- I9

    @Test
    void i9_the_129th_channel_is_refused_and_after_a_hundred_errors_in_a_minute_the_client_goes() throws Exception {
        Server.Line client = connected();
        for (int i = 1; i <= 128; i++) {
            client.send(subscribe(i, "plain:" + i));
            assertThat(client.next()).isEqualTo(subscribed(i));
        }
        for (int i = 129; i <= 228; i++) {
            client.send(subscribe(i, "plain:" + i));
            assertThat(client.next()).isEqualTo(error(i, 106, "limit exceeded"));
        }
        client.send(subscribe(229, "plain:229"));
        assertThat(client.next()).isEqualTo("close 3509 too many errors");
    }

    @Test
    void i9_a_channel_that_is_left_makes_room_for_another() throws Exception {
        Server.Line client = connected();
        for (int i = 1; i <= 128; i++) {
            client.send(subscribe(i, "plain:" + i));
            assertThat(client.next()).isEqualTo(subscribed(i));
        }
        client.send("{\"id\":200,\"unsubscribe\":{\"channel\":\"plain:1\"}}");
        assertThat(client.next()).isEqualTo("{\"id\":200,\"unsubscribe\":{}}");
        client.send(subscribe(201, "plain:129"));
        assertThat(client.next()).isEqualTo(subscribed(201));
    }

    @Test
    void i9_errors_that_come_slowly_are_forgiven() throws Exception {
        Server.Line client = connected();
        for (int i = 1; i <= 150; i++) {
            client.send(subscribe(i, "zzz:" + i));
            assertThat(client.next()).isEqualTo(error(i, 102, "unknown channel"));
            server.pass(Duration.ofSeconds(1));
        }
        assertAlive(client);
    }

    // -- I11

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<img src=x onerror=alert(1)>",
                "../../etc/passwd",
                "{tag}",
                "%00",
                "a b",
                "\u202e",
                "ünï🙂",
                "__proto__",
                "*",
                "'; DROP TABLE x"
            })
    void i11_a_channel_name_is_opaque(String name) throws Exception {
        Server.Line client = connected();
        client.send(subscribe(2, name));
        assertThat(client.next()).isEqualTo(subscribed(2));
        client.send("{\"id\":3,\"publish\":{\"channel\":\"" + name + "\",\"data\":1}}");
        assertThat(client.next()).startsWith("{\"push\":{\"channel\":\"" + name + "\",\"pub\":{\"data\":1,");
        assertThat(client.next()).isEqualTo("{\"id\":3,\"publish\":{}}");
    }

    @ParameterizedTest
    @CsvSource({"x,255", "é,127", "🙂,63"})
    void i11_a_channel_name_has_up_to_255_bytes(String character, int most) throws Exception {
        Server.Line client = connected();
        client.send(subscribe(2, character.repeat(most)));
        assertThat(client.next()).isEqualTo(subscribed(2));
        client.send(subscribe(3, character.repeat(most + 1)));
        assertThat(client.next()).isEqualTo(error(3, 107, "bad request"));
        assertAlive(client);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\\nb", "\\u0000", "\\u001b[31m", "\\u007f", "\\u0085", "\\ufffd"})
    void i11_control_characters_in_a_channel_name_are_refused(String escaped) throws Exception {
        Server.Line client = connected();
        client.send(subscribe(2, escaped));
        assertThat(client.next()).isEqualTo(error(2, 107, "bad request"));
        assertAlive(client);
    }

    @Test
    void i11_an_empty_channel_name_ends_the_connection() throws Exception {
        Server.Line client = connected();
        client.send(subscribe(2, ""));
        assertThat(client.next()).isEqualTo("close 3501 bad request: a channel is missing");
    }

    // -- I12

    @Test
    void i12_a_flood_of_publishes_is_refused_and_when_it_does_not_stop_it_is_ended() throws Exception {
        Server.Line flooder = connected();
        Server.Line other = connected();
        for (int second = 0; second <= 10; second++) {
            int refused = flood(flooder, 2_100);
            assertThat(refused).as("in second %d", second).isEqualTo(second == 0 ? 100 : 1_100);
            other.send("{\"id\":3,\"publish\":{\"channel\":\"anyone:calm\",\"data\":1}}");
            assertThat(other.next()).isEqualTo("{\"id\":3,\"publish\":{}}");
            server.pass(Duration.ofSeconds(1));
        }
        for (int i = 0; i < 1_000; i++) {
            flood(flooder, 1);
        }
        publish(flooder);
        assertThat(flooder.next()).isEqualTo("close 3013 too many requests");
        assertAlive(other);
    }

    @Test
    void i12_a_flood_that_pauses_is_only_refused() throws Exception {
        Server.Line client = connected();
        for (int round = 0; round < 20; round++) {
            flood(client, 2_100);
            server.pass(Duration.ofSeconds(2));
        }
        assertAlive(client);
    }

    private static void publish(Server.Line client) throws Exception {
        client.send("{\"id\":2,\"publish\":{\"channel\":\"anyone:flood\",\"data\":1}}");
    }

    /** Returns the number of refused commands. */
    private static int flood(Server.Line client, int count) throws Exception {
        int refused = 0;
        for (int i = 0; i < count; i++) {
            publish(client);
            String answer = client.next();
            if (!answer.equals("{\"id\":2,\"publish\":{}}")) {
                assertThat(answer)
                        .isEqualTo(
                                "{\"id\":2,\"error\":{\"code\":111,\"message\":\"too many requests\",\"temporary\":true}}");
                refused++;
            }
        }
        return refused;
    }

    // -- I15

    @ParameterizedTest
    @ValueSource(ints = {64, 65, 1_900})
    void i15_many_commands_in_one_message_are_served(int count) throws Exception {
        Server.Line client = connected();
        client.send(lines(1, count, id -> "{\"id\":" + id + ",\"ping\":{}}"));
        for (int id = 1; id <= count; id++) {
            assertThat(client.next()).isEqualTo("{\"id\":" + id + ",\"ping\":{}}");
        }
        assertAlive(client);
    }

    @Test
    void i15_client_libraries_may_subscribe_to_all_their_channels_in_one_message() throws Exception {
        Server.Line client = server.open("connection/websocket");
        client.send("{\"id\":1,\"connect\":{}}\n" + lines(2, 129, id -> subscribe(id, "plain:" + id)));
        assertThat(client.next()).startsWith("{\"id\":1,\"connect\":");
        for (int id = 2; id <= 129; id++) {
            assertThat(client.next()).isEqualTo(subscribed(id));
        }
    }

    private static String lines(int from, int to, IntFunction<String> line) {
        return IntStream.rangeClosed(from, to).mapToObj(line).collect(Collectors.joining("\n"));
    }
}
