package dev.switchboard.access;

import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.lasting;
import static dev.switchboard.access.Issuer.signed;
import static dev.switchboard.access.Stages.equalButForToken;
import static dev.switchboard.access.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.access.Grantee.Group;
import dev.switchboard.json.JsonObject;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.AccessPolicy.Right;
import dev.switchboard.spi.Ledger;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RulesPolicyTest {

    private static final Identity ANNA = new Identity("anna", null, 0, Map.of());
    private static final Identity ANONYMOUS = Identity.ANONYMOUS;

    private static final ChannelOptions HISTORY = ChannelOptions.PLAIN
            .with(new ChannelOptions.Retention(10, Duration.ofMinutes(1)))
            .withPresence(true)
            .withRecovery(ChannelOptions.Offer.FORCED)
            .with(ChannelOptions.RecoveryMode.CACHE);

    /** The name of a namespace says which clients have all rights there, except {@code binary}. */
    private static final ChannelRules RULES = new ChannelRules(
            ChannelRule.PLAIN,
            withPersonal(Map.of(
                    "anyone", rule(Group.ANYONE, Group.ANYONE, Group.NOBODY),
                    "authenticated", rule(Group.AUTHENTICATED, Group.AUTHENTICATED, Group.NOBODY),
                    "subscriber", rule(Group.ANYONE, Group.SUBSCRIBER, Group.NOBODY),
                    "nobody", rule(Group.NOBODY, Group.NOBODY, Group.ANYONE),
                    "members", rule(Group.SUBSCRIBER, Group.ANYONE, Group.NOBODY),
                    "publish",
                            new ChannelRule(
                                    null,
                                    Group.ANYONE,
                                    Group.ANYONE,
                                    Group.NOBODY,
                                    Group.NOBODY,
                                    Group.NOBODY,
                                    HISTORY),
                    "presence",
                            new ChannelRule(
                                    null,
                                    Group.ANYONE,
                                    Group.NOBODY,
                                    Group.NOBODY,
                                    Group.ANYONE,
                                    Group.NOBODY,
                                    HISTORY),
                    "history",
                            new ChannelRule(
                                    null,
                                    Group.ANYONE,
                                    Group.NOBODY,
                                    Group.NOBODY,
                                    Group.NOBODY,
                                    Group.ANYONE,
                                    HISTORY),
                    "binary", rule(Group.ANYONE, Group.AUTHENTICATED, Group.SUBSCRIBER),
                    "$anyone", rule(Group.ANYONE, Group.ANYONE, Group.ANYONE))),
            Map.of());

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(0);
    private final LabelledCounter failures = new LabelledCounter();

    private static Map<String, ChannelRule> withPersonal(Map<String, ChannelRule> rules) {
        Map<String, ChannelRule> all = new HashMap<>(rules);
        all.put(
                "personal",
                new ChannelRule(
                        null,
                        Group.NOBODY,
                        Group.NOBODY,
                        Group.NOBODY,
                        Group.NOBODY,
                        Group.NOBODY,
                        true,
                        HISTORY.asking(Set.of(Question.SUBSCRIBE, Question.PUBLISH))));
        return all;
    }

    private static ChannelRule rule(Grantee subscribe, Grantee others, Grantee binary) {
        return new ChannelRule(null, subscribe, others, binary, others, others, HISTORY);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private RulesPolicy policy(Access access, String secret) {
        AccessSettings settings = new AccessSettings(
                access, secret, null, "", "", Duration.ofHours(24), Duration.ofSeconds(5), AccessSettings.Use.REPEATED);
        Tokens tokens =
                new Tokens(settings, new WallClock(), Runnable::run, Runnable::run, timer, failures, Ledger.NONE);
        return new RulesPolicy(RULES, tokens, access);
    }

    private final RulesPolicy policy = policy(Access.OPEN, SECRET);

    @ParameterizedTest
    @EnumSource(Access.class)
    void identify_reads_a_token_in_every_mode(Access access) {
        RulesPolicy any = policy(access, SECRET);
        assertThat(Stages.of(any.identify(null, signed("{\"sub\":\"anna\",\"exp\":1000060,\"expire_at\":0}"))))
                .satisfies(equalButForToken(ANNA));
        assertThat(failure(any.identify(null, "x"))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(any.identify(null, signed("{\"exp\":1}")))).isEqualTo(ClientError.TOKEN_EXPIRED);
    }

    @Test
    void identify_follows_the_mode_without_a_token() {
        assertThat(Stages.of(policy.identify(null, ""))).satisfies(equalButForToken(ANONYMOUS));
        assertThat(Stages.of(policy(Access.INSECURE, SECRET).identify(null, "")))
                .satisfies(equalButForToken(ANONYMOUS));
        assertThat(failures.counts()).isEmpty();
        assertThat(failure(policy(Access.TOKEN, SECRET).identify(null, ""))).isEqualTo(ClientError.UNAUTHORIZED);
        assertThat(failures.counts()).isEqualTo(Map.of("missing", 1L));
    }

    @Test
    void identify_refuses_a_token_without_keys_unless_access_is_insecure() {
        assertThat(failure(policy(Access.OPEN, "").identify(null, signed("{\"exp\":1000060}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(Stages.of(policy(Access.INSECURE, "").identify(null, "x"))).satisfies(equalButForToken(ANONYMOUS));
        assertThat(Stages.of(policy(Access.INSECURE, "").admit(ANONYMOUS, "c1", "$news", "x")))
                .isEqualTo(SubscribeGrant.PLAIN);
    }

    @ParameterizedTest
    @CsvSource({
        "news, true, true",
        "anyone:1, true, true",
        "authenticated:1, false, true",
        "subscriber:1, true, true",
        "nobody:1, false, false",
        "members:1, false, false",
        "$news, false, false",
        "$anyone:1, false, false",
        "dialog#anna, false, true",
        "'dialog#bert,anna', false, true",
        "dialog#bert, false, false",
        "dialog#anna#bert, false, false",
        "dialog#bert#anna, false, true",
        "dialog#annabert, false, false",
        "dialog#, false, false",
        "'dialog#,', false, false",
        "nobody:#anna, false, false",
        "personal:#anna, false, true",
        "'personal:x#bert,anna', false, true",
        "personal:#bert, false, false",
        "personal:x, false, false",
        "personal:#, false, false",
        "'personal:#,', false, false",
        "$personal:#anna, false, false"
    })
    void admit_follows_the_rule_and_the_channel_name_without_a_token(String channel, boolean anonymous, boolean anna) {
        assertThat(failure(policy.admit(ANONYMOUS, "c1", channel, "")))
                .isEqualTo(anonymous ? null : ClientError.PERMISSION_DENIED);
        assertThat(failure(policy.admit(ANNA, "c1", channel, "")))
                .isEqualTo(anna ? null : ClientError.PERMISSION_DENIED);
    }

    private static String subscriptionToken(String channel) {
        return signed("{\"channel\":\"" + channel + "\",\"sub\":\"anna\",\"info\":{},\"exp\":1000060}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"news", "nobody:1", "$news", "dialog#anna", "$dialog#bert,anna"})
    void admit_accepts_a_subscription_token_against_the_rule(String channel) {
        assertThat(Stages.of(policy.admit(ANNA, "c1", channel, subscriptionToken(channel))))
                .satisfies(equalButForToken(new SubscribeGrant("{}", null, 60)));
        assertThat(failure(policy.admit(ANONYMOUS, "c1", channel, subscriptionToken(channel))))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failure(policy.admit(ANNA, "c1", channel, subscriptionToken("other"))))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failure(policy.admit(ANNA, "c1", channel, "x"))).isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failure(policy.admit(
                        ANNA, "c1", channel, signed("{\"channel\":\"" + channel + "\",\"sub\":\"anna\",\"exp\":1}"))))
                .isEqualTo(ClientError.TOKEN_EXPIRED);
    }

    @Test
    void admit_refuses_a_subscription_token_for_a_channel_of_other_users() {
        assertThat(failure(policy.admit(ANNA, "c1", "dialog#bert", subscriptionToken("dialog#bert"))))
                .isEqualTo(ClientError.PERMISSION_DENIED);
    }

    @Test
    void insecure_access_grants_every_right_and_still_reads_tokens() {
        RulesPolicy insecure = policy(Access.INSECURE, "secret");
        for (String channel : new String[] {"nobody:1", "$news", "dialog#bert"}) {
            assertThat(Stages.of(insecure.admit(ANONYMOUS, "c1", channel, ""))).isEqualTo(SubscribeGrant.PLAIN);
            for (Right right : Right.values()) {
                assertThat(insecure.allows(right, ANONYMOUS, channel, false)).isTrue();
            }
        }
        String token = signed("HS256", "secret", "{\"channel\":\"$news\",\"exp\":1000060}");
        assertThat(Stages.of(insecure.admit(ANONYMOUS, "c1", "$news", token)))
                .satisfies(equalButForToken(new SubscribeGrant(null, null, 60)));
        assertThat(failure(insecure.admit(ANONYMOUS, "c1", "$other", token))).isEqualTo(ClientError.PERMISSION_DENIED);
    }

    @ParameterizedTest
    @CsvSource({
        // channel, anonymous outside, anna outside, anonymous inside, anna inside
        "news, false, false, true, true",
        "anyone:1, true, true, true, true",
        "authenticated:1, false, true, false, true",
        "subscriber:1, false, false, true, true",
        "nobody:1, false, false, false, false",
        "$anyone:1, false, false, true, true",
        "anyone:#bert, false, false, true, true",
        "anyone:#anna, false, true, true, true"
    })
    void allows_follows_the_rule(String channel, boolean a, boolean b, boolean c, boolean d) {
        for (Right right : new Right[] {Right.PUBLISH, Right.PRESENCE, Right.HISTORY}) {
            assertThat(policy.allows(right, ANONYMOUS, channel, false)).isEqualTo(a);
            assertThat(policy.allows(right, ANNA, channel, false)).isEqualTo(b);
            assertThat(policy.allows(right, ANONYMOUS, channel, true)).isEqualTo(c);
            assertThat(policy.allows(right, ANNA, channel, true)).isEqualTo(d);
        }
    }

    @Test
    void a_role_includes_clients_to_which_the_container_gives_it() {
        Grantee editors = new Grantee.Role(Set.of("editor", "admin"));
        Identity editor = Identity.login("anna", Set.of("reader", "editor"));
        assertThat(editors.includes(editor, false)).isTrue();
        assertThat(editors.includes(Identity.login("bert", Set.of("reader")), true))
                .isFalse();
        assertThat(editors.includes(ANNA, true)).isFalse();
        assertThat(editors.includes(ANONYMOUS, true)).isFalse();
    }

    @Test
    void identify_accepts_a_login_unless_access_needs_a_token() {
        for (Access access : new Access[] {Access.OPEN, Access.LOGIN, Access.INSECURE}) {
            assertThat(Stages.of(policy(access, SECRET).identify(ANNA, ""))).satisfies(equalButForToken(ANNA));
        }
        assertThat(failure(policy(Access.TOKEN, SECRET).identify(ANNA, ""))).isEqualTo(ClientError.UNAUTHORIZED);
        assertThat(failure(policy(Access.LOGIN, SECRET).identify(null, ""))).isEqualTo(ClientError.UNAUTHORIZED);
    }

    @ParameterizedTest
    @EnumSource(names = {"PUBLISH", "PRESENCE", "HISTORY"})
    void allows_grants_each_right_alone(Right given) {
        String channel = given.name().toLowerCase(Locale.ROOT) + ":1";
        for (Right right : new Right[] {Right.PUBLISH, Right.PRESENCE, Right.HISTORY}) {
            assertThat(policy.allows(right, ANNA, channel, true)).isEqualTo(right == given);
        }
    }

    @Test
    void allows_binary_needs_the_right_to_publish_too() {
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANNA, "anyone:1", true)).isFalse();
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANNA, "nobody:1", true)).isFalse();
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANNA, "binary:1", false)).isFalse();
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANONYMOUS, "binary:1", true))
                .isFalse();
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANNA, "binary:1", true)).isTrue();
    }

    @Test
    void options_ask_no_subscribe_hook_if_the_channel_name_lists_users() {
        assertThat(policy.options("personal:#anna").questions()).containsExactly(Question.PUBLISH);
        assertThat(policy.options("personal:x").questions())
                .containsExactlyInAnyOrder(Question.PUBLISH, Question.SUBSCRIBE);
        assertThat(policy.allows(Right.PUBLISH, ANNA, "personal:#anna", true)).isFalse();
    }

    @Test
    void options_are_those_of_the_rule() {
        assertThat(policy.options("nobody:1")).isEqualTo(HISTORY);
        assertThat(policy.options("unknown:1")).isEqualTo(ChannelOptions.PLAIN);
        assertThat(policy.knows("nobody:1")).isTrue();
        assertThat(policy.knows("unknown:1")).isFalse();
    }

    // What the policy says about its decisions.

    private static Explanation explained(RulesPolicy policy, String user, String channel, String token) {
        return Stages.of(policy.explain(user, channel, token));
    }

    private static Explanation.Verdict right(Explanation explanation, String name) {
        return Objects.requireNonNull(explanation.rights().get(name), name);
    }

    @ParameterizedTest
    @EnumSource(Access.class)
    void explain_says_what_the_policy_decides(Access access) {
        RulesPolicy explaining = policy(access, SECRET);
        List<String> channels = List.of(
                "plain",
                "anyone:a",
                "authenticated:a",
                "subscriber:a",
                "nobody:a",
                "members:a",
                "publish:a",
                "presence:a",
                "history:a",
                "binary:a",
                "$anyone:a",
                "$plain",
                "dialog#anna",
                "dialog#bob",
                "personal:#anna",
                "personal:#bob",
                "unknown:a");
        for (String user : List.of("", "anna")) {
            Identity identity = new Identity(user, null, 0, Map.of());
            for (String channel : channels) {
                Explanation explanation = explained(explaining, user, channel, "");
                boolean enters = failure(explaining.admit(identity, "c1", channel, "")) == null;
                String what = access + " " + user + " " + channel;
                assertThat(right(explanation, "subscribe").allowed()).as(what).isEqualTo(enters);
                for (Right right : Right.values()) {
                    assertThat(right(explanation, right.name().toLowerCase(Locale.ROOT))
                                    .allowed())
                            .as(what + " " + right)
                            .isEqualTo(explaining.allows(right, identity, channel, enters));
                }
            }
        }
    }

    @Test
    void explain_names_the_rule_its_member_and_what_the_client_lacks() {
        Explanation explanation = explained(policy, "", "authenticated:a", "");
        assertThat(explanation.rule())
                .isEqualTo(new Explanation.Rule(Explanation.Place.NAMESPACE, "authenticated", "the channel rules"));
        assertThat(right(explanation, "subscribe"))
                .isEqualTo(new Explanation.Verdict(
                        false,
                        "subscribe is \"authenticated\" in the rule of the namespace \"authenticated\" in the channel"
                                + " rules, and the client has no user; see channel-rules.md"));
        assertThat(explanation.options()).containsEntry("history_size", "10").containsEntry("keep_presence", "true");
        assertThat(explanation.text())
                .startsWith("channel \"authenticated:a\", no user\nrule: the rule of the namespace")
                .contains("\nsubscribe: no, subscribe is ", "\nhistory_size: 10");
        JsonObject json = JsonObject.of(explanation.json());
        assertThat(json.text("channel")).isEqualTo("authenticated:a");
        assertThat(explained(policy, "", "unknown:a", "").rule().place()).isEqualTo(Explanation.Place.UNKNOWN);
        assertThat(explained(policy, "", "a", "").rule().place()).isEqualTo(Explanation.Place.DEFAULTS);
        assertThat(explained(policy, "", "$anyone:a", "").rule().name()).isEqualTo("$anyone");
    }

    @Test
    void explain_says_whether_a_token_is_valid_and_counts_nothing() {
        Explanation.Token valid = explained(policy, "", "authenticated:a", signed(lasting("{\"sub\":\"anna\"}")))
                .token();
        assertThat(Objects.requireNonNull(valid).isValid()).isTrue();
        Explanation expired = explained(policy, "bob", "authenticated:a", signed("{\"sub\":\"anna\",\"exp\":1}"));
        assertThat(expired.user()).isEqualTo("bob");
        assertThat(Objects.requireNonNull(expired.token()).denial()).isEqualTo(ClientError.TOKEN_EXPIRED);
        assertThat(expired.token().text()).startsWith("its exp is over");
        assertThat(expired.json()).contains("\"token\":{\"valid\":false,\"code\":109,\"error\":\"token expired\"");
        assertThat(failures.counts()).isEmpty();
    }

    @Test
    void explain_takes_the_user_of_a_connection_token_and_the_channel_of_a_subscription_token() {
        String connection = signed(lasting("{\"sub\":\"anna\"}"));
        Explanation named = explained(policy, "", "authenticated:a", connection);
        assertThat(named.user()).isEqualTo("anna");
        assertThat(right(named, "subscribe").allowed()).isTrue();
        String subscription = signed(lasting("{\"sub\":\"anna\",\"channel\":\"nobody:a\"}"));
        assertThat(right(explained(policy, "anna", "nobody:a", subscription), "subscribe")
                        .allowed())
                .isTrue();
        assertThat(right(explained(policy, "anna", "nobody:b", subscription), "subscribe")
                        .allowed())
                .isFalse();
    }

    @Test
    void explain_uses_no_token_up() {
        AccessSettings settings = new AccessSettings(
                Access.TOKEN,
                SECRET,
                null,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.ONCE);
        RulesPolicy once = new RulesPolicy(
                RULES,
                new Tokens(settings, new WallClock(), Runnable::run, Runnable::run, timer, failures, Ledger.NONE),
                Access.TOKEN);
        String token = signed(lasting("{\"sub\":\"anna\",\"jti\":\"1\"}"));
        assertThat(Objects.requireNonNull(explained(once, "", "a", token).token())
                        .isValid())
                .isTrue();
        assertThat(Stages.of(once.identify(null, token)).user()).isEqualTo("anna");
    }
}
