package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTest {

    private static final String TEXT = "a-key-of-thirty-two-characters-.";

    @ParameterizedTest
    @ValueSource(strings = {"Bearer " + TEXT, "bearer " + TEXT, "Bearer  " + TEXT + " "})
    void is_in_accepts_a_bearer_header_with_the_key(String authorization) {
        assertThat(new Key(TEXT).isIn(authorization)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                TEXT,
                "Basic " + TEXT,
                "Bearer " + TEXT + "x",
                "Bearer A-key-of-thirty-two-characters-."
            })
    void is_in_rejects_any_other_header(String authorization) {
        assertThat(new Key(TEXT).isIn(authorization)).isFalse();
        assertThat(new Key(TEXT).isIn(null)).isFalse();
    }

    @Test
    void an_empty_key_is_in_no_header() {
        assertThat(new Key("").isIn("Bearer ")).isFalse();
        assertThat(new Key("").isIn(null)).isFalse();
    }

    @Test
    void a_short_key_is_refused() {
        assertThatThrownBy(() -> new Key(TEXT.substring(1))).isInstanceOf(IllegalArgumentException.class);
    }
}
