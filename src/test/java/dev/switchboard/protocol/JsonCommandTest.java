package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads commands in JSON. */
class JsonCommandTest {

    private static final Framing FRAMING = JsonFraming.INSTANCE;

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
                                        null)));
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
                        new FilterNode("", "k", "", "", List.of(), List.of())));
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

    static Request.Publish published(String members) {
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
}
