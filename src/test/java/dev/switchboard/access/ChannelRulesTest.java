package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelRulesTest {

    private final ChannelRules rules = new ChannelRules(
            ChannelRule.greeting("default"),
            Map.of(
                    "chat", ChannelRule.greeting("chat"),
                    "", ChannelRule.greeting("nameless"),
                    "$own", ChannelRule.greeting("private"),
                    "$hall", ChannelRule.greeting("private hall"),
                    "hall", ChannelRule.greeting("hall")),
            Map.of("chat:one", ChannelRule.greeting("one"), "own:only", ChannelRule.PLAIN));

    @ParameterizedTest
    @CsvSource({
        "news, default",
        "chat, default",
        "chat:two, chat",
        "chat:one, one",
        "chat:one:more, chat",
        "other:x, default",
        ":x, nameless",
        "$chat:two, chat",
        "$$chat:two, default",
        "$chat:one, chat",
        "$own:x, private",
        "$hall:x, private hall",
        "hall:x, hall",
        "$news, default",
        "$x:chat:y, default"
    })
    void of_returns_the_rule_of_the_channel_then_of_the_namespace_then_the_defaults(String channel, String greeting) {
        assertThat(rules.of(channel).greeting()).isEqualTo(greeting);
    }

    @ParameterizedTest
    @CsvSource({
        "news,",
        "chat:two, chat",
        "chat:one, chat",
        "own:only,",
        ":x, ''",
        "other:x,",
        "$chat:x, chat",
        "$own:x, $own",
        "$hall:x, $hall",
        "hall:x, hall",
        "$other:x,",
        "$$chat:x,"
    })
    void the_namespace_is_one_of_the_rules(String channel, @Nullable String namespace) {
        assertThat(rules.ruledNamespace(channel)).isEqualTo(namespace);
    }

    @ParameterizedTest
    @CsvSource({
        "news, true",
        "chat:two, true",
        "chat:one, true",
        "own:only, true",
        ":x, true",
        "other:x, false",
        "$chat:x, true",
        "$own:x, true",
        "own:x, false",
        "$other:x, false",
        "$news, true",
        "$$chat:x, false"
    })
    void knows_returns_false_for_a_namespace_without_a_rule(String channel, boolean known) {
        assertThat(rules.knows(channel)).isEqualTo(known);
    }
}
