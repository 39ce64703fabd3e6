package dev.switchboard.access;

import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.encoded;
import static dev.switchboard.access.Issuer.lasting;
import static dev.switchboard.access.Issuer.signed;
import static dev.switchboard.access.Issuer.withHeader;
import static dev.switchboard.access.Stages.equalButForToken;
import static dev.switchboard.access.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TagsFilter;
import dev.switchboard.model.TokenId;
import dev.switchboard.spi.Ledger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests section 12 of the protocol, and A1, A4, A7 and A9 of the failure catalogue; the time is
 * second 1000000.
 */
class TokensTest {

    private static final Identity ANNA = new Identity("anna", null, 600, Map.of());
    private static final Identity ANONYMOUS = new Identity("", null, 600, Map.of());

    private final WallClock clock = new WallClock();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(0);
    private final LabelledCounter failures = new LabelledCounter();
    private final Tokens tokens = tokens(settings(Access.TOKEN, SECRET));

    private static AccessSettings settings(Access access, String secret) {
        return new AccessSettings(
                access, secret, null, "", "", Duration.ofHours(24), Duration.ofSeconds(5), AccessSettings.Use.REPEATED);
    }

    private Tokens tokens(AccessSettings settings) {
        return new Tokens(settings, clock, Runnable::run, Runnable::run, timer, failures, Ledger.NONE);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private Identity connection(String claims) {
        return Stages.of(tokens.connection(signed(claims)));
    }

    private SubscribeGrant subscription(String claims) {
        return Stages.of(tokens.subscription(signed(claims), ANNA, "c1", "news"));
    }

    @Test
    void a_token_gives_the_id_by_which_it_can_be_revoked() {
        assertThat(connection(lasting("{\"sub\":\"anna\",\"jti\":\"7\",\"iat\":999999}"))
                        .token())
                .isEqualTo(new TokenId("7", Instant.ofEpochSecond(999_999)));
        assertThat(connection(lasting("{}")).token()).isEqualTo(new TokenId("", null));
        assertThat(Stages.of(tokens.subscription(
                                signed(lasting("{\"sub\":\"anna\",\"channel\":\"news\",\"jti\":\"8\"}")),
                                ANNA,
                                "c1",
                                "news"))
                        .token())
                .isEqualTo(new TokenId("8", null));
    }

    @Test
    void connection_returns_the_user_of_the_token() {
        assertThat(connection(lasting("{\"sub\":\"anna\"}"))).satisfies(equalButForToken(ANNA));
        assertThat(connection(lasting("{\"sub\":\"\"}"))).satisfies(equalButForToken(ANONYMOUS));
        assertThat(connection(lasting("{}"))).satisfies(equalButForToken(ANONYMOUS));
        assertThat(connection(lasting("{\"override\":{},\"client\":7}"))).satisfies(equalButForToken(ANONYMOUS));
        assertThat(failures.counts()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void connection_accepts_three_algorithms_of_a_secret(String algorithm) {
        assertThat(Stages.of(tokens.connection(signed(algorithm, SECRET, lasting("{\"sub\":\"anna\"}")))))
                .satisfies(equalButForToken(ANNA));
    }

    @Test
    void insecure_access_accepts_short_secrets_and_endless_tokens() {
        Tokens insecure = tokens(settings(Access.INSECURE, "secret"));
        for (String claims : List.of("{\"sub\":\"anna\"}", "{\"sub\":\"anna\",\"exp\":90000000,\"expire_at\":0}")) {
            assertThat(Stages.of(insecure.connection(signed("HS512", "secret", claims))))
                    .satisfies(equalButForToken(new Identity("anna", null, 0, Map.of())));
        }
        assertThat(failure(insecure.connection(signed("HS512", "secreT", "{\"sub\":\"anna\"}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"exp\":1086405} ~ 86405", // a day, and what the clock of the issuer may be ahead
                "{\"exp\":1000001} ~ 1",
                "{\"exp\":1000000.1} ~ 1",
                "{\"exp\":1000010.5} ~ 11",
                "{\"exp\":1.00001e6} ~ 10",
                "{\"exp\":1000010,\"expire_at\":1000700} ~ 700",
                "{\"exp\":1000700,\"expire_at\":1000010} ~ 10",
                "{\"exp\":1000010,\"expire_at\":0} ~ 0",
                "{\"exp\":1000010,\"nbf\":1000005,\"iat\":1000005} ~ 10",
                "{\"exp\":1000010,\"iat\":1000300} ~ 10"
            })
    void a_token_gives_the_seconds_until_its_grant_expires(String claims, long ttl) {
        assertThat(connection(claims).ttl()).isEqualTo(ttl);
        assertThat(subscription("{\"channel\":\"news\",\"sub\":\"anna\"," + claims.substring(1))
                        .ttl())
                .isEqualTo(ttl);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "\"exp\":1000000 ~ expired",
                "\"exp\":999999.9 ~ expired",
                "\"exp\":0 ~ expired",
                "\"exp\":-5 ~ expired",
                "\"exp\":999999,\"expire_at\":1000700 ~ expired",
                "\"exp\":1000600,\"expire_at\":1000000 ~ expired"
            })
    void a_token_is_refused_if_it_has_expired(String claims, String reason) {
        assertThat(failure(tokens.connection(signed("{" + claims + "}")))).isEqualTo(ClientError.TOKEN_EXPIRED);
        String subscription = "{\"channel\":\"news\",\"sub\":\"anna\"," + claims + "}";
        assertThat(failure(tokens.subscription(signed(subscription), ANNA, "c1", "news")))
                .isEqualTo(ClientError.TOKEN_EXPIRED);
        assertThat(failures.counts()).isEqualTo(Map.of(reason, 2L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000006", "1000005.1", "1000300"})
    void a_token_is_refused_if_it_is_not_valid_yet(String begin) {
        String claims = "\"exp\":1000600,\"nbf\":" + begin;
        assertThat(failure(tokens.connection(signed("{" + claims + "}")))).isEqualTo(Disconnect.INVALID_TOKEN);
        String subscription = "{\"channel\":\"news\",\"sub\":\"anna\"," + claims + "}";
        assertThat(failure(tokens.subscription(signed(subscription), ANNA, "c1", "news")))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failures.counts()).isEqualTo(Map.of("early", 2L));
    }

    @Test
    void a_token_is_accepted_if_it_is_early_within_the_leeway() {
        Tokens patient = tokens(new AccessSettings(
                Access.TOKEN,
                SECRET,
                null,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(60),
                AccessSettings.Use.REPEATED));
        assertThat(Stages.of(patient.connection(signed("{\"exp\":1000600,\"nbf\":1000060}")))
                        .ttl())
                .isEqualTo(600);
        assertThat(failure(patient.connection(signed("{\"exp\":1000600,\"nbf\":1000061}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"iss\":\"x\"",
                "\"expire_at\":1000600",
                "\"expire_at\":0",
                "\"exp\":1086405.1",
                "\"exp\":1086406,\"expire_at\":1000010",
                "\"exp\":99999999999"
            })
    void a_token_is_refused_if_it_is_valid_for_too_long(String claims) {
        assertThat(failure(tokens.connection(signed("{" + claims + "}")))).isEqualTo(Disconnect.INVALID_TOKEN);
        String subscription = "{\"channel\":\"news\",\"sub\":\"anna\"," + claims + "}";
        assertThat(failure(tokens.subscription(signed(subscription), ANNA, "c1", "news")))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failures.counts()).isEqualTo(Map.of("lifetime", 2L));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"info\": {\"n\" : 1e2, \"n\":[ ] } } ~ {\"n\" : 1e2, \"n\":[ ] }",
                "{\"info\":\"text\"} ~ \"text\"",
                "{\"info\":null} ~",
                "{\"b64info\":\"eyJhIiA6MX0=\"} ~ {\"a\" :1}",
                "{\"b64info\":\"\"} ~"
            })
    void info_is_passed_on_as_its_author_wrote_it(String claims, String info) {
        assertThat(connection(lasting(claims)).info()).isEqualTo(info);
    }

    @Test
    void a_token_gives_the_channels_of_server_side_subscriptions() {
        assertThat(connection(lasting("{\"channels\":[\"a\",\"b\"]}")).channels())
                .isEqualTo(Map.of("a", SubscribeGrant.PLAIN, "b", SubscribeGrant.PLAIN));
        assertThat(connection("""
                                {"exp":1000600,"channels":["a"],"subs":{"a":{"info":{"x": 1}},"gr\\u00fc\\u00df":{"b64data":"WzFd","override":{}},"c":{}}}
                                """).channels())
                .isEqualTo(Map.of(
                        "a", new SubscribeGrant("{\"x\": 1}", null, 0),
                        "grüß", new SubscribeGrant(null, "[1]", 0),
                        "c", SubscribeGrant.PLAIN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"sub\":1",
                "\"sub\":[\"anna\"]",
                "\"sub\":{}",
                "\"sub\":\"\\ud800\"",
                "\"sub\":\"a\",\"sub\":\"b\"",
                "\"exp\":1000601",
                "\"\\u0065xp\":1000601",
                "\"nbf\":true",
                "\"nbf\":\"1000000\"",
                "\"iat\":[]",
                "\"iat\":1e300",
                "\"expire_at\":\"0\"",
                "\"b64info\":\"?\"",
                "\"b64info\":\"MSwidiI6Mg==\"", // 1,"v":2
                "\"b64info\":\"e30g/w==\"", // no UTF-8
                "\"b64info\":1",
                "\"channels\":\"a\"",
                "\"channels\":[1]",
                "\"channels\":[\"\"]",
                "\"channels\":[\"\\udfff\"]",
                "\"subs\":[]",
                "\"subs\":{\"a\":1}",
                "\"subs\":{\"\":{}}"
            })
    void a_token_is_refused_if_a_claim_is_malformed(String claims) {
        assertThat(failure(tokens.connection(signed("{\"exp\":1000600," + claims + "}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("claims", 1L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"exp\":\"1000010\"}",
                "{\"exp\":1e300}",
                "[]",
                "[[\"sub\",\"anna\"]]",
                "null",
                "\"text\"",
                "{",
                "{}x"
            })
    void a_token_is_refused_if_its_claims_are_no_object(String claims) {
        assertThat(failure(tokens.connection(signed(claims)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("claims", 1L));
    }

    @Test
    void connection_refuses_a_subscription_token() {
        String token = signed(lasting("{\"channel\":\"news\"}"));
        assertThat(failure(tokens.connection(token))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("foreign", 1L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"sub\":null",
                "\"nbf\":null,\"iat\":null,\"jti\":null,\"expire_at\":null",
                "\"aud\":null,\"iss\":null",
                "\"info\":null,\"b64info\":null",
                "\"channels\":null",
                "\"subs\":null",
                "\"channel\":null",
                "\"channel\":\"\"",
                "\"client\":null,\"override\":null,\"meta\":null"
            })
    void a_claim_counts_as_absent_if_it_is_null(String claims) {
        Identity anonymous = new Identity("", null, 600, Map.of());
        assertThat(connection("{\"exp\":1000600," + claims + "}")).isEqualTo(with(anonymous, new TokenId("", null)));
        assertThat(failures.counts()).isEmpty();
    }

    private static Identity with(Identity identity, TokenId token) {
        return new Identity(
                identity.user(), identity.info(), identity.ttl(), identity.channels(), identity.roles(), token);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"nbf\":null,\"iat\":null,\"jti\":null,\"expire_at\":null",
                "\"aud\":null,\"iss\":null",
                "\"info\":null,\"b64info\":null,\"data\":null,\"b64data\":null",
                "\"client\":null,\"override\":null"
            })
    void a_claim_of_a_subscription_token_counts_as_absent_if_it_is_null(String claims) {
        assertThat(subscription("{\"sub\":\"anna\",\"channel\":\"news\",\"exp\":1000600," + claims + "}"))
                .isEqualTo(new SubscribeGrant(null, null, 600, new TokenId("", null)));
    }

    @Test
    void a_channel_or_its_options_count_as_absent_if_null() {
        assertThat(connection(lasting("{\"channels\":[\"a\",null]}")).channels())
                .isEqualTo(Map.of("a", SubscribeGrant.PLAIN));
        assertThat(connection(lasting(
                                "{\"subs\":{\"a\":null,\"b\":{\"info\":null,\"b64data\":null,\"override\":null}}}"))
                        .channels())
                .isEqualTo(Map.of("a", SubscribeGrant.PLAIN, "b", SubscribeGrant.PLAIN));
    }

    @Test
    void a_token_overrides_options_of_a_channel() {
        String override = "\"override\":{\"presence\":{\"value\":true},\"join_leave\":{\"value\":false},"
                + "\"force_push_join_leave\":{},\"force_recovery\":{\"value\":null},\"force_positioning\":null,\"x\":1}";
        ChannelOverride meant = new ChannelOverride(true, false, false, false, null);
        assertThat(subscription(lasting("{\"channel\":\"news\",\"sub\":\"anna\"," + override + "}"))
                        .override())
                .isEqualTo(meant);
        assertThat(connection(lasting("{\"subs\":{\"a\":{" + override + "}}}")).channels())
                .isEqualTo(Map.of("a", new SubscribeGrant(null, null, 0, null, meant)));
    }

    @Test
    void a_token_filters_the_publications_of_a_channel() {
        String filter = "\"server_tags_filter\":{\"key\":\"lang\",\"cmp\":\"eq\",\"val\":\"de\"}";
        TagsFilter meant = new TagsFilter.Text("lang", TagsFilter.Text.Comparison.EQUAL, "de");
        assertThat(subscription(lasting("{\"channel\":\"news\",\"sub\":\"anna\"," + filter + "}"))
                        .filter())
                .isEqualTo(meant);
        assertThat(connection(lasting("{\"subs\":{\"a\":{" + filter + "}}}")).channels())
                .isEqualTo(Map.of("a", new SubscribeGrant(null, null, 0, null, ChannelOverride.NONE, meant)));
    }

    @Test
    void meta_is_kept_as_its_author_wrote_it() {
        assertThat(connection(lasting("{\"meta\":{ \"n\":1e2 }}")).meta()).isEqualTo("{ \"n\":1e2 }");
        assertThat(connection(lasting("{}")).meta()).isNull();
    }

    @Test
    void info_in_base64_is_preferred() {
        assertThat(connection(lasting("{\"info\":1,\"b64info\":\"Mg==\"}")).info())
                .isEqualTo("2");
        assertThat(connection(lasting("{\"info\":1,\"b64info\":\"\"}")).info()).isEqualTo("1");
    }

    @Test
    void a_token_is_endless_if_its_expiry_is_null() {
        assertThat(failure(tokens.connection(signed("{\"exp\":null}")))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("lifetime", 1L));
    }

    @Test
    void a_token_is_refused_if_its_claims_are_not_utf_8() {
        String input = encoded("{\"alg\":\"HS256\"}") + "."
                + encoded("{\"exp\":1000600,\"sub\":\"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(failure(tokens.connection(Issuer.withSignature(input, SECRET))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("claims", 1L));
    }

    @Test
    void a_token_is_refused_if_it_is_longer_than_8_kib() {
        String longest = ofLength(8 * 1024);
        assertThat(Stages.of(tokens.connection(longest)).ttl()).isEqualTo(600);
        assertThat(failure(tokens.connection(ofLength(8 * 1024 + 1)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("too_long", 1L));
    }

    /**
     * A valid token; a header of one character more or less leaves the lengths that base64 cannot
     * have.
     */
    private static String ofLength(int length) {
        for (String header : List.of("{\"alg\":\"HS256\"}", "{ \"alg\":\"HS256\"}", "{  \"alg\":\"HS256\"}")) {
            for (int padding = length / 2; padding < length; padding++) {
                String claims = lasting("{\"sub\":\"" + "x".repeat(padding) + "\"}");
                if (encoded(header).length() + encoded(claims).length() + 45 == length) {
                    return withHeader(header, SECRET, claims);
                }
            }
        }
        throw new AssertionError("no token has " + length + " characters");
    }

    @Test
    void a_token_may_have_a_type_and_a_key_id() {
        String token = withHeader(
                "{\"typ\":\"JWT\",\"kid\":\"1\",\"alg\":\"HS256\",\"x\":1}", SECRET, lasting("{\"sub\":\"anna\"}"));
        assertThat(Stages.of(tokens.connection(token))).satisfies(equalButForToken(ANNA));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"aud\":\"relay\",\"iss\":\"login\"} ~",
                "{\"aud\":[\"other\",\"relay\"],\"iss\":\"login\"} ~",
                "{\"aud\":\"relay\"} ~ issuer",
                "{\"iss\":\"login\"} ~ audience",
                "{\"aud\":\"other\",\"iss\":\"login\"} ~ audience",
                "{\"aud\":\"\",\"iss\":\"login\"} ~ audience",
                "{\"aud\":null,\"iss\":\"login\"} ~ audience",
                "{\"aud\":{\"relay\":1},\"iss\":\"login\"} ~ audience",
                "{\"aud\":true,\"iss\":\"login\"} ~ audience",
                "{\"aud\":[],\"iss\":\"login\"} ~ audience",
                "{\"aud\":[[\"relay\"]],\"iss\":\"login\"} ~ audience",
                "{\"aud\":[\"relay2\",\"Relay\"],\"iss\":\"login\"} ~ audience",
                "{\"aud\":\"relay\",\"iss\":\"Login\"} ~ issuer",
                "{\"aud\":\"relay\",\"iss\":\"login/\"} ~ issuer",
                "{\"aud\":\"relay\",\"iss\":\"\"} ~ issuer",
                "{\"aud\":\"relay\",\"iss\":[\"login\"]} ~ claims",
                "{\"aud\":\"relay\",\"iss\":null} ~ issuer",
                "{\"aud\":\"relay\",\"aud\":\"relay\",\"iss\":\"login\"} ~ claims"
            })
    void a_token_is_refused_if_its_audience_or_issuer_differs(String claims, @Nullable String reason) {
        Tokens strict = tokens(new AccessSettings(
                Access.TOKEN,
                SECRET,
                null,
                "relay",
                "login",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.REPEATED));
        assertThat(failure(strict.connection(signed(lasting(claims)))))
                .isEqualTo(reason == null ? null : Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(reason == null ? Map.of() : Map.of(reason, 1L));
    }

    @Test
    void a_foreign_token_is_invalid_also_if_it_has_expired() {
        Tokens strict = tokens(new AccessSettings(
                Access.TOKEN,
                SECRET,
                null,
                "relay",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.REPEATED));
        assertThat(failure(strict.connection(signed("{\"aud\":\"relay2\",\"exp\":1}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @Test
    void subscription_returns_the_grant_for_the_user_and_the_channel() {
        assertThat(
                        subscription(
                                "{\"channel\":\"news\",\"sub\":\"anna\",\"exp\":1000010,\"info\":{ },\"data\":[1, 2],\"client\":\"c1\",\"override\":{}}"))
                .satisfies(equalButForToken(new SubscribeGrant("{ }", "[1, 2]", 10)));
        String forAnonymous = signed("{\"channel\":\"news\",\"exp\":1000010,\"expire_at\":0}");
        assertThat(Stages.of(tokens.subscription(forAnonymous, Identity.ANONYMOUS, "c1", "news")))
                .satisfies(equalButForToken(SubscribeGrant.PLAIN));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"channel\":\"news\",\"sub\":\"bert\"} ~ foreign",
                "{\"channel\":\"news\",\"sub\":\"\"} ~ foreign",
                "{\"channel\":\"news\"} ~ foreign",
                "{\"channel\":\"New\",\"sub\":\"anna\"} ~ foreign",
                "{\"channel\":\"\",\"sub\":\"anna\"} ~ foreign",
                "{\"sub\":\"anna\"} ~ foreign",
                "{\"channel\":1,\"sub\":\"anna\"} ~ claims",
                "{\"channel\":[\"news\"],\"sub\":\"anna\"} ~ claims",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"nbf\":\"x\"} ~ claims",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"b64data\":\"x\"} ~ claims",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"client\":\"c2\"} ~ foreign",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"client\":1} ~ claims",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"override\":1} ~ claims",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"override\":{\"presence\":true}} ~ claims",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"override\":{\"presence\":{\"value\":1}}} ~ claims"
            })
    void subscription_refuses_a_token_for_another_user_or_channel(String claims, String reason) {
        assertThat(failure(tokens.subscription(signed(lasting(claims)), ANNA, "c1", "news")))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failures.counts()).isEqualTo(Map.of(reason, 1L));
    }

    @Test
    void connection_refuses_every_token_without_a_key() {
        Tokens none = tokens(settings(Access.OPEN, ""));
        assertThat(none.haveConnectionKey()).isFalse();
        assertThat(failure(none.connection(signed(lasting("{}"))))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("algorithm", 1L));
    }

    @Test
    void connection_fails_with_an_internal_error_at_a_fault_of_the_relay() {
        InstantSource broken = () -> {
            throw new IllegalStateException("broken");
        };
        Tokens faulty = new Tokens(
                settings(Access.TOKEN, SECRET), broken, Runnable::run, Runnable::run, timer, failures, Ledger.NONE);
        assertThat(failure(faulty.connection(signed(lasting("{\"info\":1}"))))).isEqualTo(ClientError.INTERNAL);
        assertThat(failures.counts()).isEqualTo(Map.of("fault", 1L));
    }

    // A7: tokens for one use.

    private Tokens once() {
        return tokens(new AccessSettings(
                Access.TOKEN,
                SECRET,
                null,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.ONCE));
    }

    private static String named(String id, long end) {
        return signed("{\"sub\":\"anna\",\"jti\":\"" + id + "\",\"exp\":" + end + "}");
    }

    @Test
    void a_token_may_be_used_again_until_it_expires() {
        String token = named("a", 1_000_600);
        assertThat(Stages.of(tokens.connection(token))).satisfies(equalButForToken(ANNA));
        assertThat(Stages.of(tokens.connection(token))).satisfies(equalButForToken(ANNA));
    }

    @Test
    void a_one_time_token_is_refused_the_second_time() {
        Tokens once = once();
        assertThat(Stages.of(once.connection(named("a", 1_000_600)))).satisfies(equalButForToken(ANNA));
        assertThat(failure(once.connection(named("a", 1_000_600)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(once.connection(named("a", 1_000_700)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("replayed", 2L));
        assertThat(Stages.of(once.connection(named("A", 1_000_600)))).satisfies(equalButForToken(ANNA));

        clock.advance(Duration.ofSeconds(600));
        assertThat(failure(once.connection(named("a", 1_000_600)))).isEqualTo(ClientError.TOKEN_EXPIRED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"exp\":1000600} ~ claims",
                "{\"exp\":1000600,\"jti\":\"\"} ~ claims",
                "{\"exp\":1000600,\"jti\":7} ~ claims",
                "{\"exp\":1000600,\"jti\":null} ~ claims",
                "{\"jti\":\"a\"} ~ lifetime"
            })
    void a_one_time_token_is_refused_without_an_id_or_an_expiry(String claims, String reason) {
        assertThat(failure(once().connection(signed(claims)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of(reason, 1L));
    }

    @Test
    void a_one_time_token_needs_an_expiry_also_with_insecure_access() {
        Tokens insecure = tokens(new AccessSettings(
                Access.INSECURE,
                SECRET,
                null,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.ONCE));
        assertThat(failure(insecure.connection(signed("{\"jti\":\"a\"}")))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(Stages.of(insecure.connection(named("a", 1_000_600)))).satisfies(equalButForToken(ANNA));
    }

    @Test
    void a_one_time_token_stays_unused_if_it_is_refused_for_another_reason() {
        Tokens once = once();
        String claims = "\"sub\":\"anna\",\"jti\":\"a\",\"exp\":1000600}";
        assertThat(failure(once.connection(signed("{\"nbf\":1000006," + claims))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(once.connection(signed("{\"channel\":\"a\"," + claims))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(once.connection(signed("HS256", "x", "{" + claims)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(Stages.of(once.connection(signed("{" + claims)))).satisfies(equalButForToken(ANNA));
    }

    @Test
    void a_subscription_token_may_be_used_again_although_connection_tokens_may_not() {
        String token = signed(lasting("{\"channel\":\"news\",\"sub\":\"anna\",\"jti\":\"a\"}"));
        Tokens once = once();
        for (int i = 0; i < 2; i++) {
            assertThat(Stages.of(once.subscription(token, ANNA, "c1", "news")))
                    .satisfies(equalButForToken(new SubscribeGrant(null, null, 600)));
        }
    }
}
