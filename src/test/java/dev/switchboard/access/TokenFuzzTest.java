package dev.switchboard.access;

import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.lasting;
import static dev.switchboard.access.Issuer.signed;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.sun.net.httpserver.HttpServer;
import dev.switchboard.Damage;
import dev.switchboard.Generator;
import dev.switchboard.Trials;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.spi.Ledger;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Gives random and damaged tokens to a relay with a secret and public keys. */
class TokenFuzzTest {

    private static final int TRIALS = 2000;

    private static final Path CORPUS = Path.of("src/test/resources/corpus/tokens");
    private static final String CLAIMS =
            lasting("{\"sub\":\"anna\",\"info\":{\"n\":[1e2,\"\\u00e9\"]},\"channels\":[\"a\"]}");
    private static final Identity ANNA = new Identity("anna", null, 0, Map.of());

    private static final RSAKey RSA;
    private static final ECKey EC;
    private static final HttpServer SERVER;
    private static final ScheduledThreadPoolExecutor TIMER = new ScheduledThreadPoolExecutor(1);

    static {
        try {
            RSA = new RSAKeyGenerator(2048).keyID("rsa").generate();
            EC = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
            byte[] keys = new JWKSet(List.of(RSA, EC)).toString().getBytes(StandardCharsets.UTF_8);
            SERVER = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            SERVER.createContext("/", exchange -> {
                try (exchange) {
                    exchange.sendResponseHeaders(200, keys.length);
                    exchange.getResponseBody().write(keys);
                }
            });
            SERVER.start();
        } catch (JOSEException | IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static final List<String> VALID = List.of(
            signed(CLAIMS),
            signed("HS512", SECRET, CLAIMS),
            signed(JWSAlgorithm.RS256, RSA, CLAIMS),
            signed(JWSAlgorithm.PS384, RSA, CLAIMS),
            signed(JWSAlgorithm.ES256, EC, CLAIMS));

    private static final LabelledCounter FAILURES = new LabelledCounter();
    private static final Tokens TOKENS = new Tokens(
            new AccessSettings(
                    Access.INSECURE,
                    SECRET,
                    URI.create("http://127.0.0.1:" + SERVER.getAddress().getPort() + "/keys"),
                    "",
                    "",
                    Duration.ofHours(24),
                    Duration.ofSeconds(5),
                    AccessSettings.Use.REPEATED),
            new WallClock(),
            Runnable::run,
            Runnable::run,
            TIMER,
            FAILURES,
            Ledger.NONE);

    @AfterAll
    static void stop() {
        SERVER.stop(0);
        TIMER.shutdownNow();
    }

    @AfterEach
    void no_refusal_comes_from_a_fault_of_the_relay() {
        assertThat(FAILURES.counts()).doesNotContainKey("fault");
    }

    @Test
    void the_tokens_are_valid_before_they_are_damaged() {
        assertThat(VALID)
                .allSatisfy(token ->
                        assertThat(Stages.failure(TOKENS.connection(token))).isNull());
    }

    @Test
    void connection_refuses_any_text() {
        areRefused(Generator.texts(300));
    }

    @Test
    void connection_refuses_any_three_parts() {
        Generator<String> parts = Generator.bytes(100).map(Issuer::encoded);
        areRefused(parts.lists(3, 3).map(three -> String.join(".", three)));
    }

    @Test
    void connection_refuses_a_damaged_token() {
        areRefused(damaged(Generator.of(VALID)));
    }

    @Test
    void connection_refuses_parts_of_different_tokens() {
        areRefused(mixed());
    }

    /** The issuer of the application may be wrong as well: its tokens are accepted or refused. */
    @Test
    void connection_completes_for_any_signed_text() {
        Generator<String> headers = damagedHeaders();
        Generator<String> claims = damagedClaims();
        Trials.run(TRIALS, random -> {
            String token = Issuer.withHeader(headers.next(random), SECRET, claims.next(random));
            refusal(TOKENS.connection(token));
            refusal(TOKENS.subscription(token, ANNA, "c1", "news"));
        });
    }

    /** Each file is one token that the relay must refuse. */
    @Test
    void connection_refuses_the_corpus() throws IOException {
        try (Stream<Path> files = Files.list(CORPUS)) {
            List<Path> tokens = files.sorted().toList();
            assertThat(tokens).hasSizeGreaterThan(10);
            for (Path token : tokens) {
                assertThat(refusal(TOKENS.connection(Files.readString(token))))
                        .as(token.toString())
                        .isNotNull();
            }
        }
    }

    private static void areRefused(Generator<String> tokens) {
        Trials.run(TRIALS, random -> {
            String token = tokens.next(random);
            if (!VALID.contains(token)) {
                isRefused(token);
            }
        });
    }

    private static void isRefused(String token) {
        assertThat(refusal(TOKENS.connection(token))).isNotNull();
        assertThat(refusal(TOKENS.subscription(token, ANNA, "c1", "news"))).isNotNull();
    }

    /** Returns null if the token was accepted. */
    private static @Nullable Throwable refusal(CompletionStage<?> stage) {
        Throwable failure = Stages.failure(stage);
        if (failure != null) {
            assertThat(failure).isInstanceOfAny(Disconnect.class, ClientError.class);
        }
        return failure;
    }

    private static Generator<String> mixed() {
        Generator<String> part = Generator.of(
                VALID.stream().flatMap(token -> Stream.of(token.split("\\."))).toList());
        return part.lists(2, 4).map(parts -> String.join(".", parts));
    }

    private static Generator<String> damagedHeaders() {
        return damaged(Generator.of(
                "{\"alg\":\"HS256\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"rsa\"}",
                "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":{\"y\":[null]}}"));
    }

    private static Generator<String> damagedClaims() {
        return damaged(
                Generator.of(
                        CLAIMS,
                        "{\"exp\":1000600,\"nbf\":1e6,\"iat\":999999.5,\"expire_at\":0,\"b64info\":\"eyJhIiA6MX0=\"}",
                        "{\"exp\":1000600,\"channel\":\"news\",\"sub\":\"anna\",\"data\":[{\"a\":null}],\"aud\":[\"x\"]}",
                        "{\"exp\":1000600,\"subs\":{\"a\":{\"info\":{},\"b64data\":\"WzFd\"},\"b\":{\"data\":1}},\"channels\":[]}"));
    }

    /** Overwrites, cuts out or doubles up to three places. */
    private static Generator<String> damaged(Generator<String> texts) {
        Generator<String> junk = Generator.oneOf(
                Generator.of(
                        "",
                        ".",
                        "..",
                        "=",
                        " ",
                        "\n",
                        "-",
                        "_",
                        "+",
                        "/",
                        "A",
                        "!",
                        "{",
                        "}",
                        "[",
                        "]",
                        ",",
                        ":",
                        "\"",
                        "\\u",
                        "0",
                        "1e9",
                        "null",
                        "\u0000",
                        "\u00e9",
                        "\ud800",
                        "[[[[[[[["),
                Generator.texts(4));
        return Damage.to(texts, junk);
    }
}
