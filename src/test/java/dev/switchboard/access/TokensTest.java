package dev.switchboard.access;

import static dev.switchboard.access.Answers.failure;
import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.encoded;
import static dev.switchboard.access.Issuer.signed;
import static dev.switchboard.access.Issuer.withHeader;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Grant;
import dev.switchboard.hub.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Protocol section 12, and the attacks A1, A3, A4 and A9 of the failure catalogue; it is second 1000000. */
class TokensTest {

    private static final Identity ANNA = new Identity("anna", null, 0, Map.of());

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(0);
    private final Tokens tokens = tokens(new AccessSettings(Access.TOKEN, SECRET, null, "", ""));

    private Tokens tokens(AccessSettings settings) {
        return new Tokens(settings, new JsonText(), new WallClock(), Runnable::run, timer);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private Identity connection(String claims) {
        return Answers.of(tokens.connection(signed(claims)));
    }

    private Grant subscription(String claims) {
        return Answers.of(tokens.subscription(signed(claims), ANNA, "news"));
    }

    @Test
    void a_token_tells_who_comes() {
        assertThat(connection("{\"sub\":\"anna\"}")).isEqualTo(ANNA);
        assertThat(connection("{\"sub\":\"\"}")).isEqualTo(Identity.ANONYMOUS);
        assertThat(connection("{}")).isEqualTo(Identity.ANONYMOUS);
        assertThat(connection("{\"meta\":{},\"jti\":1,\"client\":7}")).isEqualTo(Identity.ANONYMOUS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void a_secret_serves_three_algorithms(String algorithm) {
        assertThat(Answers.of(tokens.connection(signed(algorithm, SECRET, "{\"sub\":\"anna\"}"))))
                .isEqualTo(ANNA);
    }

    @Test
    void insecure_access_takes_a_short_secret() {
        Tokens insecure = tokens(new AccessSettings(Access.INSECURE, "secret", null, "", ""));
        assertThat(Answers.of(insecure.connection(signed("HS512", "secret", "{\"sub\":\"anna\"}"))))
                .isEqualTo(ANNA);
        assertThat(failure(insecure.connection(signed("HS512", "secreT", "{\"sub\":\"anna\"}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{} ~ 0",
                "{\"exp\":1000001} ~ 1",
                "{\"exp\":1000000.1} ~ 1",
                "{\"exp\":1000010.5} ~ 11",
                "{\"exp\":1.00001e6} ~ 10",
                "{\"exp\":1000010,\"expire_at\":1000700} ~ 700",
                "{\"exp\":1000700,\"expire_at\":1000010} ~ 10",
                "{\"exp\":1000010,\"expire_at\":0} ~ 0",
                "{\"nbf\":1000005,\"iat\":1000005} ~ 0"
            })
    void it_tells_for_how_long(String claims, long ttl) {
        assertThat(connection(claims).ttl()).isEqualTo(ttl);
        assertThat(subscription("{\"channel\":\"news\",\"sub\":\"anna\""
                                + (claims.equals("{}") ? "}" : "," + claims.substring(1)))
                        .ttl())
                .isEqualTo(ttl);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"exp\":1000000",
                "\"exp\":999999.9",
                "\"exp\":0",
                "\"exp\":-5",
                "\"exp\":999999,\"expire_at\":1000700",
                "\"expire_at\":1000000",
                "\"nbf\":1000006",
                "\"iat\":1000006"
            })
    void one_out_of_its_time_is_expired(String claims) {
        assertThat(failure(tokens.connection(signed("{" + claims + "}")))).isEqualTo(ClientError.TOKEN_EXPIRED);
        String subscription = "{\"channel\":\"news\",\"sub\":\"anna\"," + claims + "}";
        assertThat(failure(tokens.subscription(signed(subscription), ANNA, "news")))
                .isEqualTo(ClientError.TOKEN_EXPIRED);
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
        assertThat(connection(claims).info()).isEqualTo(info);
    }

    @Test
    void a_server_subscribes_the_client_to_channels() {
        assertThat(connection("{\"channels\":[\"a\",\"b\"]}").channels())
                .isEqualTo(Map.of("a", Grant.PLAIN, "b", Grant.PLAIN));
        assertThat(connection("""
                                {"channels":["a"],"subs":{"a":{"info":{"x": 1}},"gr\\u00fc\\u00df":{"b64data":"WzFd","override":{}},"c":{}}}
                                """).channels())
                .isEqualTo(Map.of(
                        "a", new Grant("{\"x\": 1}", null, 0),
                        "grüß", new Grant(null, "[1]", 0),
                        "c", Grant.PLAIN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sub\":1}",
                "{\"sub\":null}",
                "{\"sub\":\"a\",\"sub\":\"b\"}",
                "{\"exp\":\"1000010\"}",
                "{\"exp\":null}",
                "{\"exp\":1e300}",
                "{\"nbf\":true}",
                "{\"iat\":[]}",
                "{\"expire_at\":\"0\"}",
                "{\"channel\":\"news\"}",
                "{\"channel\":\"\"}",
                "{\"b64info\":\"?\"}",
                "{\"b64info\":\"MSwidiI6Mg==\"}", // 1,"v":2
                "{\"b64info\":\"e30g/w==\"}", // no UTF-8
                "{\"b64info\":1}",
                "{\"channels\":\"a\"}",
                "{\"channels\":[1]}",
                "{\"channels\":[\"\"]}",
                "{\"subs\":[]}",
                "{\"subs\":{\"a\":null}}",
                "{\"subs\":{\"a\":1}}",
                "{\"subs\":{\"\":{}}}",
                "[]",
                "[[\"sub\",\"anna\"]]",
                "null",
                "",
                "{",
                "{}x"
            })
    void claims_that_are_malformed_make_no_token(String claims) {
        assertThat(failure(tokens.connection(signed(claims)))).isEqualTo(Disconnect.INVALID_TOKEN);
    }

    static List<String> forgeries() {
        String claims = "{\"sub\":\"anna\"}";
        String good = signed(claims);
        String unsigned = good.substring(0, good.lastIndexOf('.'));
        List<String> forgeries = new ArrayList<>(List.of(
                "",
                ".",
                "..",
                "a.b.c",
                "token",
                unsigned,
                unsigned + ".",
                unsigned + ".AAAA",
                unsigned + "." + good,
                good + ".x",
                good.substring(0, good.length() - 2),
                good.replaceFirst("\\.[^.]+\\.", "." + encoded("{\"sub\":\"bert\"}") + "."),
                signed("HS256", "another secret of more than 32 bytes", claims),
                signed("{\"sub\":\"" + "x".repeat(8 * 1024) + "\"}")));
        for (String none :
                List.of("none", "None", "NONE", "nOnE", "", "hs256", "HS1", "RS256", "ES256", "EdDSA", "dir")) {
            String input = encoded("{\"alg\":\"" + none + "\"}") + "." + encoded(claims);
            forgeries.add(input + ".");
            forgeries.add(signed(none, SECRET, claims));
        }
        for (String more : List.of(
                "\"crit\":[\"exp\"],\"exp\":1",
                "\"crit\":[]",
                "\"b64\":false,\"crit\":[\"b64\"]",
                "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
                "\"jku\":\"https://evil.example/keys\"",
                "\"x5u\":\"https://evil.example/keys\"",
                "\"x5c\":[\"AAAA\"]",
                "\"alg\":\"HS256\"",
                "\"kid\":1")) {
            forgeries.add(withHeader("{\"alg\":\"HS256\"," + more + "}", SECRET, claims));
        }
        forgeries.add(withHeader("[]", SECRET, claims));
        forgeries.add(withHeader("[[\"alg\",\"HS256\"]]", SECRET, claims));
        forgeries.add(withHeader("{}", SECRET, claims));
        return forgeries;
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void a_forgery_is_no_token(String token) {
        assertThat(failure(tokens.connection(token))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(tokens.subscription(token, ANNA, "news"))).isEqualTo(ClientError.PERMISSION_DENIED);
    }

    @Test
    void a_type_and_the_name_of_a_key_do_no_harm_where_there_is_one_secret() {
        String token =
                withHeader("{\"typ\":\"JWT\",\"kid\":\"1\",\"alg\":\"HS256\",\"x\":1}", SECRET, "{\"sub\":\"anna\"}");
        assertThat(Answers.of(tokens.connection(token))).isEqualTo(ANNA);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"aud\":\"relay\",\"iss\":\"login\"} ~ true",
                "{\"aud\":[\"other\",\"relay\"],\"iss\":\"login\"} ~ true",
                "{\"aud\":\"relay\"} ~ false",
                "{\"iss\":\"login\"} ~ false",
                "{\"aud\":\"other\",\"iss\":\"login\"} ~ false",
                "{\"aud\":[],\"iss\":\"login\"} ~ false",
                "{\"aud\":\"relay\",\"iss\":\"Login\"} ~ false",
                "{\"aud\":\"relay\",\"iss\":[\"login\"]} ~ false",
                "{\"aud\":\"relay2\",\"iss\":\"login\",\"exp\":1} ~ false"
            })
    void audience_and_issuer_are_checked_where_they_are_set(String claims, boolean valid) {
        Tokens strict = tokens(new AccessSettings(Access.TOKEN, SECRET, null, "relay", "login"));
        assertThat(failure(strict.connection(signed(claims)))).isEqualTo(valid ? null : Disconnect.INVALID_TOKEN);
    }

    @Test
    void a_subscription_token_is_for_one_user_and_one_channel() {
        assertThat(
                        subscription(
                                "{\"channel\":\"news\",\"sub\":\"anna\",\"info\":{ },\"data\":[1, 2],\"client\":\"x\",\"override\":{}}"))
                .isEqualTo(new Grant("{ }", "[1, 2]", 0));
        assertThat(Answers.of(tokens.subscription(signed("{\"channel\":\"news\"}"), Identity.ANONYMOUS, "news")))
                .isEqualTo(Grant.PLAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"channel\":\"news\",\"sub\":\"bert\"}",
                "{\"channel\":\"news\",\"sub\":\"\"}",
                "{\"channel\":\"news\"}",
                "{\"channel\":\"New\",\"sub\":\"anna\"}",
                "{\"channel\":\"\",\"sub\":\"anna\"}",
                "{\"channel\":1,\"sub\":\"anna\"}",
                "{\"sub\":\"anna\"}",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"exp\":\"x\"}",
                "{\"channel\":\"news\",\"sub\":\"anna\",\"b64data\":\"x\"}"
            })
    void for_another_user_or_channel_it_permits_nothing(String claims) {
        assertThat(failure(tokens.subscription(signed(claims), ANNA, "news"))).isEqualTo(ClientError.PERMISSION_DENIED);
    }

    @Test
    void without_any_key_no_token_is_valid() {
        Tokens none = tokens(new AccessSettings(Access.OPEN, "", null, "", ""));
        assertThat(none.haveKey()).isFalse();
        assertThat(failure(none.connection(signed("{}")))).isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @Test
    void a_fault_within_is_an_answer_as_well() {
        AccessSettings settings = new AccessSettings(Access.TOKEN, SECRET, null, "", "");
        Slicer broken = (object, member) -> {
            throw new IllegalStateException("broken");
        };
        Tokens faulty = new Tokens(settings, broken, new WallClock(), Runnable::run, timer);
        assertThat(failure(faulty.connection(signed("{\"info\":1}")))).isEqualTo(ClientError.INTERNAL);
    }
}
