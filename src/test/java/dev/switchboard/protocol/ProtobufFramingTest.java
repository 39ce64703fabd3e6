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
import java.io.ByteArrayOutputStream;
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

/**
 * Compares with bytes that are made by hand from the numbers of the schema, without the Protobuf
 * library.
 */
class ProtobufFramingTest {

    private static final Framing FRAMING = ProtobufFraming.INSTANCE;

    private static final ClientInfo ANN = new ClientInfo("8c2c", "42", "{\"name\":\"Ann\"}", "{\"role\":\"dj\"}");
    private static final byte[] ANN_BYTES =
            message(text(1, "42"), text(2, "8c2c"), text(3, "{\"name\":\"Ann\"}"), text(4, "{\"role\":\"dj\"}"));

    // -- the wire format by hand

    private static byte[] varint(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }

    static byte[] number(int field, long value) {
        return message(varint(field << 3), varint(value));
    }

    static byte[] bytes(int field, byte[] value) {
        return message(varint(field << 3 | 2), varint(value.length), value);
    }

    static byte[] text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] message(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Returns one message after its length. */
    static byte[] framed(byte[]... fields) {
        byte[] message = message(fields);
        return message(varint(message.length), message);
    }

    private static Frame frame(byte[]... fields) {
        return Frame.binary(framed(fields));
    }

    private static List<Command> read(byte[]... messages) {
        List<Command> commands = new ArrayList<>();
        JsonFramingTest.read(Frame.binary(message(messages)), commands::add);
        return commands;
    }

    private static Command readOne(byte[]... fields) {
        List<Command> commands = read(framed(fields));
        assertThat(commands).hasSize(1);
        return commands.get(0);
    }

    private static Publication publication(Payload data, @Nullable ClientInfo publisher, long offset) {
        return new Publication(data, publisher, offset == 0 ? null : new Position("e", offset));
    }

    // -- commands

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
                                        false)),
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
                                bytes(13, new byte[0]),
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
                        true));
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
        assertThatThrownBy(() -> FRAMING.commands(Frame.text("{}")))
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

    // -- data

    private static @Nullable Payload published(byte[] data) {
        Command command = readOne(number(1, 4), bytes(7, message(text(1, "c"), bytes(2, data))));
        return ((Request.Publish) command.request()).data();
    }

    @ParameterizedTest
    @MethodSource("dev.switchboard.protocol.JsonFramingTest#data")
    void json_data_keeps_every_byte(String value) {
        Payload data = published(value.getBytes(StandardCharsets.UTF_8));
        assertThat(data).isEqualTo(Payload.json(value));
        assertThat(FRAMING.publication("c", publication(Payload.json(value), null, 0)))
                .isEqualTo(frame(bytes(4, message(text(2, "c"), bytes(4, text(4, value))))));
    }

    @Test
    void json_data_keeps_its_newlines() {
        assertThat(published("[1,\n2]".getBytes(StandardCharsets.UTF_8))).isEqualTo(Payload.json("[1,\n2]"));
        assertThat(FRAMING.message(Payload.json("[1,\n2]"))).isEqualTo(frame(bytes(4, bytes(8, text(1, "[1,\n2]")))));
    }

    @Test
    void other_data_keeps_every_byte_and_empty_data_counts_as_absent() {
        for (byte[] bytes :
                List.of(new byte[] {'x'}, new byte[] {(byte) 0xff, 0}, new byte[] {'"', (byte) 0xc0, '"'})) {
            Payload data = Payload.opaque(Frame.binary(bytes));
            assertThat(published(bytes)).isEqualTo(data);
            assertThat(FRAMING.message(data)).isEqualTo(frame(bytes(4, bytes(8, bytes(1, bytes)))));
        }
        assertThat(published(new byte[0])).isNull();
    }

    @Test
    void opaque_text_stays_json_or_becomes_a_string() {
        assertThat(FRAMING.message(Payload.opaque(Frame.text("{\"a\":1}"))))
                .isEqualTo(frame(bytes(4, bytes(8, text(1, "{\"a\":1}")))));
        assertThat(FRAMING.message(Payload.opaque(Frame.text("é\n"))))
                .isEqualTo(frame(bytes(4, bytes(8, text(1, "\"é\\n\"")))));
    }

    // -- replies and pushes

    @Test
    void an_empty_result_is_an_empty_message() {
        assertThat(FRAMING.done(42, Method.PUBLISH))
                .isEqualTo(Frame.binary(HexFormat.of().parseHex("04082a4200")));
        assertThat(FRAMING.done(3, Method.UNSUBSCRIBE)).isEqualTo(frame(number(1, 3), bytes(7, new byte[0])));
        assertThat(FRAMING.done(4294967295L, Method.PING))
                .isEqualTo(frame(number(1, 4294967295L), bytes(12, new byte[0])));
    }

    @Test
    void an_error_has_code_message_and_temporary() {
        assertThat(FRAMING.error(7, ClientError.PERMISSION_DENIED))
                .isEqualTo(frame(number(1, 7), bytes(2, message(number(1, 103), text(2, "permission denied")))));
        assertThat(FRAMING.error(7, ClientError.TOO_MANY_REQUESTS))
                .isEqualTo(frame(
                        number(1, 7), bytes(2, message(number(1, 111), text(2, "too many requests"), number(3, 1)))));
    }

    @Test
    void the_reply_to_connect_has_all_server_side_subscriptions() {
        SubscribeResult failed = new SubscribeResult(new Position("e", 3), true, Recovery.FAILED, List.of(), 0, null);
        assertThat(FRAMING.connected(1, new ConnectResult("8c2c", 3600, 25, Map.of("b", failed)), null))
                .isEqualTo(frame(
                        number(1, 1),
                        bytes(
                                5,
                                message(
                                        text(1, "8c2c"),
                                        text(2, "switchboard"),
                                        number(3, 1),
                                        number(4, 3600),
                                        bytes(
                                                6,
                                                message(
                                                        text(1, "b"),
                                                        bytes(
                                                                2,
                                                                message(
                                                                        number(3, 1),
                                                                        text(6, "e"),
                                                                        number(9, 3),
                                                                        number(10, 1),
                                                                        number(12, 1))))),
                                        number(7, 25),
                                        number(8, 1)))));
    }

    @Test
    void the_reply_to_subscribe_has_what_was_granted() {
        assertThat(FRAMING.subscribed(2, new SubscribeResult(null, false, Recovery.NONE, List.of(), 0, null)))
                .isEqualTo(frame(number(1, 2), bytes(6, new byte[0])));
        assertThat(FRAMING.subscribed(
                        12,
                        new SubscribeResult(
                                new Position("k", 41),
                                true,
                                Recovery.RECOVERED,
                                List.of(
                                        publication(Payload.json("1"), null, 42),
                                        publication(Payload.json("2"), ANN, -1)),
                                60,
                                "{}")))
                .isEqualTo(frame(
                        number(1, 12),
                        bytes(
                                6,
                                message(
                                        number(1, 1),
                                        number(2, 60),
                                        number(3, 1),
                                        text(6, "k"),
                                        bytes(7, message(text(4, "1"), number(6, 42))),
                                        bytes(7, message(text(4, "2"), bytes(5, ANN_BYTES), number(6, -1))),
                                        number(8, 1),
                                        number(9, 41),
                                        number(10, 1),
                                        text(11, "{}"),
                                        number(12, 1)))));
    }

    @Test
    void the_reply_to_refresh_has_the_time_to_live() {
        assertThat(FRAMING.refreshed(9, "8c2c", Long.MAX_VALUE))
                .isEqualTo(frame(
                        number(1, 9), bytes(14, message(text(1, "8c2c"), number(3, 1), number(4, 4294967295L)))));
        assertThat(FRAMING.subscriptionRefreshed(15, 600))
                .isEqualTo(frame(number(1, 15), bytes(15, message(number(1, 1), number(2, 600)))));
        assertThat(FRAMING.subscriptionRefreshed(15, 0)).isEqualTo(frame(number(1, 15), bytes(15, new byte[0])));
    }

    @Test
    void the_reply_to_presence_has_the_info_of_each_client() {
        assertThat(FRAMING.presence(5, Map.of("8c2c", ANN)))
                .isEqualTo(frame(number(1, 5), bytes(9, bytes(1, message(text(1, "8c2c"), bytes(2, ANN_BYTES))))));
        assertThat(FRAMING.presence(5, Map.of())).isEqualTo(frame(number(1, 5), bytes(9, new byte[0])));
        assertThat(FRAMING.presenceStats(6, 2, 1))
                .isEqualTo(frame(number(1, 6), bytes(10, message(number(1, 2), number(2, 1)))));
    }

    @Test
    void the_reply_to_history_has_the_position_of_the_stream() {
        assertThat(FRAMING.history(
                        7, new History(List.of(publication(Payload.json("1"), null, 42)), new Position("k", 43))))
                .isEqualTo(frame(
                        number(1, 7),
                        bytes(
                                11,
                                message(bytes(1, message(text(4, "1"), number(6, 42))), text(2, "k"), number(3, 43)))));
    }

    @Test
    void the_reply_to_rpc_has_the_data_or_nothing() {
        assertThat(FRAMING.called(2, Payload.json("1"))).isEqualTo(frame(number(1, 2), bytes(13, text(1, "1"))));
        assertThat(FRAMING.called(2, null)).isEqualTo(frame(number(1, 2), bytes(13, new byte[0])));
    }

    @Test
    void a_push_names_its_channel() {
        assertThat(FRAMING.publication("c", publication(Payload.json("1"), ANN, 44)))
                .isEqualTo(frame(bytes(
                        4,
                        message(text(2, "c"), bytes(4, message(text(4, "1"), bytes(5, ANN_BYTES), number(6, 44)))))));
        assertThat(FRAMING.join("c", ANN))
                .isEqualTo(frame(bytes(4, message(text(2, "c"), bytes(5, bytes(1, ANN_BYTES))))));
        assertThat(FRAMING.leave("c", ANN))
                .isEqualTo(frame(bytes(4, message(text(2, "c"), bytes(6, bytes(1, ANN_BYTES))))));
        assertThat(FRAMING.unsubscribe("c", Unsubscribe.EXPIRED))
                .isEqualTo(frame(bytes(
                        4,
                        message(text(2, "c"), bytes(7, message(number(2, 2501), text(3, "subscription expired")))))));
        assertThat(FRAMING.subscribe(
                        "c", new SubscribeResult(new Position("e", 3), true, Recovery.NONE, List.of(), 0, "{}")))
                .isEqualTo(frame(bytes(
                        4,
                        message(
                                text(2, "c"),
                                bytes(
                                        9,
                                        message(
                                                number(1, 1),
                                                text(4, "e"),
                                                number(5, 3),
                                                number(6, 1),
                                                text(7, "{}")))))));
        assertThat(FRAMING.refresh(600)).isEqualTo(frame(bytes(4, bytes(12, message(number(1, 1), number(2, 600))))));
    }

    @Test
    void a_client_without_websocket_gets_its_session_and_a_disconnect_push() {
        Emulation emulation = new Emulation("0f", "n");
        assertThat(FRAMING.connected(1, new ConnectResult("8c2c", 0, 25, Map.of()), emulation))
                .isEqualTo(frame(
                        number(1, 1),
                        bytes(
                                5,
                                message(
                                        text(1, "8c2c"),
                                        text(2, "switchboard"),
                                        number(7, 25),
                                        number(8, 1),
                                        text(9, "0f"),
                                        text(10, "n")))));
        assertThat(FRAMING.disconnect(Disconnect.SHUTDOWN))
                .isEqualTo(frame(bytes(4, bytes(11, message(number(1, 3001), text(2, "shutdown"))))));
    }

    @Test
    void an_emulated_message_names_its_connection() {
        byte[] body = message(text(1, "n"), text(2, "0f"), bytes(3, new byte[] {0}));
        assertThat(EmulatedMessage.ofProtobuf(body))
                .isEqualTo(new EmulatedMessage(new Emulation("0f", "n"), Frame.binary(new byte[] {0})));
        assertThatThrownBy(() -> EmulatedMessage.ofProtobuf(new byte[] {1})).isInstanceOf(Disconnect.class);
    }

    @Test
    void a_ping_is_a_shared_message_of_length_zero() {
        assertThat(FRAMING.ping()).isEqualTo(Frame.binary(new byte[1])).isSameAs(FRAMING.ping());
    }

    @Test
    void a_batch_joins_replies_in_one_message() {
        Frame done = FRAMING.done(42, Method.PUBLISH);
        Frame batch = FRAMING.batch(List.of(FRAMING.ping(), done, done));
        assertThat(batch).isEqualTo(Frame.binary(HexFormat.of().parseHex("0004082a420004082a4200")));
        assertThat(done.size()).isEqualTo(5);
    }
}
