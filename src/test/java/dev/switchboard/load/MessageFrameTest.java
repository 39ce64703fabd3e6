package dev.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.Trials;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MessageFrameTest {

    /** Returns the payload of a masked frame (RFC 6455 sections 5.2 and 5.3). */
    private static byte[] unmasked(ByteBuffer frame) {
        assertThat(frame.get() & 0xFF).isEqualTo(0x81);
        int length = frame.get() & 0xFF;
        assertThat(length).isGreaterThanOrEqualTo(0x80);
        if (length == 0xFE) {
            length = frame.getShort() & 0xFFFF;
        } else if (length == 0xFF) {
            length = (int) frame.getLong();
        } else {
            length -= 0x80;
        }
        byte[] key = new byte[4];
        frame.get(key);
        byte[] payload = new byte[length];
        frame.get(payload);
        assertThat(frame.hasRemaining()).isFalse();
        for (int i = 0; i < length; i++) {
            payload[i] ^= key[i % 4];
        }
        return payload;
    }

    @Test
    void a_stamp_is_read_as_it_was_written() {
        Trials.run(
                200,
                random -> aStampIsRead(
                        random.nextInt(),
                        random.nextInt(),
                        random.nextLong(),
                        random.nextInt(10),
                        random.nextInt(Stamp.SIZE, random.nextBoolean() ? 200 : 70_001)));
    }

    private static void aStampIsRead(int sender, int sequence, long nanos, int head, int size) {
        MessageFrame frame = new MessageFrame("[".repeat(head), size, "]");
        frame.stamped(1, 2, 3);
        byte[] payload = unmasked(frame.stamped(sender, sequence, nanos));

        assertThat(payload).hasSize(head + size + 1);
        ByteBuffer in = ByteBuffer.wrap(payload);
        assertThat(Stamp.isAt(in, head)).isTrue();
        assertThat(Stamp.sender(in, head)).isEqualTo(sender);
        assertThat(Stamp.sequence(in, head)).isEqualTo(sequence);
        assertThat(Stamp.nanos(in, head)).isEqualTo(nanos);
        assertThat(new String(payload, StandardCharsets.US_ASCII))
                .matches("\\[*@WS@[a-p]{32}x*]")
                .hasSize(head + size + 1);
    }

    @Test
    void a_stamp_is_not_found_when_a_byte_differs() {
        ByteBuffer in = ByteBuffer.wrap(("@WS@" + "a".repeat(32)).getBytes(StandardCharsets.US_ASCII));
        assertThat(Stamp.isAt(in, 0)).isTrue();
        for (int i = 0; i < Stamp.SIZE; i++) {
            for (byte other : new byte[] {'`', 'q', 0, -1}) {
                byte right = in.get(i);
                in.put(i, other);
                assertThat(Stamp.isAt(in, 0)).isFalse();
                in.put(i, right);
            }
        }
    }

    @Test
    void a_control_frame_is_masked() {
        ByteBuffer pong = MessageFrame.of(FrameReader.PONG, new byte[] {1, 2, 3, 4, 5});
        pong.put(0, (byte) 0x81);
        assertThat(unmasked(pong)).containsExactly(1, 2, 3, 4, 5);
    }
}
