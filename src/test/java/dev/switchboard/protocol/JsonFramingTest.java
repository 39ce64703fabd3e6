package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ConnectResult;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.Command.Method;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Writes data, replies and pushes in JSON. */
class JsonFramingTest {

    private static final Framing FRAMING = JsonFraming.INSTANCE;

    private static final ClientInfo ANN = new ClientInfo("8c2c", "42", "{\"name\":\"Ann\"}", "{\"role\":\"dj\"}");
    private static final ClientInfo ANONYMOUS = new ClientInfo("9d3d", "", null, null);

    private static @Nullable String text(@Nullable Frame frame) {
        return frame instanceof Frame.Text whole ? whole.text() : null;
    }

    private static Publication publication(Payload data, @Nullable ClientInfo publisher, long offset) {
        return new Publication(data, publisher, offset == 0 ? null : new Position("e", offset));
    }

    private static Publication publication(String json, long offset) {
        return publication(Payload.json(json), null, offset);
    }

    private static SubscribeResult subscribed(
            @Nullable Position position, Recovery recovery, Publication... publications) {
        return new SubscribeResult(position, position != null, recovery, List.of(publications), 0, null);
    }

    // -- commands

    // -- the corpus: each file is one message

    // -- data

    static Stream<Named<String>> data() {
        return Stream.of(
                        "12345678901234567890123",
                        "9007199254740993",
                        "1e2",
                        "1E+2",
                        "-0",
                        "1e999999999",
                        "{\"b\":1,\"a\":1,\"a\":2}",
                        "\"\\ud800\"",
                        "\"\\u00e9\\/ é€🙂\u2028\"",
                        "null",
                        "\"\"",
                        "[".repeat(64) + "]".repeat(64),
                        "{\"a\":".repeat(64) + "1" + "}".repeat(64),
                        "{ \"a\" :\t[ 1 , { } ] }",
                        "1".repeat(60_000))
                .map(value -> Named.of(value.substring(0, Math.min(30, value.length())), value));
    }

    @ParameterizedTest
    @MethodSource("data")
    void data_keeps_every_character(String value) {
        Payload data = JsonCommandTest.published("{\"channel\":\"c\",\"data\": " + value + " }")
                .data();
        assertThat(data).isEqualTo(Payload.json(value));
        assertThat(text(FRAMING.publication("c", publication(value, 0))))
                .isEqualTo("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":" + value + "}}}");
    }

    @Test
    void newlines_in_data_become_spaces() {
        assertThat(text(FRAMING.publication("c", publication("{\r\n\"a\":\n1}", 0))))
                .isEqualTo("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":{  \"a\": 1}}}}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    5                 | 5
                    {"a":1}           | {"a":1}
                    hello             | "hello"
                    "{"               | "{"
                    say "hi" \\ now   | "say \\"hi\\" \\\\ now"
                    01                | "01"
                    """)
    void opaque_text_stays_json_or_becomes_a_string(String text, String expected) {
        assertThat(text(FRAMING.publication("c", publication(Payload.opaque(Frame.text(text)), null, 0))))
                .isEqualTo("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":" + expected + "}}}");
    }

    @Test
    void control_characters_of_a_text_are_escaped() {
        assertThat(text(FRAMING.message(Payload.opaque(Frame.text("a\nb\rc\td\u0000\u001f\u007fé")))))
                .isEqualTo("{\"push\":{\"message\":{\"data\":\"a\\nb\\rc\\td\\u0000\\u001f\u007fé\"}}}");
    }

    @Test
    void bytes_are_sent_when_they_are_json() {
        Payload json = Payload.opaque(Frame.binary("{\"a\":\"é\"}".getBytes(StandardCharsets.UTF_8)));
        assertThat(text(FRAMING.message(json))).isEqualTo("{\"push\":{\"message\":{\"data\":{\"a\":\"é\"}}}}");
        for (byte[] bytes : List.of(new byte[] {'x'}, new byte[0], new byte[] {'"', (byte) 0xff, '"'})) {
            Payload other = Payload.opaque(Frame.binary(bytes));
            assertThat(FRAMING.message(other)).isNull();
            assertThat(FRAMING.publication("c", publication(other, null, 0))).isNull();
            History page = new History(List.of(publication(other, null, 1)), new Position("e", 1));
            assertThat(text(FRAMING.history(1, page)))
                    .isEqualTo("{\"id\":1,\"history\":{\"publications\":[],\"epoch\":\"e\",\"offset\":1}}");
        }
    }

    // -- replies and pushes

    @Test
    void an_error_has_code_message_and_temporary() {
        assertThat(text(FRAMING.error(7, ClientError.PERMISSION_DENIED)))
                .isEqualTo("{\"id\":7,\"error\":{\"code\":103,\"message\":\"permission denied\"}}");
        assertThat(text(FRAMING.error(4294967295L, ClientError.TOO_MANY_REQUESTS)))
                .isEqualTo(
                        "{\"id\":4294967295,\"error\":{\"code\":111,\"message\":\"too many requests\",\"temporary\":true}}");
    }

    @Test
    void the_reply_to_connect_has_all_server_side_subscriptions() {
        Map<String, SubscribeResult> subscriptions = new LinkedHashMap<>();
        subscriptions.put("a\"", subscribed(null, Recovery.NONE));
        subscriptions.put("b", subscribed(new Position("e", 3), Recovery.FAILED));
        assertThat(text(FRAMING.connected(1, new ConnectResult("8c2c", 3600, 25, subscriptions), null)))
                .isEqualTo(
                        "{\"id\":1,\"connect\":{\"client\":\"8c2c\",\"version\":\"switchboard\",\"expires\":true,\"ttl\":3600,"
                                + "\"ping\":25,\"pong\":true,\"subs\":{\"a\\\"\":{},\"b\":{\"recoverable\":true,\"positioned\":true,"
                                + "\"epoch\":\"e\",\"offset\":3,\"was_recovering\":true}}}}");
        assertThat(text(FRAMING.connected(1, new ConnectResult("8c2c", 0, 25, Map.of()), null)))
                .isEqualTo(
                        "{\"id\":1,\"connect\":{\"client\":\"8c2c\",\"version\":\"switchboard\",\"ping\":25,\"pong\":true}}");
    }

    @Test
    void the_reply_to_refresh_has_the_time_to_live() {
        assertThat(text(FRAMING.refreshed(9, "8c2c", 3600)))
                .isEqualTo("{\"id\":9,\"refresh\":{\"client\":\"8c2c\",\"expires\":true,\"ttl\":3600}}");
        assertThat(text(FRAMING.refreshed(9, "8c2c", 0))).isEqualTo("{\"id\":9,\"refresh\":{\"client\":\"8c2c\"}}");
        assertThat(text(FRAMING.subscriptionRefreshed(15, 600)))
                .isEqualTo("{\"id\":15,\"sub_refresh\":{\"expires\":true,\"ttl\":600}}");
        assertThat(text(FRAMING.subscriptionRefreshed(15, 0))).isEqualTo("{\"id\":15,\"sub_refresh\":{}}");
    }

    @Test
    void the_reply_to_subscribe_has_what_was_granted() {
        assertThat(text(FRAMING.subscribed(2, subscribed(null, Recovery.NONE))))
                .isEqualTo("{\"id\":2,\"subscribe\":{}}");
        assertThat(text(FRAMING.subscribed(2, subscribed(Position.start("e"), Recovery.NONE))))
                .isEqualTo("{\"id\":2,\"subscribe\":{\"recoverable\":true,\"positioned\":true,\"epoch\":\"e\"}}");
        assertThat(text(FRAMING.subscribed(
                        12,
                        subscribed(
                                new Position("kGq3xYbA", 41),
                                Recovery.RECOVERED,
                                publication("{\"t\":\"a\"}", 42),
                                publication("{\"t\":\"b\"}", 43)))))
                .isEqualTo(
                        "{\"id\":12,\"subscribe\":{\"recoverable\":true,\"positioned\":true,\"epoch\":\"kGq3xYbA\",\"offset\":41,"
                                + "\"was_recovering\":true,\"recovered\":true,"
                                + "\"publications\":[{\"data\":{\"t\":\"a\"},\"offset\":42},{\"data\":{\"t\":\"b\"},\"offset\":43}]}}");
        assertThat(text(FRAMING.subscribed(12, subscribed(new Position("Z", -1), Recovery.FAILED))))
                .isEqualTo("{\"id\":12,\"subscribe\":{\"recoverable\":true,\"positioned\":true,\"epoch\":\"Z\","
                        + "\"offset\":18446744073709551615,\"was_recovering\":true}}");
        assertThat(text(FRAMING.subscribed(
                        2, new SubscribeResult(null, false, Recovery.NONE, List.of(), 60, "{\"a\":\n1}"))))
                .isEqualTo("{\"id\":2,\"subscribe\":{\"expires\":true,\"ttl\":60,\"data\":{\"a\": 1}}}");
    }

    @Test
    void an_empty_result_is_an_empty_object() {
        assertThat(text(FRAMING.done(7, Method.PUBLISH))).isEqualTo("{\"id\":7,\"publish\":{}}");
        assertThat(text(FRAMING.done(3, Method.UNSUBSCRIBE))).isEqualTo("{\"id\":3,\"unsubscribe\":{}}");
    }

    @Test
    void the_reply_to_presence_has_the_info_of_each_client() {
        Map<String, ClientInfo> present = new LinkedHashMap<>();
        present.put("8c2c", ANN);
        present.put("9d3d", ANONYMOUS);
        assertThat(text(FRAMING.presence(5, present)))
                .isEqualTo(
                        "{\"id\":5,\"presence\":{\"presence\":{\"8c2c\":{\"user\":\"42\",\"client\":\"8c2c\","
                                + "\"conn_info\":{\"name\":\"Ann\"},\"chan_info\":{\"role\":\"dj\"}},\"9d3d\":{\"user\":\"\",\"client\":\"9d3d\"}}}}");
        assertThat(text(FRAMING.presence(14, Map.of()))).isEqualTo("{\"id\":14,\"presence\":{\"presence\":{}}}");
        assertThat(text(FRAMING.presenceStats(6, 0, 0)))
                .isEqualTo("{\"id\":6,\"presence_stats\":{\"num_clients\":0,\"num_users\":0}}");
    }

    @Test
    void the_reply_to_history_always_has_the_position_of_the_stream() {
        assertThat(text(FRAMING.history(
                        7, new History(List.of(publication("{\"t\":\"a\"}", 42)), new Position("kGq3xYbA", 43)))))
                .isEqualTo("{\"id\":7,\"history\":{\"publications\":[{\"data\":{\"t\":\"a\"},\"offset\":42}],"
                        + "\"epoch\":\"kGq3xYbA\",\"offset\":43}}");
        assertThat(text(FRAMING.history(7, new History(List.of(), Position.start("")))))
                .isEqualTo("{\"id\":7,\"history\":{\"publications\":[],\"epoch\":\"\",\"offset\":0}}");
    }

    @Test
    void a_publication_has_the_info_of_its_client() {
        assertThat(text(FRAMING.publication("chat:1", publication(Payload.json("{\"t\":\"c\"}"), ANN, 44))))
                .isEqualTo(
                        "{\"push\":{\"channel\":\"chat:1\",\"pub\":{\"data\":{\"t\":\"c\"},\"info\":{\"user\":\"42\",\"client\":\"8c2c\","
                                + "\"conn_info\":{\"name\":\"Ann\"},\"chan_info\":{\"role\":\"dj\"}},\"offset\":44}}}");
    }

    @Test
    void join_and_leave_have_the_info_of_the_client() {
        assertThat(text(FRAMING.join("chat:1", ANONYMOUS)))
                .isEqualTo(
                        "{\"push\":{\"channel\":\"chat:1\",\"join\":{\"info\":{\"user\":\"\",\"client\":\"9d3d\"}}}}");
        assertThat(text(FRAMING.leave("chat:1", ANONYMOUS)))
                .isEqualTo(
                        "{\"push\":{\"channel\":\"chat:1\",\"leave\":{\"info\":{\"user\":\"\",\"client\":\"9d3d\"}}}}");
    }

    @Test
    void pushes_end_begin_and_refresh_subscriptions() {
        assertThat(text(FRAMING.unsubscribe("chat:1", Unsubscribe.SERVER)))
                .isEqualTo(
                        "{\"push\":{\"channel\":\"chat:1\",\"unsubscribe\":{\"code\":2000,\"reason\":\"server unsubscribe\"}}}");
        assertThat(text(FRAMING.subscribe(
                        "user#42", new SubscribeResult(new Position("e", 3), true, Recovery.NONE, List.of(), 0, "{}"))))
                .isEqualTo("{\"push\":{\"channel\":\"user#42\",\"subscribe\":{\"recoverable\":true,\"positioned\":true,"
                        + "\"epoch\":\"e\",\"offset\":3,\"data\":{}}}}");
        assertThat(text(FRAMING.subscribe("c", subscribed(null, Recovery.NONE))))
                .isEqualTo("{\"push\":{\"channel\":\"c\",\"subscribe\":{}}}");
        assertThat(text(FRAMING.refresh(600))).isEqualTo("{\"push\":{\"refresh\":{\"expires\":true,\"ttl\":600}}}");
        assertThat(text(FRAMING.refresh(0))).isEqualTo("{\"push\":{\"refresh\":{}}}");
    }

    @Test
    void a_client_without_websocket_gets_its_session_and_a_disconnect_push() {
        Emulation emulation = new Emulation("0f", "n");
        assertThat(text(FRAMING.connected(1, new ConnectResult("8c2c", 0, 25, Map.of()), emulation)))
                .isEqualTo(
                        "{\"id\":1,\"connect\":{\"client\":\"8c2c\",\"version\":\"switchboard\",\"ping\":25,\"pong\":true,"
                                + "\"session\":\"0f\",\"node\":\"n\"}}");
        assertThat(text(FRAMING.disconnect(Disconnect.SHUTDOWN)))
                .isEqualTo("{\"push\":{\"disconnect\":{\"code\":3001,\"reason\":\"shutdown\"}}}");
    }

    @Test
    void a_ping_is_a_shared_empty_reply() {
        assertThat(text(FRAMING.ping())).isEqualTo("{}");
        assertThat(FRAMING.ping()).isSameAs(FRAMING.ping());
    }

    @Test
    void a_batch_joins_replies_as_lines_of_one_message() {
        Frame batch =
                FRAMING.batch(List.of(FRAMING.ping(), FRAMING.done(7, Method.PUBLISH), Frame.text("{\"push\":\"é\"}")));
        assertThat(batch).isEqualTo(Frame.text("{}\n{\"id\":7,\"publish\":{}}\n{\"push\":\"é\"}"));
    }
}
