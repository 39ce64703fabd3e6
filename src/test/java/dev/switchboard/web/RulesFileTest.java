package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.access.ChannelRules;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesFileTest {

    private static ChannelRules read(String json) {
        return RulesFile.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), 20);
    }

    @Test
    void the_shipped_rules_greet_in_hello_and_nowhere_else() throws IOException {
        ChannelRules rules = read(Files.readString(Path.of("webapp/WEB-INF/rules.json")));
        assertThat(rules.of("hello").greeting()).isEqualTo("Hello, Client!");
        assertThat(rules.of("world").greeting()).isNull();
    }

    @Test
    void a_file_may_have_defaults_namespaces_and_channels() {
        ChannelRules rules = read("""
                {"defaults": {"greeting": "d"}, "namespaces": {"chat": {"greeting": "grüß"}, "mute": {}}, "channels": {"a": {"greeting": null}}}
                """);
        assertThat(rules.of("x").greeting()).isEqualTo("d");
        assertThat(rules.of("chat:1").greeting()).isEqualTo("grüß");
        assertThat(rules.of("mute:1").greeting()).isNull();
        assertThat(rules.of("a").greeting()).isNull();
    }

    @Test
    void an_empty_file_of_rules_has_none() {
        assertThat(read("{}").of("x").greeting()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"channel\": {}} ~ channel",
                "{\"channels\": {\"a\": {\"greting\": \"x\"}}} ~ greting",
                "{\"defaults\": {\"greeting\": {}}} ~ greeting",
                "{\"channels\": {\"a\": null}} ~ channels.a",
                "{\"channels\": null} ~ channels",
                "{\"defaults\": null} ~ defaults",
                "{\"channels\": [1]} ~ channels",
                "{\"namespaces\": {\"chat\": {\"greeting\": \"ééééééééééé\"}}} ~ namespaces.chat.greeting",
                "{\"defaults\": ~ ''",
                "[] ~ ''",
                "null ~ ''",
                "'' ~ ''"
            })
    void what_is_no_rule_is_refused_and_named(String json, String named) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }
}
