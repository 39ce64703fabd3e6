package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.Frame;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageBufferTest {

    private final List<Frame> messages = new ArrayList<>();
    private final List<String> tooBig = new ArrayList<>();
    private final MessageBuffer buffer = new MessageBuffer(10, 4, messages::add, () -> tooBig.add("too big"));

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void parts_become_one_message_when_the_last_arrives() {
        buffer.text("ab", false);
        buffer.text("", false);
        buffer.text("cd", true);
        buffer.text("ef", true);
        buffer.binary(bytes("gh"), false);
        buffer.binary(bytes("i"), true);
        buffer.text("", true);
        assertThat(messages)
                .containsExactly(
                        Frame.text("abcd"),
                        Frame.text("ef"),
                        Frame.binary("ghi".getBytes(StandardCharsets.UTF_8)),
                        Frame.text(""));
    }

    @Test
    void a_message_has_its_size_in_utf8_when_a_character_is_divided() {
        buffer.text("\ud83d", false);
        buffer.text("\ude42é", true);
        assertThat(messages).containsExactly(new Frame.Text("🙂é", 6));
    }

    @Test
    void a_part_is_copied_from_the_buffer_of_the_container() {
        ByteBuffer reused = bytes("ab");
        buffer.binary(reused, true);
        reused.put(0, (byte) 'x');
        assertThat(messages).containsExactly(Frame.binary("ab".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void a_text_is_refused_when_it_is_longer_than_the_limit() {
        buffer.text("é".repeat(5), true);
        assertThat(messages).hasSize(1);
        buffer.text("é".repeat(5), false);
        buffer.text("x", true);
        assertThat(messages).hasSize(1);
        assertThat(tooBig).hasSize(1);
    }

    @Test
    void a_binary_message_is_refused_when_it_is_longer_than_the_limit() {
        buffer.binary(bytes("0123456789"), true);
        buffer.binary(bytes("0123456789x"), true);
        assertThat(messages).hasSize(1);
        assertThat(tooBig).hasSize(1);
    }

    @Test
    void a_message_is_refused_when_it_has_too_many_parts() {
        for (int message = 0; message < 2; message++) {
            buffer.text("", false);
            buffer.text("", false);
            buffer.text("", false);
            buffer.text("", true);
        }
        assertThat(messages).hasSize(2);
        for (int part = 0; part < 5; part++) {
            buffer.text("", false);
        }
        assertThat(tooBig).hasSize(1);
    }

    @Test
    void parts_are_dropped_after_a_message_was_refused() {
        buffer.text("x".repeat(11), false);
        buffer.text("fits", true);
        buffer.binary(bytes("fits"), true);
        buffer.text("x".repeat(11), true);
        assertThat(messages).isEmpty();
        assertThat(tooBig).hasSize(1);
    }
}
