package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.Grantee;
import dev.switchboard.access.Grantee.Group;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
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
    void the_shipped_rules_show_what_there_is_and_are_open() throws IOException {
        ChannelRules rules = read(Files.readString(Path.of("webapp/WEB-INF/rules.json")));
        for (ChannelRule rule : List.of(rules.of("hello"), rules.of("world"))) {
            assertThat(rule.options())
                    .isEqualTo(ChannelOptions.PLAIN
                            .with(new Retention(100, Duration.ofMinutes(5)))
                            .withPresence(true)
                            .withJoinLeave(Offer.ON_REQUEST)
                            .withRecovery(Offer.ON_REQUEST));
            assertThat(rule.subscribe()).isEqualTo(Group.ANYONE);
            assertThat(List.of(rule.publish(), rule.presence(), rule.history())).containsOnly(Group.SUBSCRIBER);
        }
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
        assertThat(read("{}").of("x")).isEqualTo(ChannelRule.PLAIN);
        assertThat(read("{\"channels\": {\"x\": {}}}").of("x")).isEqualTo(ChannelRule.PLAIN);
    }

    @Test
    void a_rule_says_what_a_channel_offers_and_who_may_do_what() {
        ChannelRules rules = read("""
                {"namespaces": {"chat": {
                    "subscribe": "authenticated", "publish": "nobody", "binary": "anyone", "presence": "anyone", "history": "authenticated",
                    "keep_presence": true, "history_size": 100000, "history_ttl": "500ms",
                    "join_leave": "forced", "recovery": "forced", "recovery_mode": "cache"}}}
                """);
        assertThat(read("{\"defaults\": {\"allow_user_limited_channels\": true}}")
                        .of("x")
                        .userLimited())
                .isTrue();
        assertThat(rules.of("chat:1"))
                .isEqualTo(new ChannelRule(
                        null,
                        Group.AUTHENTICATED,
                        Group.NOBODY,
                        Group.ANYONE,
                        Group.ANYONE,
                        Group.AUTHENTICATED,
                        ChannelOptions.PLAIN
                                .with(new Retention(100_000, Duration.ofMillis(500)))
                                .withPresence(true)
                                .withJoinLeave(Offer.FORCED)
                                .withRecovery(Offer.FORCED)
                                .with(RecoveryMode.CACHE)));
    }

    @Test
    void a_rule_may_name_roles_of_which_one_is_enough() {
        ChannelRules rules = read("""
                {"defaults": {"subscribe": "role:reader"}, "namespaces": {"chat": {"publish": ["role:editor", "role:admin"]}}, "channels": {"a": {"history": "role:a b"}}}
                """);
        assertThat(rules.of("x").subscribe()).isEqualTo(new Grantee.Role(Set.of("reader")));
        assertThat(rules.of("chat:1").publish()).isEqualTo(new Grantee.Role(Set.of("editor", "admin")));
        assertThat(rules.roles()).containsExactlyInAnyOrder("reader", "editor", "admin", "a b");
        assertThat(read("{}").roles()).isEmpty();
    }

    @Test
    void who_keeps_a_history_can_recover_on_request_and_who_keeps_none_cannot() {
        assertThat(read("{\"defaults\": {\"history_size\": 1}}").of("x").options())
                .isEqualTo(ChannelOptions.PLAIN
                        .with(new Retention(1, Duration.ofMinutes(5)))
                        .withRecovery(Offer.ON_REQUEST));
        assertThat(read("{\"defaults\": {\"recovery\": \"forced\", \"history_ttl\": \"1h\"}}")
                        .of("x")
                        .options())
                .isEqualTo(ChannelOptions.PLAIN);
    }

    @Test
    void a_rule_says_what_becomes_of_slow_clients() {
        ChannelRules rules = read("""
                {"defaults": {}, "channels": {
                    "cut": {"slow": "disconnect", "recovery": "forced"},
                    "old": {"slow": "drop_oldest"},
                    "ticker": {"slow": "latest", "history_size": 1, "recovery": "forced", "recovery_mode": "cache"},
                    "all": {"slow": "rewind", "history_size": 9, "recovery": "forced"}}}
                """);
        assertThat(List.of("other", "cut", "old", "ticker", "all"))
                .extracting(channel -> rules.of(channel).options().slow())
                .containsExactly(
                        SlowPolicy.DISCONNECT,
                        SlowPolicy.DISCONNECT,
                        SlowPolicy.DROP_OLDEST,
                        SlowPolicy.LATEST,
                        SlowPolicy.REWIND);
    }

    @Test
    void a_rule_says_who_gets_a_position() {
        ChannelRules rules = read("""
                {"defaults": {"history_size": 1}, "channels": {
                    "off": {"history_size": 1, "positioning": "off"},
                    "all": {"history_size": 1, "positioning": "forced"}}}
                """);
        assertThat(List.of("x", "off", "all"))
                .extracting(channel -> rules.of(channel).options().positioning())
                .containsExactly(Offer.ON_REQUEST, Offer.OFF, Offer.FORCED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"positioning\": \"forced\"} ~ history_size is 0",
                "{\"positioning\": \"forced\", \"history_size\": 9, \"slow\": \"latest\"} ~ slow drops",
                "{\"positioning\": true} ~ must be a text",
                "{\"positioning\": \"always\"} ~ must be one of off, on_request, forced"
            })
    void a_position_must_be_possible(String rule, String why) {
        assertThatThrownBy(() -> read("{\"channels\": {\"a\": " + rule + "}}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("channels.a.positioning: ")
                .hasMessageEndingWith(why);
    }

    @Test
    void a_rule_says_what_the_application_is_asked() {
        ChannelRules rules = read("""
                {"defaults": {"ask": []}, "namespaces": {"vote": {"ask": ["publish"]}}, "channels": {
                    "vote:42": {"ask": ["subscribe", "publish"], "slow": "drop_oldest"}}}
                """);
        assertThat(rules.of("x").options().questions()).isEmpty();
        assertThat(rules.of("vote:1").options().questions()).containsExactly(Question.PUBLISH);
        assertThat(rules.of("vote:42").options().questions()).containsExactlyInAnyOrder(Question.values());
        assertThat(rules.questions()).containsExactlyInAnyOrder(Question.values());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"slow\": \"rewind\", \"history_size\": 0} ~ history_size",
                "{\"slow\": \"latest\", \"history_size\": 9, \"recovery\": \"forced\"} ~ recovery",
                "{\"slow\": \"drop_oldest\", \"history_size\": 9, \"recovery\": \"forced\"} ~ recovery"
            })
    void what_a_rule_says_of_slow_clients_must_be_possible(String rule, String other) {
        assertThatThrownBy(() -> read("{\"channels\": {\"a\": " + rule + "}}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("channels.a.slow: ")
                .hasMessageContaining("channels.a." + other + " is ");
    }

    /** JSON-B by itself would take some of these. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "greeting ~ 1",
                "greeting ~ {}",
                "subscribe ~ \"subscriber\"",
                "subscribe ~ \"everyone\"",
                "publish ~ \"ANYONE\"",
                "publish ~ \"\"",
                "publish ~ 1",
                "binary ~ true",
                "presence ~ [\"anyone\"]",
                "history ~ \"reader\"",
                "history ~ \"role:\"",
                "history ~ \"role: \"",
                "history ~ \"Role:reader\"",
                "history ~ []",
                "history ~ [\"role:reader\", \"anyone\"]",
                "history ~ [\"role:reader\", 1]",
                "history ~ [[\"role:reader\"]]",
                "join_leave ~ \"role:reader\"",
                "keep_presence ~ \"true\"",
                "keep_presence ~ 1",
                "history_size ~ \"10\"",
                "history_size ~ -1",
                "history_size ~ 1.5",
                "history_size ~ 1e2",
                "history_size ~ 100001",
                "history_size ~ 99999999999999999999",
                "history_ttl ~ 10",
                "history_ttl ~ \"10\"",
                "history_ttl ~ \"0s\"",
                "join_leave ~ false",
                "join_leave ~ \"on-request\"",
                "recovery ~ \"on\"",
                "recovery_mode ~ \"streams\"",
                "slow ~ \"DROP_OLDEST\"",
                "slow ~ true",
                "slow ~ \"rewind\"",
                "ask ~ \"publish\"",
                "ask ~ true",
                "ask ~ [\"rpc\"]",
                "ask ~ [null]",
                "ask ~ [[\"publish\"]]"
            })
    void a_malformed_member_is_refused_by_its_name(String member, String value) {
        String json = "{\"namespaces\": {\"chat\": {\"" + member + "\": " + value + "}}}";
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("namespaces.chat." + member + ": ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"channel\": {}} ~ channel",
                "{\"channels\": {\"a\": {\"greting\": \"x\"}}} ~ greting",
                "{\"defaults\": {\"greeting\": {}}} ~ defaults.greeting",
                "{\"defaults\": {\"keepPresence\": true}} ~ keepPresence",
                "{\"defaults\": {\"history_sise\": 1}} ~ history_sise",
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{'namespaces': {'chat': {'histroy_size': 5}}} ~ namespaces.chat.histroy_size: no such member; did you mean history_size?",
                "{'defaults': {'suscribe': 'anyone'}} ~ defaults.suscribe: no such member; did you mean subscribe?",
                "{'chanels': {}} ~ chanels: no such member; did you mean channels?",
                "{'channels': {'a': []}} ~ channels.a: must be an object",
                "[] ~ the whole file: must be an object",
            })
    void an_unknown_member_is_named_with_the_one_that_was_meant(String json, String message) {
        assertThatThrownBy(() -> read(json.replace('\'', '"')))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void a_member_that_resembles_none_is_named_with_those_that_exist() {
        assertThatThrownBy(() -> read("{\"everything\": {}}"))
                .hasMessage("everything: no such member; there are channels, defaults, namespaces");
    }

    @Test
    void a_malformed_file_is_named_with_the_line_and_column() {
        assertThatThrownBy(() -> read("{\n  \"channels\": {,}\n}"))
                .hasMessageStartingWith("line 2, column ")
                .hasMessageEndingWith(": this is no JSON");
    }
}
