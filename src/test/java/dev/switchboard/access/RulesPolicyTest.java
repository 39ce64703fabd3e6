package dev.switchboard.access;

import static dev.switchboard.access.Answers.butForItsToken;
import static dev.switchboard.access.Answers.failure;
import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.signed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.access.Grantee.Group;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.AccessPolicy.Right;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
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
    private static final Identity NOBODY = Identity.ANONYMOUS;

    private static final ChannelOptions HISTORY = ChannelOptions.PLAIN
            .with(new ChannelOptions.Retention(10, Duration.ofMinutes(1)))
            .withPresence(true)
            .withRecovery(ChannelOptions.Offer.FORCED)
            .with(ChannelOptions.RecoveryMode.CACHE);

    /** In each namespace all rights are for those whose name it has, but for {@code binary}, which is off there. */
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
        Tokens tokens = new Tokens(settings, new WallClock(), Runnable::run, Runnable::run, timer, failures);
        return new RulesPolicy(RULES, tokens, access);
    }

    private final RulesPolicy policy = policy(Access.OPEN, SECRET);

    @ParameterizedTest
    @EnumSource(Access.class)
    void a_token_tells_who_comes_in_every_mode(Access access) {
        RulesPolicy any = policy(access, SECRET);
        assertThat(Answers.of(any.identify(null, signed("{\"sub\":\"anna\",\"exp\":1000060,\"expire_at\":0}"))))
                .satisfies(butForItsToken(ANNA));
        assertThat(failure(any.identify(null, "x"))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(any.identify(null, signed("{\"exp\":1}")))).isEqualTo(ClientError.TOKEN_EXPIRED);
    }

    @Test
    void without_a_token_the_mode_decides() {
        assertThat(Answers.of(policy.identify(null, ""))).satisfies(butForItsToken(NOBODY));
        assertThat(Answers.of(policy(Access.INSECURE, SECRET).identify(null, "")))
                .satisfies(butForItsToken(NOBODY));
        assertThat(failures.counts()).isEmpty();
        assertThat(failure(policy(Access.TOKEN, SECRET).identify(null, ""))).isEqualTo(ClientError.UNAUTHORIZED);
        assertThat(failures.counts()).isEqualTo(Map.of("missing", 1L));
    }

    @Test
    void without_a_key_a_token_is_invalid_or_where_nothing_matters_ignored() {
        assertThat(failure(policy(Access.OPEN, "").identify(null, signed("{\"exp\":1000060}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(Answers.of(policy(Access.INSECURE, "").identify(null, "x"))).satisfies(butForItsToken(NOBODY));
        assertThat(Answers.of(policy(Access.INSECURE, "").admit(NOBODY, "c1", "$news", "x")))
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
    void without_a_token_the_rule_and_the_name_decide_who_is_in(String channel, boolean anybody, boolean anna) {
        assertThat(failure(policy.admit(NOBODY, "c1", channel, "")))
                .isEqualTo(anybody ? null : ClientError.PERMISSION_DENIED);
        assertThat(failure(policy.admit(ANNA, "c1", channel, "")))
                .isEqualTo(anna ? null : ClientError.PERMISSION_DENIED);
    }

    private static String ticket(String channel) {
        return signed("{\"channel\":\"" + channel + "\",\"sub\":\"anna\",\"info\":{},\"exp\":1000060}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"news", "nobody:1", "$news", "dialog#anna", "$dialog#bert,anna"})
    void a_subscription_token_admits_whatever_the_rule_says(String channel) {
        assertThat(Answers.of(policy.admit(ANNA, "c1", channel, ticket(channel))))
                .satisfies(butForItsToken(new SubscribeGrant("{}", null, 60)));
        assertThat(failure(policy.admit(NOBODY, "c1", channel, ticket(channel))))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failure(policy.admit(ANNA, "c1", channel, ticket("other"))))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failure(policy.admit(ANNA, "c1", channel, "x"))).isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failure(policy.admit(
                        ANNA, "c1", channel, signed("{\"channel\":\"" + channel + "\",\"sub\":\"anna\",\"exp\":1}"))))
                .isEqualTo(ClientError.TOKEN_EXPIRED);
    }

    @Test
    void but_not_into_a_channel_of_other_users() {
        assertThat(failure(policy.admit(ANNA, "c1", "dialog#bert", ticket("dialog#bert"))))
                .isEqualTo(ClientError.PERMISSION_DENIED);
    }

    @Test
    void insecure_access_grants_everything_and_reads_tokens_where_it_can() {
        RulesPolicy insecure = policy(Access.INSECURE, "secret");
        for (String channel : new String[] {"nobody:1", "$news", "dialog#bert"}) {
            assertThat(Answers.of(insecure.admit(NOBODY, "c1", channel, ""))).isEqualTo(SubscribeGrant.PLAIN);
            for (Right right : Right.values()) {
                assertThat(insecure.allows(right, NOBODY, channel, false)).isTrue();
            }
        }
        String token = signed("HS256", "secret", "{\"channel\":\"$news\",\"exp\":1000060}");
        assertThat(Answers.of(insecure.admit(NOBODY, "c1", "$news", token)))
                .satisfies(butForItsToken(new SubscribeGrant(null, null, 60)));
        assertThat(failure(insecure.admit(NOBODY, "c1", "$other", token))).isEqualTo(ClientError.PERMISSION_DENIED);
    }

    @ParameterizedTest
    @CsvSource({
        // channel, nobody known outside, anna outside, nobody known inside, anna inside
        "news, false, false, true, true",
        "anyone:1, true, true, true, true",
        "authenticated:1, false, true, false, true",
        "subscriber:1, false, false, true, true",
        "nobody:1, false, false, false, false",
        "$anyone:1, false, false, true, true",
        "anyone:#bert, false, false, true, true",
        "anyone:#anna, false, true, true, true"
    })
    void the_rule_says_who_may_do_what(String channel, boolean a, boolean b, boolean c, boolean d) {
        for (Right right : new Right[] {Right.PUBLISH, Right.PRESENCE, Right.HISTORY}) {
            assertThat(policy.allows(right, NOBODY, channel, false)).isEqualTo(a);
            assertThat(policy.allows(right, ANNA, channel, false)).isEqualTo(b);
            assertThat(policy.allows(right, NOBODY, channel, true)).isEqualTo(c);
            assertThat(policy.allows(right, ANNA, channel, true)).isEqualTo(d);
        }
    }

    @Test
    void a_role_is_one_that_the_container_gives() {
        Grantee editors = new Grantee.Role(Set.of("editor", "admin"));
        Identity editor = Identity.login("anna", Set.of("reader", "editor"));
        assertThat(editors.includes(editor, false)).isTrue();
        assertThat(editors.includes(Identity.login("bert", Set.of("reader")), true))
                .isFalse();
        assertThat(editors.includes(ANNA, true)).isFalse();
        assertThat(editors.includes(NOBODY, true)).isFalse();
    }

    @Test
    void whom_the_container_knows_needs_no_token_unless_tokens_are_what_counts() {
        for (Access access : new Access[] {Access.OPEN, Access.LOGIN, Access.INSECURE}) {
            assertThat(Answers.of(policy(access, SECRET).identify(ANNA, ""))).satisfies(butForItsToken(ANNA));
        }
        assertThat(failure(policy(Access.TOKEN, SECRET).identify(ANNA, ""))).isEqualTo(ClientError.UNAUTHORIZED);
        assertThat(failure(policy(Access.LOGIN, SECRET).identify(null, ""))).isEqualTo(ClientError.UNAUTHORIZED);
    }

    @ParameterizedTest
    @EnumSource(names = {"PUBLISH", "PRESENCE", "HISTORY"})
    void one_right_does_not_bring_another(Right given) {
        String channel = given.name().toLowerCase(Locale.ROOT) + ":1";
        for (Right right : new Right[] {Right.PUBLISH, Right.PRESENCE, Right.HISTORY}) {
            assertThat(policy.allows(right, ANNA, channel, true)).isEqualTo(right == given);
        }
    }

    @Test
    void what_is_not_json_needs_two_rights() {
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANNA, "anyone:1", true)).isFalse();
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANNA, "nobody:1", true)).isFalse();
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANNA, "binary:1", false)).isFalse();
        assertThat(policy.allows(Right.PUBLISH_BINARY, NOBODY, "binary:1", true))
                .isFalse();
        assertThat(policy.allows(Right.PUBLISH_BINARY, ANNA, "binary:1", true)).isTrue();
    }

    @Test
    void an_application_is_not_asked_about_a_channel_whose_name_lists_its_users() {
        assertThat(policy.options("personal:#anna").questions()).containsExactly(Question.PUBLISH);
        assertThat(policy.options("personal:x").questions())
                .containsExactlyInAnyOrder(Question.PUBLISH, Question.SUBSCRIBE);
        assertThat(policy.allows(Right.PUBLISH, ANNA, "personal:#anna", true)).isFalse();
    }

    @Test
    void a_channel_offers_what_its_rule_says() {
        assertThat(policy.options("nobody:1")).isEqualTo(HISTORY);
        assertThat(policy.options("unknown:1")).isEqualTo(ChannelOptions.PLAIN);
        assertThat(policy.knows("nobody:1")).isTrue();
        assertThat(policy.knows("unknown:1")).isFalse();
    }
}
