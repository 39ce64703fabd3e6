package dev.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.Generator;
import dev.switchboard.Trials;
import java.io.ByteArrayOutputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {

    private static final int LAST = 0x80;

    /**
     * Records messages and control frames; leaves the last bytes of an incomplete message to the
     * next piece.
     */
    private static final class Recorder implements FrameReader.Listener {
        final List<String> frames = new ArrayList<>();
        private final StringBuilder message = new StringBuilder();
        private final int behind;

        Recorder(int behind) {
            this.behind = behind;
        }

        @Override
        public int payload(ByteBuffer in, int from, int to, boolean complete) {
            int understood = complete ? to : Math.max(from, to - behind);
            message.append(text(in, from, understood));
            if (complete) {
                frames.add(message.toString());
                message.setLength(0);
            }
            return understood;
        }

        @Override
        public void control(int opcode, ByteBuffer in, int from, int length) {
            frames.add(opcode + "=" + text(in, from, from + length));
        }

        private static String text(ByteBuffer in, int from, int to) {
            byte[] bytes = new byte[to - from];
            in.get(from, bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static byte[] frame(int first, String text) {
        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 10).put((byte) first);
        if (payload.length < 126) {
            frame.put((byte) payload.length);
        } else if (payload.length < 65_536) {
            frame.put((byte) 126).putShort((short) payload.length);
        } else {
            frame.put((byte) 127).putLong(payload.length);
        }
        frame.put(payload).flip();
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    private static byte[] joined(byte[]... frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            all.writeBytes(frame);
        }
        return all.toByteArray();
    }

    /** Reads pieces of these sizes, in turn; the rest of a piece stands before the next one. */
    private static List<String> read(byte[] bytes, List<Integer> sizes, int behind) throws ProtocolException {
        Recorder recorder = new Recorder(behind);
        FrameReader reader = new FrameReader(recorder);
        ByteBuffer buffer = ByteBuffer.allocate(bytes.length + 16);
        int from = 0;
        for (int i = 0; from < bytes.length; i++) {
            int size = Math.min(sizes.get(i % sizes.size()), bytes.length - from);
            buffer.put(bytes, from, size).flip();
            reader.read(buffer);
            buffer.compact();
            from += size;
        }
        assertThat(buffer.position()).as("nothing is left").isZero();
        return recorder.frames;
    }

    @Test
    void frames_are_the_same_when_they_arrive_in_pieces_of_any_size() {
        Generator<List<Integer>> sizes = Generator.numbers(1, 200).lists(1, 9);
        Trials.run(300, random -> framesAreTheSame(sizes.next(random), random.nextInt(61)));
    }

    private static void framesAreTheSame(List<Integer> sizes, int behind) throws ProtocolException {
        String middle = "m".repeat(126);
        String large = "l".repeat(70_000);
        byte[] bytes = joined(
                frame(LAST | 1, "a"),
                frame(LAST | 2, ""),
                frame(1, "b"),
                frame(LAST | 9, "ping"),
                frame(0, ""),
                frame(LAST | 0, middle),
                frame(LAST | 1, large),
                frame(2, middle),
                frame(LAST | 10, ""),
                frame(LAST | 0, "c"),
                frame(LAST | 8, "xx"));
        assertThat(read(bytes, sizes, behind))
                .containsExactly("a", "", "9=ping", "b" + middle, large, "10=", middle + "c", "8=xx");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80 00", // a continuation without a message
                "01 01 61 81 01 62", // a message within a message
                "81 80 00 00 00 00", // masked
                "C1 00", // compressed
                "89 7E 00 7E", // a ping that is too long
                "81 7F FF 00 00 00 00 00 00 00" // a negative length
            })
    void a_malformed_frame_is_refused(String hex) {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        assertThatThrownBy(() -> read(bytes, List.of(bytes.length), 0)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void a_control_frame_is_read_when_it_is_complete() throws ProtocolException {
        Recorder recorder = new Recorder(0);
        ByteBuffer half = ByteBuffer.wrap(new byte[] {(byte) (LAST | 9), 4, 'p'});
        new FrameReader(recorder).read(half);
        assertThat(recorder.frames).isEmpty();
        assertThat(half.remaining()).isEqualTo(3);
    }
}
