package dev.switchboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelPatternTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "* '' true",
                "* abc true",
                "a*c abc true",
                "a*c ac true",
                "a*c acb false",
                "? a true",
                "? '' false",
                "? é true",
                "? 🙂 true",
                "a**b ab true",
                "abc abc true",
                "abc abcd false",
                "*b*d abcd true",
                "news:* news:a:b true",
                "[a] a true",
                "[a] b false",
                "[ab-d]x cx true",
                "[!a-c] d true",
                "[!a-c] b false",
                "[\\]] ] true",
                "[a-] - true",
                "{news,chat}:* chat:1 true",
                "{news,chat}:* other:1 false",
                "{a{b,c*},}x acccx true",
                "{a{b,c*},}x x true",
                "a,b a,b true",
                "\\* * true",
                "\\* a false",
                "\\{a\\} {a} true",
                "'' '' true"
            })
    void a_pattern_matches_the_channels_that_it_matches_in_centrifugo(String pattern, String text, boolean matches) {
        assertThat(ChannelPattern.of(pattern).matches(text)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "[ ~ a [ without characters and a ]",
                "[] ~ a [ without characters and a ]",
                "[!] ~ a [ without characters and a ]",
                "a[bc ~ a [ without characters and a ]",
                "[b-a] ~ a range that ends before it begins",
                "[a- ~ a range that ends before it begins",
                "{a,b ~ a { without a }",
                "{ ~ a { without a }",
                "a} ~ a } without a {",
                "a\\ ~ ends with a backslash",
                "{{{{{{{{{{{{{{{{{a}}}}}}}}}}}}}}}}} ~ more than 16 braces"
            })
    void a_malformed_pattern_is_refused_with_the_reason(String pattern, String why) {
        assertThatThrownBy(() -> ChannelPattern.of(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void a_pattern_of_stars_takes_time_proportional_to_both_lengths() {
        ChannelPattern stars = ChannelPattern.of("{*a,*}".repeat(40) + "b");
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> assertThat(stars.matches("a".repeat(255))).isFalse());
    }
}
