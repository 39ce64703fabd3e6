package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Payload;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {

    @Test
    void a_member_keeps_its_source_text() {
        String claims = " {\"sub\":\"42\", \"\\u0069nfo\" : {\"n\" : 1e2, \"n\":-0} , \"exp\":1} ";
        assertThat(JsonText.member(claims, "info")).isEqualTo("{\"n\" : 1e2, \"n\":-0}");
        assertThat(JsonText.member(claims, "sub")).isEqualTo("\"42\"");
        assertThat(JsonText.member(claims, "exp")).isEqualTo("1");
        assertThat(JsonText.member(claims, "n")).isNull();
        assertThat(JsonText.member("{}", "n")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "5", "{\"n\":1", "{\"n\":1}x", "{\"n\":1,\"n\":1}", "{\"n\":01}"})
    void what_is_no_object_has_no_members(String text) {
        assertThat(JsonText.member(text, "n")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                " \r\n\t[ 1 , \"a\\\"b\" ] \n",
                "\"\\ud800\"",
                "true",
                "{\"\":{}}",
                "1.5E-3",
                "0",
                "-0.0e+00"
            })
    void a_value_may_have_whitespace_around_it(String text) {
        assertThat(JsonText.isValue(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "1 2", "hello", "tru", "truee", "{", "[1", "\"", "\ufeff1", "1\u0000", "-", "1.", "1e", "00",
                "{\"a\"}", "{1:2}"
            })
    void other_text_is_no_value(String text) {
        assertThat(JsonText.isValue(text)).isFalse();
    }

    @Test
    void a_value_has_at_most_64_levels_however_wide_it_is() {
        String wide = "[{},[],{\"a\":[]},".repeat(62) + "[]" + "]".repeat(62);
        assertThat(JsonText.isValue(wide)).isTrue();
        assertThat(JsonText.isValue("[" + wide + "]")).isFalse();
    }

    /** Arrays and objects by turns, so many of them. */
    private static String nested(int levels) {
        return "[{\"a\":".repeat(levels / 2) + (levels % 2 == 0 ? "0" : "[]") + "}]".repeat(levels / 2);
    }

    @Test
    void json_of_more_than_64_levels_is_refused_also_where_nobody_looks_into_it() {
        for (int levels : new int[] {65, 66, 67, 127, 128, 129, 999, 5_000}) {
            String deep = " " + nested(levels) + " ";
            byte[] bytes = deep.getBytes(StandardCharsets.UTF_8);
            for (ThrowingCallable sent : List.<ThrowingCallable>of(
                    () -> JsonText.raw(Frame.text(deep)),
                    () -> JsonText.raw(Frame.binary(bytes)),
                    () -> JsonText.payload(bytes.clone()))) {
                assertThatThrownBy(sent)
                        .as("%d levels", levels)
                        .isEqualTo(Disconnect.badRequest("JSON is nested too deeply"));
            }
        }
    }

    @Test
    void text_that_is_no_json_may_have_as_many_brackets_as_it_likes() {
        for (String text : List.of(
                nested(63),
                "[".repeat(100),
                nested(201).replaceFirst("\\[]}", "[]]"),
                nested(201).substring(1),
                nested(201) + "x",
                "\"" + "[".repeat(100) + "\"",
                "[]".repeat(100))) {
            assertThat(JsonText.raw(Frame.text(text))).isEqualTo(Payload.opaque(Frame.text(text)));
        }
        byte[] bytes = new byte[200];
        Arrays.fill(bytes, (byte) '[');
        bytes[100] = -1;
        assertThat(JsonText.payload(bytes).form()).isEqualTo(Payload.Form.OPAQUE);
    }
}
