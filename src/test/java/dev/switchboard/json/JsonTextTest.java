package dev.switchboard.json;

import static org.assertj.core.api.Assertions.assertThat;

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
    void a_text_has_no_members_when_it_is_not_an_object(String text) {
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
    void a_text_is_no_value_when_it_is_malformed(String text) {
        assertThat(JsonText.isValue(text)).isFalse();
    }

    @Test
    void a_value_has_at_most_64_levels_however_wide_it_is() {
        String wide = "[{},[],{\"a\":[]},".repeat(62) + "[]" + "]".repeat(62);
        assertThat(JsonText.isValue(wide)).isTrue();
        assertThat(JsonText.isValue("[" + wide + "]")).isFalse();
    }
}
