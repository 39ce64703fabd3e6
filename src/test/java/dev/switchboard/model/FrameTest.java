package dev.switchboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "é\u07ff", "\u0800€\uffff", "🙂a🙂"})
    void the_size_of_a_text_is_its_length_in_utf8_wherever_it_is_cut(String text) {
        int expected = text.getBytes(StandardCharsets.UTF_8).length;
        assertThat(Frame.text(text).size()).isEqualTo(expected);
        for (int cut = 0; cut <= text.length(); cut++) {
            assertThat(Frame.utf8Size(text.substring(0, cut)) + Frame.utf8Size(text.substring(cut)))
                    .isEqualTo(expected);
        }
    }
}
