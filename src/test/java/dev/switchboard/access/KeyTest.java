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
    void who_knows_it_brings_it(String authorization) {
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
    void others_do_not(String authorization) {
        assertThat(new Key(TEXT).isIn(authorization)).isFalse();
        assertThat(new Key(TEXT).isIn(null)).isFalse();
    }

    @Test
    void nobody_brings_one_that_is_not_there() {
        assertThat(new Key("").isIn("Bearer ")).isFalse();
        assertThat(new Key("").isIn(null)).isFalse();
    }

    @Test
    void a_short_one_could_be_guessed() {
        assertThatThrownBy(() -> new Key(TEXT.substring(1))).isInstanceOf(IllegalArgumentException.class);
    }
}
