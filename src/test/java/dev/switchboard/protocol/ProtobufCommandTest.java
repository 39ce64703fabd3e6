package dev.switchboard.protocol;

import static dev.switchboard.protocol.ProtobufFramingTest.bytes;
import static dev.switchboard.protocol.ProtobufFramingTest.framed;
import static dev.switchboard.protocol.ProtobufFramingTest.message;
import static dev.switchboard.protocol.ProtobufFramingTest.number;
import static dev.switchboard.protocol.ProtobufFramingTest.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reads commands in Protobuf. The bytes are made by hand, as in {@link ProtobufFramingTest}. */
class ProtobufCommandTest {

    private static List<Command> read(byte[]... messages) {
        List<Command> commands = new ArrayList<>();
        JsonCommandTest.read(Frame.binary(message(messages)), commands::add);
        return commands;
    }

    static Command readOne(byte[]... fields) {
        List<Command> commands = read(framed(fields));
        assertThat(commands).hasSize(1);
        return commands.get(0);
    }

    @Test
    void a_message_may_hold_many_commands() {
        List<Command> commands = read(
                framed(number(1, 1), bytes(4, text(1, "eyJ"))),
                framed(number(1, 2), bytes(5, message(text(1, "chat:1"), number(14, 1)))),
                new byte[1]);
        assertThat(commands)
                .extracting(Command::id, Command::request)
                .containsExactly(
                        tuple(1L, new Request.Connect("eyJ", "", "", Map.of(), null, Map.of())),
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
                                        null)),
                        tuple(0L, new Request.Pong()));
    }

    @Test
    void an_id_is_unsigned() {
        assertThat(readOne(number(1, 4294967295L), bytes(11, new byte[0])).id()).isEqualTo(4294967295L);
    }

    @Test
    void a_subscribe_is_read_with_all_its_members() {
        Command command = readOne(
                number(1, 12),
                bytes(
                        5,
                        message(
                                text(1, "chat:1"),
                                text(2, "t"),
                                number(3, 1),
                                text(6, "kGq3xYbA"),
                                number(7, -1),
                                text(8, "{}"),
                                number(9, 1),
                                number(10, 1),
                                number(11, 1),
                                text(12, "fossil"),
                                bytes(
                                        13,
                                        message(
                                                text(1, "or"),
                                                text(5, "a"),
                                                text(5, "b"),
                                                bytes(6, message(text(2, "k"), text(3, "eq"), text(4, "v"))))),
                                number(14, 3),
                                number(15, 2))));
        assertThat(command.request())
                .isEqualTo(new Request.Subscribe(
                        "chat:1",
                        "t",
                        Payload.json("{}"),
                        new Position("kGq3xYbA", -1),
                        true,
                        true,
                        true,
                        true,
                        "fossil",
                        3,
                        2,
                        new FilterNode(
                                "or",
                                "",
                                "",
                                "",
                                List.of("a", "b"),
                                List.of(new FilterNode("", "k", "eq", "v", List.of(), List.of())))));
    }

    @Test
    void a_connect_is_read_with_its_subscriptions_and_their_positions() {
        Command command = readOne(
                number(1, 1),
                bytes(
                        4,
                        message(
                                bytes(
                                        3,
                                        message(
                                                text(1, "a"),
                                                bytes(2, message(number(3, 1), text(6, "x"), number(7, 5))))),
                                bytes(3, message(text(1, "b"), bytes(2, number(7, 6)))),
                                text(4, "java"))));
        assertThat(((Request.Connect) command.request()).subscriptions())
                .hasSize(2)
                .containsEntry("a", new Position("x", 5))
                .containsEntry("b", null);
    }

    @Test
    void a_history_request_is_read_with_and_without_a_position() {
        Command page = readOne(
                number(1, 7),
                bytes(
                        10,
                        message(
                                text(1, "chat:1"),
                                number(7, -1),
                                bytes(8, message(number(1, 41), text(2, "k"))),
                                number(9, 1))));
        assertThat(page.request()).isEqualTo(new Request.History("chat:1", new Position("k", 41), -1, true));
        assertThat(readOne(number(1, 7), bytes(10, text(1, "chat:1"))).request())
                .isEqualTo(new Request.History("chat:1", null, 0, false));
    }

    @Test
    void a_request_is_read_when_its_channel_is_the_only_member() {
        Map<Integer, Request> requests = Map.of(
                6,
                new Request.Unsubscribe("news"),
                8,
                new Request.Presence("news"),
                9,
                new Request.PresenceStats("news"));
        requests.forEach((field, request) -> assertThat(
                        readOne(number(1, 5), bytes(field, text(1, "news"))).request())
                .isEqualTo(request));
    }

    @Test
    void a_refresh_is_read_with_its_token() {
        assertThat(readOne(number(1, 9), bytes(14, text(1, "t"))).request()).isEqualTo(new Request.Refresh("t"));
        Command command = readOne(number(1, 15), bytes(15, message(text(1, "c"), text(2, "t"), number(3, 1))));
        assertThat(command.request()).isEqualTo(new Request.SubRefresh("c", "t", 1));
    }

    @Test
    void a_publish_into_a_map_is_recognized() {
        for (byte[] member : List.of(number(3, 1), text(4, "k"), number(5, 1))) {
            assertThat(readOne(number(1, 4), bytes(7, message(text(1, "c"), member)))
                            .request())
                    .isEqualTo(new Request.Publish("c", null, true));
        }
        assertThat(readOne(number(1, 4), bytes(7, text(1, "c"))).request())
                .isEqualTo(new Request.Publish("c", null, false));
    }

    @Test
    void the_first_request_in_the_order_of_the_protocol_counts_when_there_are_several() {
        Command command =
                readOne(number(1, 1), bytes(11, new byte[0]), bytes(10, text(1, "h")), bytes(8, text(1, "p")));
        assertThat(command.request()).isEqualTo(new Request.Presence("p"));
    }

    @Test
    void a_send_needs_no_id_and_unknown_fields_are_no_request() {
        assertThat(readOne(bytes(12, text(1, "{}"))).request()).isEqualTo(new Request.Send());
        assertThat(readOne(text(99, "?"), number(98, 1)).request()).isEqualTo(new Request.Pong());
        assertThat(readOne(number(1, 3), bytes(13, text(2, "getRoom"))).request())
                .isEqualTo(new Request.Rpc("getRoom", null));
    }

    static Stream<byte[]> malformed() {
        return Stream.of(
                        "", // nothing
                        "05 08 01", // cut off
                        "80", // a length cut off
                        "ff ff ff ff ff ff ff ff ff 01", // a length of -1
                        "ff ff ff ff ff ff ff ff ff ff ff", // a length without an end
                        "ff ff ff ff 07", // a length of 2^31-1
                        "80 80 80 80 10 00", // a length of 2^32
                        "04 08 01 5a 00 01", // something behind
                        "02 08 80", // a number cut off
                        "04 08 01 2a 05", // a request longer than its command
                        "01 00", // field 0
                        "01 0f", // wire type 7
                        "01 0c", // the end of a group that was not begun
                        "01 0b", // a group without an end
                        "07 08 01 2a 03 0a 01 ff", // a channel that is not UTF-8
                        "09 08 01 2a 05 0a 03 ed a0 80", // half a surrogate pair
                        "02 08 01", // an id without a request
                        "02 5a 00", // a request without an id
                        "05 08 01 8a 06 00" // an id and an unknown request
                        )
                .map(hex -> HexFormat.ofDelimiter(" ").parseHex(hex));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void a_malformed_message_ends_the_connection(byte[] message) {
        assertThatThrownBy(() -> read(message))
                .isInstanceOfSatisfying(
                        Disconnect.class, why -> assertThat(why.code()).isEqualTo(3501));
    }

    @Test
    void deeply_nested_groups_end_the_connection_without_a_stack_overflow() {
        byte[] nested = new byte[60_000];
        Arrays.fill(nested, (byte) 0x0b);
        assertThatThrownBy(() -> read(framed(nested))).isInstanceOf(Disconnect.class);
        assertThatThrownBy(() -> read(framed(bytes(5, bytes(13, nested))))).isInstanceOf(Disconnect.class);
    }

    @Test
    void a_text_message_is_a_bad_request() {
        assertThatThrownBy(() -> ProtobufFraming.INSTANCE.commands(Frame.text("{}")))
                .isEqualTo(Disconnect.badRequest("a binary message is expected"));
    }

    @Test
    void a_command_is_out_of_range_when_its_data_has_more_than_64_levels() {
        byte[] deep = ("[".repeat(65) + "]".repeat(65)).getBytes(StandardCharsets.UTF_8);
        List<Command> commands = read(
                framed(number(1, 4), bytes(7, message(text(1, "c"), bytes(2, deep)))),
                framed(number(1, 5), bytes(5, message(text(1, "c"), bytes(8, deep)))),
                framed(number(1, 6), bytes(13, message(bytes(1, deep)))),
                framed(number(1, 7), bytes(4, message(bytes(2, deep)))),
                framed(number(1, 8), bytes(7, message(text(1, "c"), text(2, "[1]")))));
        assertThat(commands).extracting(Command::outOfRange).containsExactly(true, true, true, true, false);
    }

    static @Nullable Payload published(byte[] data) {
        Command command = readOne(number(1, 4), bytes(7, message(text(1, "c"), bytes(2, data))));
        return ((Request.Publish) command.request()).data();
    }
}
