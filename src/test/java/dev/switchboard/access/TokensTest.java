package dev.switchboard.access;

import static dev.switchboard.access.Answers.butForItsToken;
import static dev.switchboard.access.Answers.failure;
import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.encoded;
import static dev.switchboard.access.Issuer.lasting;
import static dev.switchboard.access.Issuer.signed;
import static dev.switchboard.access.Issuer.withHeader;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TokenId;
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

/** Protocol section 12, and the attacks A1, A4, A7 and A9 of the failure catalogue; it is second 1000000. */
class TokensTest {

    private static final Identity ANNA = new Identity("anna", null, 600, Map.of());
    private static final Identity NOBODY = new Identity("", null, 600, Map.of());

    private final WallClock clock = new WallClock();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(0);
    private final LabelledCounter failures = new LabelledCounter();
    private final Tokens tokens = tokens(settings(Access.TOKEN, SECRET));

    private static AccessSettings settings(Access access, String secret) {
        return new AccessSettings(
                access, secret, null, "", "", Duration.ofHours(24), Duration.ofSeconds(5), AccessSettings.Use.REPEATED);
    }

    private Tokens tokens(AccessSettings settings) {
        return new Tokens(settings, clock, Runnable::run, Runnable::run, timer, failures);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private Identity connection(String claims) {
        return Answers.of(tokens.connection(signed(claims)));
    }

    private SubscribeGrant subscription(String claims) {
        return Answers.of(tokens.subscription(signed(claims), ANNA, "c1", "news"));
    }

    @Test
    void a_token_tells_by_what_it_can_be_taken_back() {
        assertThat(connection(lasting("{\"sub\":\"anna\",\"jti\":\"7\",\"iat\":999999}"))
                        .token())
                .isEqualTo(new TokenId("7", Instant.ofEpochSecond(999_999)));
        assertThat(connection(lasting("{}")).token()).isEqualTo(new TokenId("", null));
        assertThat(Answers.of(tokens.subscription(
                                signed(lasting("{\"sub\":\"anna\",\"channel\":\"news\",\"jti\":\"8\"}")),
                                ANNA,
                                "c1",
                                "news"))
                        .token())
                .isEqualTo(new TokenId("8", null));
    }

    @Test
    void a_token_tells_who_comes() {
        assertThat(connection(lasting("{\"sub\":\"anna\"}"))).satisfies(butForItsToken(ANNA));
        assertThat(connection(lasting("{\"sub\":\"\"}"))).satisfies(butForItsToken(NOBODY));
        assertThat(connection(lasting("{}"))).satisfies(butForItsToken(NOBODY));
        assertThat(connection(lasting("{\"override\":{},\"client\":7}"))).satisfies(butForItsToken(NOBODY));
        assertThat(failures.counts()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void a_secret_serves_three_algorithms(String algorithm) {
        assertThat(Answers.of(tokens.connection(signed(algorithm, SECRET, lasting("{\"sub\":\"anna\"}")))))
                .satisfies(butForItsToken(ANNA));
    }

    @Test
    void insecure_access_takes_a_short_secret_and_tokens_that_last_for_ever() {
        Tokens insecure = tokens(settings(Access.INSECURE, "secret"));
        for (String claims : List.of("{\"sub\":\"anna\"}", "{\"sub\":\"anna\",\"exp\":90000000,\"expire_at\":0}")) {
            assertThat(Answers.of(insecure.connection(signed("HS512", "secret", claims))))
                    .satisfies(butForItsToken(new Identity("anna", null, 0, Map.of())));
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
    void it_tells_for_how_long(String claims, long ttl) {
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
    void one_out_of_its_time_is_expired(String claims, String reason) {
        assertThat(failure(tokens.connection(signed("{" + claims + "}")))).isEqualTo(ClientError.TOKEN_EXPIRED);
        String subscription = "{\"channel\":\"news\",\"sub\":\"anna\"," + claims + "}";
        assertThat(failure(tokens.subscription(signed(subscription), ANNA, "c1", "news")))
                .isEqualTo(ClientError.TOKEN_EXPIRED);
        assertThat(failures.counts()).isEqualTo(Map.of(reason, 2L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000006", "1000005.1", "1000300"})
    void one_that_is_not_valid_yet_is_refused_for_good(String begin) {
        String claims = "\"exp\":1000600,\"nbf\":" + begin;
        assertThat(failure(tokens.connection(signed("{" + claims + "}")))).isEqualTo(Disconnect.INVALID_TOKEN);
        String subscription = "{\"channel\":\"news\",\"sub\":\"anna\"," + claims + "}";
        assertThat(failure(tokens.subscription(signed(subscription), ANNA, "c1", "news")))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failures.counts()).isEqualTo(Map.of("early", 2L));
    }

    @Test
    void the_leeway_says_how_far_the_clock_of_the_issuer_may_be_ahead() {
        Tokens patient = tokens(new AccessSettings(
                Access.TOKEN,
                SECRET,
                null,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(60),
                AccessSettings.Use.REPEATED));
        assertThat(Answers.of(patient.connection(signed("{\"exp\":1000600,\"nbf\":1000060}")))
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
    void one_that_lasts_for_ever_or_too_long_is_no_token(String claims) {
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
    void information_is_passed_on_as_it_was_written(String claims, String info) {
        assertThat(connection(lasting(claims)).info()).isEqualTo(info);
    }

    @Test
    void a_server_subscribes_the_client_to_channels() {
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
    void claims_that_are_malformed_make_no_token(String claims) {
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
    void what_is_no_object_with_an_end_makes_no_token(String claims) {
        assertThat(failure(tokens.connection(signed(claims)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("claims", 1L));
    }

    @Test
    void a_subscription_token_connects_nobody() {
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
    void a_member_that_is_null_says_as_much_as_one_that_is_absent(String claims) {
        Identity nobody = new Identity("", null, 600, Map.of());
        assertThat(connection("{\"exp\":1000600," + claims + "}")).isEqualTo(with(nobody, new TokenId("", null)));
        assertThat(failures.counts()).isEmpty();
    }

    private static Identity with(Identity who, TokenId token) {
        return new Identity(who.user(), who.info(), who.ttl(), who.channels(), who.roles(), token);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"nbf\":null,\"iat\":null,\"jti\":null,\"expire_at\":null",
                "\"aud\":null,\"iss\":null",
                "\"info\":null,\"b64info\":null,\"data\":null,\"b64data\":null",
                "\"client\":null,\"override\":null"
            })
    void a_member_of_a_subscription_token_may_be_null_as_well(String claims) {
        assertThat(subscription("{\"sub\":\"anna\",\"channel\":\"news\",\"exp\":1000600," + claims + "}"))
                .isEqualTo(new SubscribeGrant(null, null, 600, new TokenId("", null)));
    }

    @Test
    void a_channel_that_is_null_is_none_and_options_that_are_null_are_none() {
        assertThat(connection(lasting("{\"channels\":[\"a\",null]}")).channels())
                .isEqualTo(Map.of("a", SubscribeGrant.PLAIN));
        assertThat(connection(lasting(
                                "{\"subs\":{\"a\":null,\"b\":{\"info\":null,\"b64data\":null,\"override\":null}}}"))
                        .channels())
                .isEqualTo(Map.of("a", SubscribeGrant.PLAIN, "b", SubscribeGrant.PLAIN));
    }

    @Test
    void a_token_overrides_what_the_rule_of_a_channel_says() {
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
    void the_meta_of_a_connection_is_kept_as_it_was_written() {
        assertThat(connection(lasting("{\"meta\":{ \"n\":1e2 }}")).meta()).isEqualTo("{ \"n\":1e2 }");
        assertThat(connection(lasting("{}")).meta()).isNull();
    }

    @Test
    void information_in_base64_comes_before_the_other() {
        assertThat(connection(lasting("{\"info\":1,\"b64info\":\"Mg==\"}")).info())
                .isEqualTo("2");
        assertThat(connection(lasting("{\"info\":1,\"b64info\":\"\"}")).info()).isEqualTo("1");
    }

    @Test
    void an_end_that_is_null_is_none() {
        assertThat(failure(tokens.connection(signed("{\"exp\":null}")))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("lifetime", 1L));
    }

    @Test
    void claims_in_something_other_than_utf_8_make_no_token() {
        String input = encoded("{\"alg\":\"HS256\"}") + "."
                + encoded("{\"exp\":1000600,\"sub\":\"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(failure(tokens.connection(Issuer.withSignature(input, SECRET))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("claims", 1L));
    }

    @Test
    void a_token_has_eight_kibibytes_and_no_more() {
        String longest = ofLength(8 * 1024);
        assertThat(Answers.of(tokens.connection(longest)).ttl()).isEqualTo(600);
        assertThat(failure(tokens.connection(ofLength(8 * 1024 + 1)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("too_long", 1L));
    }

    /** A valid token; a header of one character more or less leaves the lengths that base64 cannot have. */
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
    void a_type_and_the_name_of_a_key_do_no_harm_where_there_is_one_secret() {
        String token = withHeader(
                "{\"typ\":\"JWT\",\"kid\":\"1\",\"alg\":\"HS256\",\"x\":1}", SECRET, lasting("{\"sub\":\"anna\"}"));
        assertThat(Answers.of(tokens.connection(token))).satisfies(butForItsToken(ANNA));
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
    void audience_and_issuer_are_checked_where_they_are_set(String claims, @Nullable String reason) {
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
    void a_foreign_token_is_invalid_before_it_is_expired() {
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
    void a_subscription_token_is_for_one_user_and_one_channel() {
        assertThat(
                        subscription(
                                "{\"channel\":\"news\",\"sub\":\"anna\",\"exp\":1000010,\"info\":{ },\"data\":[1, 2],\"client\":\"c1\",\"override\":{}}"))
                .satisfies(butForItsToken(new SubscribeGrant("{ }", "[1, 2]", 10)));
        String forNobody = signed("{\"channel\":\"news\",\"exp\":1000010,\"expire_at\":0}");
        assertThat(Answers.of(tokens.subscription(forNobody, Identity.ANONYMOUS, "c1", "news")))
                .satisfies(butForItsToken(SubscribeGrant.PLAIN));
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
    void for_another_user_or_channel_it_permits_nothing(String claims, String reason) {
        assertThat(failure(tokens.subscription(signed(lasting(claims)), ANNA, "c1", "news")))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(failures.counts()).isEqualTo(Map.of(reason, 1L));
    }

    @Test
    void without_any_key_no_token_is_valid() {
        Tokens none = tokens(settings(Access.OPEN, ""));
        assertThat(none.haveConnectionKey()).isFalse();
        assertThat(failure(none.connection(signed(lasting("{}"))))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("algorithm", 1L));
    }

    @Test
    void a_fault_within_is_an_answer_as_well() {
        InstantSource broken = () -> {
            throw new IllegalStateException("broken");
        };
        Tokens faulty =
                new Tokens(settings(Access.TOKEN, SECRET), broken, Runnable::run, Runnable::run, timer, failures);
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
    void a_token_is_used_as_often_as_one_likes_until_it_expires() {
        String token = named("a", 1_000_600);
        assertThat(Answers.of(tokens.connection(token))).satisfies(butForItsToken(ANNA));
        assertThat(Answers.of(tokens.connection(token))).satisfies(butForItsToken(ANNA));
    }

    @Test
    void a_token_for_one_use_is_used_once() {
        Tokens once = once();
        assertThat(Answers.of(once.connection(named("a", 1_000_600)))).satisfies(butForItsToken(ANNA));
        assertThat(failure(once.connection(named("a", 1_000_600)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(once.connection(named("a", 1_000_700)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("replayed", 2L));
        assertThat(Answers.of(once.connection(named("A", 1_000_600)))).satisfies(butForItsToken(ANNA));

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
    void without_a_name_it_cannot_be_known_again(String claims, String reason) {
        assertThat(failure(once().connection(signed(claims)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of(reason, 1L));
    }

    @Test
    void where_access_is_insecure_a_token_for_one_use_has_an_end_all_the_same() {
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
        assertThat(Answers.of(insecure.connection(named("a", 1_000_600)))).satisfies(butForItsToken(ANNA));
    }

    @Test
    void what_is_refused_for_another_reason_has_not_been_used() {
        Tokens once = once();
        String claims = "\"sub\":\"anna\",\"jti\":\"a\",\"exp\":1000600}";
        assertThat(failure(once.connection(signed("{\"nbf\":1000006," + claims))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(once.connection(signed("{\"channel\":\"a\"," + claims))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(once.connection(signed("HS256", "x", "{" + claims)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(Answers.of(once.connection(signed("{" + claims)))).satisfies(butForItsToken(ANNA));
    }

    @Test
    void a_subscription_token_may_be_used_again_even_so() {
        String token = signed(lasting("{\"channel\":\"news\",\"sub\":\"anna\",\"jti\":\"a\"}"));
        Tokens once = once();
        for (int i = 0; i < 2; i++) {
            assertThat(Answers.of(once.subscription(token, ANNA, "c1", "news")))
                    .satisfies(butForItsToken(new SubscribeGrant(null, null, 600)));
        }
    }
}
