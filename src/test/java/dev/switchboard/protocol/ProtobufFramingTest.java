package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
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

    private static Publication publication(Payload data, @Nullable ClientInfo publisher, long offset) {
        return new Publication(data, publisher, offset == 0 ? null : new Position("e", offset));
    }

    // -- data

    @ParameterizedTest
    @MethodSource("dev.switchboard.protocol.JsonFramingTest#data")
    void json_data_keeps_every_byte(String value) {
        Payload data = ProtobufCommandTest.published(value.getBytes(StandardCharsets.UTF_8));
        assertThat(data).isEqualTo(Payload.json(value));
        assertThat(FRAMING.publication("c", publication(Payload.json(value), null, 0)))
                .isEqualTo(frame(bytes(4, message(text(2, "c"), bytes(4, text(4, value))))));
    }

    @Test
    void json_data_keeps_its_newlines() {
        assertThat(ProtobufCommandTest.published("[1,\n2]".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(Payload.json("[1,\n2]"));
        assertThat(FRAMING.message(Payload.json("[1,\n2]"))).isEqualTo(frame(bytes(4, bytes(8, text(1, "[1,\n2]")))));
    }

    @Test
    void other_data_keeps_every_byte_and_empty_data_counts_as_absent() {
        for (byte[] bytes :
                List.of(new byte[] {'x'}, new byte[] {(byte) 0xff, 0}, new byte[] {'"', (byte) 0xc0, '"'})) {
            Payload data = Payload.opaque(Frame.binary(bytes));
            assertThat(ProtobufCommandTest.published(bytes)).isEqualTo(data);
            assertThat(FRAMING.message(data)).isEqualTo(frame(bytes(4, bytes(8, bytes(1, bytes)))));
        }
        assertThat(ProtobufCommandTest.published(new byte[0])).isNull();
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
