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
import dev.switchboard.model.TagsFilter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesFileTest {

    private static ChannelRules read(String json) {
        return RulesFile.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), 20);
    }

    @Test
    void the_shipped_rules_have_a_greeting_in_hello_alone() throws IOException {
        ChannelRules rules = read(Files.readString(Path.of("webapp/WEB-INF/rules.json")));
        assertThat(rules.of("hello").greeting()).isEqualTo("Hello, Client!");
        assertThat(rules.of("world").greeting()).isNull();
    }

    @Test
    void the_shipped_rules_are_open_and_offer_each_feature() throws IOException {
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
    void the_example_of_the_page_gives_the_examples_of_all_pages_what_they_ask_for() throws IOException {
        String page = Files.readString(Path.of("src/docs/channel-rules.md"));
        String example = page.split("```json\n", -1)[1].split("```", -1)[0];
        ChannelRules rules = RulesFile.read(new ByteArrayInputStream(example.getBytes(StandardCharsets.UTF_8)), 65_536);
        for (String channel : List.of("news", "draft", "hello")) { // of rooms.md, raw.md and the quick start
            ChannelRule rule = rules.of(channel);
            assertThat(rule.subscribe()).as(channel).isEqualTo(Group.ANYONE);
            assertThat(rule.options().presence()).as(channel).isTrue();
            assertThat(rule.options().retention().keeps()).as(channel).isTrue();
        }
        assertThat(rules.of("hello").greeting()).isEqualTo("Hello, Client!");
    }

    @Test
    void rules_know_the_name_of_their_file(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("rules.json"), "{}");
        URL shipped = Path.of("webapp/WEB-INF/rules.json").toUri().toURL();
        assertThat(RulesFile.read(file, 65_536, shipped).file()).isEqualTo(file.toString());
        assertThat(RulesFile.read(null, 65_536, shipped).file()).isEqualTo("WEB-INF/rules.json");
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
    void an_empty_file_has_no_rules() {
        assertThat(read("{}").of("x")).isEqualTo(ChannelRule.PLAIN);
        assertThat(read("{\"channels\": {\"x\": {}}}").of("x")).isEqualTo(ChannelRule.PLAIN);
    }

    @Test
    void a_rule_has_the_offers_and_the_grants_of_a_channel() {
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
    void a_rule_may_name_several_roles() {
        ChannelRules rules = read("""
                {"defaults": {"subscribe": "role:reader"}, "namespaces": {"chat": {"publish": ["role:editor", "role:admin"]}}, "channels": {"a": {"history": "role:a b"}}}
                """);
        assertThat(rules.of("x").subscribe()).isEqualTo(new Grantee.Role(Set.of("reader")));
        assertThat(rules.of("chat:1").publish()).isEqualTo(new Grantee.Role(Set.of("editor", "admin")));
        assertThat(rules.roles()).containsExactlyInAnyOrder("reader", "editor", "admin", "a b");
        assertThat(read("{}").roles()).isEmpty();
    }

    @Test
    void a_channel_offers_recovery_when_it_has_a_history() {
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
    void a_rule_has_the_policy_for_slow_clients() {
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
    void a_rule_has_the_offer_of_positions() {
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
    void a_rule_is_refused_when_positions_are_impossible(String rule, String why) {
        assertThatThrownBy(() -> read("{\"channels\": {\"a\": " + rule + "}}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("channels.a.positioning: ")
                .hasMessageEndingWith(why);
    }

    @Test
    void a_rule_has_the_questions_for_the_application() {
        ChannelRules rules = read("""
                {"defaults": {"ask": []}, "namespaces": {"vote": {"ask": ["publish"]}}, "channels": {
                    "vote:42": {"ask": ["subscribe", "publish"], "slow": "drop_oldest"}}}
                """);
        assertThat(rules.of("x").options().questions()).isEmpty();
        assertThat(rules.of("vote:1").options().questions()).containsExactly(Question.PUBLISH);
        assertThat(rules.of("vote:42").options().questions()).containsExactlyInAnyOrder(Question.values());
        assertThat(rules.questions()).containsExactlyInAnyOrder(Question.values());
    }

    @Test
    void a_rule_has_a_filter_by_tags() {
        ChannelRules rules = read("""
                {"defaults": {}, "channels": {"a": {"tags_filter": {"op": "not", "nodes": [{"key": "secret", "cmp": "ex"}]}}}}
                """);
        assertThat(rules.of("x").options().filter()).isNull();
        assertThat(rules.of("a").options().filter()).isEqualTo(new TagsFilter.Not(new TagsFilter.Present("secret")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"slow\": \"rewind\", \"history_size\": 0} ~ history_size",
                "{\"slow\": \"latest\", \"history_size\": 9, \"recovery\": \"forced\"} ~ recovery",
                "{\"slow\": \"drop_oldest\", \"history_size\": 9, \"recovery\": \"forced\"} ~ recovery"
            })
    void a_rule_is_refused_when_its_policy_for_slow_clients_is_impossible(String rule, String other) {
        assertThatThrownBy(() -> read("{\"channels\": {\"a\": " + rule + "}}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("channels.a.slow: ")
                .hasMessageContaining("channels.a." + other + " is ");
    }

    /** JSON-B alone would accept some of these. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "tags_filter ~ 1",
                "tags_filter ~ {}",
                "tags_filter ~ {\"key\": 1}",
                "tags_filter ~ {\"key\": \"a\", \"cmp\": \"eq\"}",
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
    void a_malformed_member_is_named(String member, String value) {
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
    void a_malformed_rule_is_named(String json, String named) {
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
    void an_unknown_member_is_named_with_the_nearest_one(String json, String message) {
        assertThatThrownBy(() -> read(json.replace('\'', '"')))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void an_unknown_member_is_named_with_all_members_when_none_is_near() {
        assertThatThrownBy(() -> read("{\"everything\": {}}"))
                .hasMessage("everything: no such member; there are channels, defaults, namespaces");
    }

    @Test
    void a_malformed_file_is_refused_with_its_line_and_column() {
        assertThatThrownBy(() -> read("{\n  \"channels\": {,}\n}"))
                .hasMessageStartingWith("line 2, column ")
                .hasMessageEndingWith(": this is no JSON");
    }
}
