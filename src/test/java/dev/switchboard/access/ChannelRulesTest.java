package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelRulesTest {

    private final ChannelRules rules = new ChannelRules(
            new ChannelRule("default"),
            Map.of("chat", new ChannelRule("chat"), "", new ChannelRule("nameless")),
            Map.of("chat:one", new ChannelRule("one")));

    @ParameterizedTest
    @CsvSource({
        "news, default",
        "chat, default",
        "chat:two, chat",
        "chat:one, one",
        "chat:one:more, chat",
        "other:x, default",
        ":x, nameless"
    })
    void the_most_special_rule_holds(String channel, String greeting) {
        assertThat(rules.of(channel).greeting()).isEqualTo(greeting);
    }
}
