package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFramingTest {

    private static final Framing FRAMING = JsonFraming.INSTANCE;

    private static final ClientInfo ANN = new ClientInfo("8c2c", "42", "{\"name\":\"Ann\"}", "{\"role\":\"dj\"}");
    private static final ClientInfo ANONYMOUS = new ClientInfo("9d3d", "", null, null);

    private static List<Command> read(String text) {
        List<Command> commands = new ArrayList<>();
        read(Frame.text(text), commands::add);
        return commands;
    }

    /** Reads the commands of a message one by one. */
    static void read(Frame message, Consumer<Command> reader) {
        Framing framing = message instanceof Frame.Text ? JsonFraming.INSTANCE : ProtobufFraming.INSTANCE;
        framing.commands(message).forEachRemaining(command -> reader.accept(command.read()));
    }

    private static Command readOne(String text) {
        List<Command> commands = read(text);
        assertThat(commands).hasSize(1);
        return commands.get(0);
    }

    private static <T extends Request> T request(Class<T> type, String text) {
        return type.cast(readOne(text).request());
    }

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

    @Test
    void a_message_may_hold_many_commands() {
        List<Command> commands = read("""
                        {"connect":{"token":"eyJ","data":{"room":"a"},"name":"js"},"id":1}
                        {"subscribe":{"channel":"chat:1","flag":1},"id":2}
                        """);
        assertThat(commands)
                .extracting(Command::id, Command::request)
                .containsExactly(
                        tuple(
                                1L,
                                new Request.Connect(
                                        "eyJ", "js", "", Map.of(), Payload.json("{\"room\":\"a\"}"), Map.of())),
                        tuple(
                                2L,
                                new Request.Subscribe(
                                        "chat:1",
                                        "",
                                        null,
                                        new Position("", 0),
                                        false,
                                        false,
                                        false,
                                        false,
                                        "",
                                        1,
                                        0,
                                        false)));
    }

    @Test
    void a_subscribe_is_read_with_all_its_members() {
        Command command = readOne(
                "{\"subscribe\":{\"channel\":\"chat:1\",\"token\":\"t\",\"recoverable\":true,\"positioned\":true,"
                        + "\"join_leave\":true,\"flag\":3,\"recover\":true,\"offset\":18446744073709551615,\"epoch\":\"kGq3xYbA\","
                        + "\"delta\":\"fossil\",\"tf\":{\"key\":\"k\"},\"type\":2},\"id\":12}");
        assertThat(command.request())
                .isEqualTo(new Request.Subscribe(
                        "chat:1",
                        "t",
                        null,
                        new Position("kGq3xYbA", -1),
                        true,
                        true,
                        true,
                        true,
                        "fossil",
                        3,
                        2,
                        true));
        assertThat(command.outOfRange()).isFalse();
    }

    @Test
    void a_connect_is_read_with_its_subscriptions_and_their_positions() {
        Request.Connect connect = request(
                Request.Connect.class,
                "{\"id\":1,\"connect\":{\"headers\":{\"a\":\"b\"},\"subs\":{"
                        + "\"a\":{\"recover\":true,\"offset\":5,\"epoch\":\"x\"},\"b\":{\"offset\":6},\"c\":null}}}");
        assertThat(connect.subscriptions())
                .hasSize(2)
                .containsEntry("a", new Position("x", 5))
                .containsEntry("b", null);
    }

    @Test
    void a_history_request_is_read_with_and_without_a_position() {
        Request.History page = request(
                Request.History.class,
                "{\"history\":{\"channel\":\"chat:1\",\"limit\":-1,\"reverse\":true,\"since\":{\"offset\":41,\"epoch\":\"k\"}},\"id\":7}");
        assertThat(page).isEqualTo(new Request.History("chat:1", new Position("k", 41), -1, true));
        assertThat(readOne("{\"history\":{\"channel\":\"chat:1\"},\"id\":7}").request())
                .isEqualTo(new Request.History("chat:1", null, 0, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"type\":1", "\"key\":\"k\"", "\"removed\":true"})
    void a_publish_into_a_map_is_recognized(String member) {
        assertThat(published("{\"channel\":\"c\",\"data\":1," + member + "}").map())
                .isTrue();
        assertThat(published("{\"type\":0,\"key\":\"\",\"removed\":false}").map())
                .isFalse();
    }

    @Test
    void null_data_is_present_and_missing_data_is_not() {
        assertThat(published("{\"channel\":\"c\",\"data\":null}").data()).isEqualTo(Payload.json("null"));
        assertThat(published("{\"channel\":\"c\"}").data()).isNull();
    }

    private static Request.Publish published(String members) {
        return request(Request.Publish.class, "{\"publish\":" + members + ",\"id\":4}");
    }

    @Test
    void a_refresh_is_read_with_its_token() {
        assertThat(readOne("{\"refresh\":{\"token\":\"t\"},\"id\":9}").request())
                .isEqualTo(new Request.Refresh("t"));
        assertThat(readOne("{\"sub_refresh\":{\"channel\":\"c\",\"token\":\"t\",\"type\":1},\"id\":15}")
                        .request())
                .isEqualTo(new Request.SubRefresh("c", "t", 1));
    }

    @Test
    void a_send_needs_no_id_and_an_empty_command_is_a_pong() {
        assertThat(readOne("{\"send\":{\"data\":{\"typing\":true}}}").request()).isEqualTo(new Request.Send());
        assertThat(readOne("{}").request()).isEqualTo(new Request.Pong());
        assertThat(readOne("{}\n").request()).isEqualTo(new Request.Pong());
    }

    @Test
    void the_first_request_in_the_order_of_the_protocol_counts_when_there_are_several() {
        Command command =
                readOne("{\"id\":1,\"ping\":{},\"presence\":{\"channel\":\"p\"},\"history\":{\"channel\":\"h\"}}");
        assertThat(command.request()).isEqualTo(new Request.Presence("p"));
    }

    @Test
    void commands_before_a_malformed_command_are_read() {
        List<Command> commands = new ArrayList<>();
        assertThatThrownBy(() -> read(Frame.text("{\"id\":1,\"ping\":{}}\n{\"id\":2,"), commands::add))
                .isInstanceOf(Disconnect.class);
        assertThat(commands).hasSize(1);
    }

    @Test
    void a_binary_message_is_read_as_text() {
        byte[] bytes = "{\"id\":1,\"rpc\":{\"method\":\"é\"}}\n{}".getBytes(StandardCharsets.UTF_8);
        List<Command> commands = new ArrayList<>();
        FRAMING.commands(Frame.binary(bytes)).forEachRemaining(command -> commands.add(command.read()));
        assertThat(commands)
                .extracting(Command::request)
                .containsExactly(new Request.Rpc("é", null), new Request.Pong());
    }

    @Test
    void a_binary_message_is_a_bad_request_when_it_is_not_utf_8() {
        assertThatThrownBy(() -> FRAMING.commands(Frame.binary(new byte[] {'{', (byte) 0xff, '}'})))
                .isEqualTo(Disconnect.badRequest("text in UTF-8 is expected"));
    }

    // -- the corpus: each file is one message

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
            return files.map(file -> Named.of(String.valueOf(file.getFileName()), file)).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void a_malformed_message_ends_the_connection(Path file) throws IOException {
        String text = Files.readString(file);
        assertThatThrownBy(() -> read(text))
                .isInstanceOfSatisfying(
                        Disconnect.class, why -> assertThat(why.code()).isEqualTo(3501));
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void a_well_formed_message_is_accepted(Path file) throws IOException {
        assertThat(read(Files.readString(file))).isNotEmpty().noneMatch(Command::outOfRange);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void a_command_is_out_of_range_when_a_member_does_not_fit(Path file) throws IOException {
        assertThat(read(Files.readString(file))).isNotEmpty().allMatch(Command::outOfRange);
    }

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
        Payload data = published("{\"channel\":\"c\",\"data\": " + value + " }").data();
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
