package dev.switchboard.protocol;

import static dev.switchboard.protocol.ProtobufFramingTest.bytes;
import static dev.switchboard.protocol.ProtobufFramingTest.framed;
import static dev.switchboard.protocol.ProtobufFramingTest.message;
import static dev.switchboard.protocol.ProtobufFramingTest.number;
import static dev.switchboard.protocol.ProtobufFramingTest.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.Generator;
import dev.switchboard.Trials;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reads random bytes and damaged Protobuf messages. */
class ProtobufFuzzTest {

    private static final int TRIALS = 3000;

    @Test
    void any_bytes_are_read_or_end_the_connection() {
        Generator<byte[]> messages = Generator.bytes(100);
        Trials.run(TRIALS, random -> read(messages.next(random)));
    }

    @Test
    void a_broken_message_is_read_or_ends_the_connection() {
        Generator<byte[]> messages = broken();
        Trials.run(TRIALS, random -> read(messages.next(random)));
    }

    private static void read(byte[] message) {
        try {
            JsonCommandTest.read(Frame.binary(message.clone()), command -> {});
        } catch (Disconnect why) {
            assertThat(why.code()).isEqualTo(3501);
        }
    }

    /** Returns messages of which up to four bytes are overwritten. */
    private static Generator<byte[]> broken() {
        byte[] place = message(number(3, 1), text(6, "e"), number(7, 5));
        Generator<byte[]> messages = Generator.of(
                framed(number(1, 1), bytes(4, message(text(1, "t"), bytes(3, message(text(1, "a"), bytes(2, place)))))),
                framed(number(1, 2), bytes(5, message(text(1, "c"), place, bytes(13, text(2, "k")), number(14, 3)))),
                framed(number(1, 4), bytes(7, message(text(1, "c"), text(2, "{\"x\":1}"), text(4, "")))),
                framed(number(1, 7), bytes(10, message(text(1, "c"), number(7, -1), bytes(8, number(1, 41))))),
                message(framed(number(1, 42), bytes(11, new byte[0])), framed(), framed(bytes(12, text(1, "é")))));
        Generator<Damage> damages = random -> new Damage(random.nextInt(1000), (byte) random.nextInt());
        return random -> damaged(messages.next(random), damages.lists(0, 4).next(random));
    }

    private static byte[] damaged(byte[] message, List<Damage> damages) {
        byte[] result = message.clone();
        for (Damage damage : damages) {
            result[damage.where * result.length / 1000] = damage.value;
        }
        return result;
    }

    private record Damage(int where, byte value) {}
}
