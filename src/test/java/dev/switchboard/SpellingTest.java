package dev.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {

    @ParameterizedTest
    @CsvSource({
        "switchboard.orgins, switchboard.origins",
        "switchboard.outbox.agee, switchboard.outbox.age",
        "switchboard.token.secrets, switchboard.token.secret",
        "switchboard.toke.jwks, switchboard.token.jwks"
    })
    void the_nearest_setting_is_named_first(String misspelt, String meant) {
        assertThatThrownBy(() -> Settings.of(Map.of(misspelt, "x"), Map.of(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("unknown setting " + misspelt + "; did you mean " + meant);
    }

    @Test
    void a_word_that_is_like_no_setting_gets_no_suggestion() {
        assertThatThrownBy(() -> Settings.of(Map.of("switchboard.quite.another.thing", "x"), Map.of(), Map.of()))
                .hasMessageStartingWith("unknown setting switchboard.quite.another.thing; there are switchboard.");
    }

    @Test
    void the_distance_counts_letters() {
        assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Spelling.distance("", "abc")).isEqualTo(3);
        assertThat(Spelling.distance("same", "same")).isZero();
        assertThat(Spelling.near("abc", List.of("abd", "xyz", "abc"))).containsExactly("abc", "abd");
    }
}
