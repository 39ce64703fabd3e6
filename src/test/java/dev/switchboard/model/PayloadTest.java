package dev.switchboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.json.JsonException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PayloadTest {

    /** Returns arrays and objects in turn, nested in so many levels. */
    private static String nested(int levels) {
        return "[{\"a\":".repeat(levels / 2) + (levels % 2 == 0 ? "0" : "[]") + "}]".repeat(levels / 2);
    }

    @Test
    void a_payload_refuses_json_of_more_than_64_levels() {
        for (int levels : new int[] {65, 66, 67, 127, 128, 129, 999, 5_000}) {
            String deep = " " + nested(levels) + " ";
            byte[] bytes = deep.getBytes(StandardCharsets.UTF_8);
            for (ThrowingCallable sent : List.<ThrowingCallable>of(
                    () -> Payload.raw(Frame.text(deep)),
                    () -> Payload.raw(Frame.binary(bytes)),
                    () -> Payload.of(bytes.clone()))) {
                assertThatThrownBy(sent)
                        .as("%d levels", levels)
                        .isInstanceOf(JsonException.class)
                        .hasMessage("JSON is nested too deeply");
            }
        }
    }

    @Test
    void a_payload_takes_text_of_many_brackets_that_is_no_json() {
        for (String text : List.of(
                nested(63),
                "[".repeat(100),
                nested(201).replaceFirst("\\[]}", "[]]"),
                nested(201).substring(1),
                nested(201) + "x",
                "\"" + "[".repeat(100) + "\"",
                "[]".repeat(100))) {
            assertThat(Payload.raw(Frame.text(text))).isEqualTo(Payload.opaque(Frame.text(text)));
        }
        byte[] bytes = new byte[200];
        Arrays.fill(bytes, (byte) '[');
        bytes[100] = -1;
        assertThat(Payload.of(bytes).form()).isEqualTo(Payload.Form.OPAQUE);
    }
}
