package dev.switchboard.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordTest {

    private static final String TEXT = "correct horse battery";

    @Test
    void a_password_that_stands_as_it_is_is_the_same_text_alone() {
        Password password = Password.of(TEXT);
        assertThat(password.isSet()).isTrue();
        assertThat(password.is(TEXT)).isTrue();
        assertThat(password.is(TEXT + "x")).isFalse();
        assertThat(password.is("")).isFalse();
    }

    @Test
    void a_hash_stands_for_the_password_that_it_was_made_of() {
        String hash = Password.hash(TEXT);
        assertThat(hash).startsWith("pbkdf2-sha256$600000$").doesNotContain(TEXT);
        assertThat(Password.of(hash).is(TEXT)).isTrue();
        assertThat(Password.of(hash).is("another password")).isFalse();
        assertThat(Password.of(hash).is(hash)).isFalse();
    }

    @Test
    void a_known_hash_of_another_program_is_understood() { // hashlib.pbkdf2_hmac of Python, 5000 iterations
        Password password =
                Password.of("pbkdf2-sha256$5000$MDEyMzQ1Njc4OWFiY2RlZg$TN+bsz42K2wCa+oUS+HQVvxo54l6lJOItKrbW+NePvM");
        assertThat(password.is("twelve chars")).isTrue();
    }

    @Test
    void two_hashes_of_one_password_differ() {
        assertThat(Password.hash(TEXT)).isNotEqualTo(Password.hash(TEXT));
    }

    @Test
    void no_text_is_the_password_that_is_not_set() {
        assertThat(Password.of("").isSet()).isFalse();
        assertThat(Password.of("").is("")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "too short",
                "pbkdf2-sha256$1$c2FsdHNhbHRzYWx0c2FsdA$x",
                "pbkdf2-sha256$600000$$",
                "pbkdf2-sha256 and more"
            })
    void a_short_password_and_a_malformed_hash_are_refused_without_being_quoted(String setting) {
        assertThatThrownBy(() -> Password.of(setting))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(setting);
    }

    @Test
    void to_string_leaves_the_password_out() {
        assertThat(Password.of(TEXT).toString()).doesNotContain("horse");
    }
}
