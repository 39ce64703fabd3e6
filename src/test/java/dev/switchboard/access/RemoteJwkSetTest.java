package dev.switchboard.access;

import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.encoded;
import static dev.switchboard.access.Issuer.signed;
import static dev.switchboard.access.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.switchboard.failure.Row;
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
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests keys of an endpoint that may be slow, wrong or down (A3, A5 and A6 of the failure
 * catalogue).
 */
class RemoteJwkSetTest {

    /** The time between two requests. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private static final RSAKey RSA = rsa("rsa", 2048);
    private static final RSAKey SHORT = rsa("short", 1024);
    private static final ECKey EC = ec("ec", Curve.P_256);
    private static final String CLAIMS = "{\"sub\":\"anna\"}";

    private final WallClock clock = new WallClock();
    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);
    private final ExecutorService background = Executors.newFixedThreadPool(2);
    private final ExecutorService writers = Executors.newFixedThreadPool(1);
    private final LabelledCounter failures = new LabelledCounter();
    private final ManualTimer timer = new ManualTimer();
    private HttpServer server;
    private volatile Endpoint endpoint = exchange -> reply(exchange, 200, set(RSA, EC));
    private Tokens tokens;

    private interface Endpoint {
        void reply(HttpExchange exchange) throws IOException, InterruptedException;
    }

    /** A timer whose tasks run when a test says so. */
    private static final class ManualTimer extends ScheduledThreadPoolExecutor {

        final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

        ManualTimer() {
            super(0);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            tasks.add(task);
            return super.schedule(() -> {}, 0, unit);
        }
    }

    private static RSAKey rsa(String id, int bits) {
        try {
            return new RSAKeyGenerator(bits, true).keyID(id).generate();
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static ECKey ec(String id, Curve curve) {
        try {
            return new ECKeyGenerator(curve).keyID(id).generate();
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String set(JWK... keys) {
        return new JWKSet(Arrays.asList(keys)).toString();
    }

    private static void reply(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            try (exchange) {
                endpoint.reply(exchange);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
        tokens = tokens(false);
    }

    private Tokens tokens(boolean weak) {
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
        AccessSettings settings = new AccessSettings(
                Access.INSECURE,
                SECRET,
                uri,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.REPEATED);
        RemoteJwkSet keys = new RemoteJwkSet("switchboard.token.jwks", uri, weak, clock, background, writers, timer);
        return new Tokens(settings, unused -> keys, clock, failures, Ledger.NONE);
    }

    @AfterEach
    void stop() throws InterruptedException {
        release.countDown();
        server.stop(0);
        ((ExecutorService) server.getExecutor()).shutdownNow();
        timer.shutdownNow();
        writers.shutdownNow();
        background.shutdown();
        assertThat(background.awaitTermination(10, TimeUnit.SECONDS))
                .as("no fetch outlives its server")
                .isTrue();
    }

    private CompletionStage<Identity> connect(JWSAlgorithm algorithm, JWK key) {
        return tokens.connection(signed(algorithm, key, CLAIMS));
    }

    private void isAnna(CompletionStage<Identity> stage) {
        assertThat(Stages.of(stage).user()).isEqualTo("anna");
    }

    private void endpointIsDown() {
        endpoint = exchange -> reply(exchange, 503, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
    void an_rsa_key_verifies_six_algorithms(String algorithm) {
        isAnna(connect(JWSAlgorithm.parse(algorithm), RSA));
    }

    @Test
    void an_elliptic_key_verifies_the_algorithm_of_its_curve() {
        ECKey p384 = ec("384", Curve.P_384);
        ECKey p521 = ec("521", Curve.P_521);
        endpoint = exchange -> reply(exchange, 200, set(EC, p384, p521));
        isAnna(connect(JWSAlgorithm.ES256, EC));
        isAnna(connect(JWSAlgorithm.ES384, p384));
        isAnna(connect(JWSAlgorithm.ES512, p521));
        assertThat(requests).hasValue(1);
    }

    @Test
    void a_token_without_a_key_id_needs_the_key_without_an_id() {
        RSAKey nameless = new RSAKey.Builder(RSA).keyID(null).build();
        endpoint = exchange -> reply(exchange, 200, set(nameless));
        isAnna(connect(JWSAlgorithm.RS256, nameless));
        clock.advance(PAUSE);
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @Test
    void a_secret_beside_the_keys_verifies_only_its_own_algorithms() throws JOSEException {
        isAnna(tokens.connection(signed(CLAIMS)));
        assertThat(requests).hasValue(0);

        List<String> confused = new ArrayList<>();
        for (String secret : List.of(
                new String(RSA.toRSAPublicKey().getEncoded(), StandardCharsets.ISO_8859_1),
                RSA.toPublicJWK().toString(),
                "-----BEGIN PUBLIC KEY-----")) {
            confused.add(Issuer.withHeader("{\"alg\":\"HS256\",\"kid\":\"rsa\"}", secret, CLAIMS));
        }
        confused.add(Issuer.withHeader("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", SECRET, CLAIMS));
        assertThat(confused)
                .allSatisfy(
                        token -> assertThat(failure(tokens.connection(token))).isEqualTo(Disconnect.INVALID_TOKEN));
    }

    @Test
    void a_token_is_refused_if_its_signature_or_kind_of_key_is_wrong() {
        JWSHeader es256 = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec").build();
        String zeros = es256.toBase64URL() + "." + encoded(CLAIMS) + "." + encoded(new byte[64]);
        ECKey p384 = ec("ec", Curve.P_384);
        JWSHeader embedded = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID("other")
                .jwk(rsa("other", 2048).toPublicJWK())
                .build();
        for (String token : List.of(
                zeros,
                signed(JWSAlgorithm.ES384, p384, CLAIMS),
                signed(JWSAlgorithm.RS256, rsa("rsa", 2048), CLAIMS),
                signed(JWSAlgorithm.RS256, rsa("ec", 2048), CLAIMS),
                signed(JWSAlgorithm.ES256, ec("rsa", Curve.P_256), CLAIMS),
                signed(embedded, RSA, CLAIMS))) {
            assertThat(failure(tokens.connection(token))).isEqualTo(Disconnect.INVALID_TOKEN);
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    @Row("A5")
    void a_key_is_ignored_if_it_is_short_or_not_for_signatures() {
        RSAKey forEncryption =
                new RSAKey.Builder(RSA).keyID("enc").keyUse(KeyUse.ENCRYPTION).build();
        RSAKey forOne = new RSAKey.Builder(RSA)
                .keyID("one")
                .algorithm(JWSAlgorithm.RS512)
                .build();
        endpoint = exchange -> reply(exchange, 200, set(SHORT, forEncryption, forOne));
        assertThat(failure(connect(JWSAlgorithm.RS256, SHORT))).isEqualTo(Disconnect.INVALID_TOKEN);
        clock.advance(PAUSE);
        assertThat(failure(connect(JWSAlgorithm.RS256, forEncryption))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(connect(JWSAlgorithm.RS256, forOne))).isEqualTo(Disconnect.INVALID_TOKEN);
        isAnna(connect(JWSAlgorithm.RS512, forOne));

        tokens = tokens(true);
        isAnna(connect(JWSAlgorithm.RS256, SHORT));
    }

    @Test
    void an_ed25519_key_verifies_only_its_algorithm() throws Exception {
        KeyPair pair = Issuer.ed25519();
        byte[] encoded = pair.getPublic().getEncoded();
        Base64URL x = Base64URL.encode(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        OctetKeyPair ed = new OctetKeyPair.Builder(Curve.Ed25519, x).keyID("ed").build();
        OctetKeyPair agreement =
                new OctetKeyPair.Builder(Curve.X25519, x).keyID("x").build();
        endpoint = exchange -> reply(exchange, 200, set(RSA, ed, agreement));
        for (String algorithm : List.of("EdDSA", "Ed25519")) {
            String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"ed\"}";
            isAnna(tokens.connection(Issuer.signedEd25519(header, pair, CLAIMS)));
            assertThat(failure(tokens.connection(Issuer.signedEd25519(header, Issuer.ed25519(), CLAIMS))))
                    .isEqualTo(Disconnect.INVALID_TOKEN);
        }
        clock.advance(PAUSE);
        for (String header : List.of(
                "{\"alg\":\"EdDSA\",\"kid\":\"x\"}",
                "{\"alg\":\"EdDSA\",\"kid\":\"" + RSA.getKeyID() + "\"}",
                "{\"alg\":\"RS256\",\"kid\":\"ed\"}")) {
            assertThat(failure(tokens.connection(Issuer.signedEd25519(header, pair, CLAIMS))))
                    .isEqualTo(Disconnect.INVALID_TOKEN);
        }
    }

    @Test
    @Row("A6")
    void a_flood_of_unknown_ids_causes_one_request() {
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        for (int i = 0; i < 10_000; i++) {
            assertThat(failure(tokens.connection(unsigned(i)))).isEqualTo(ClientError.INTERNAL);
        }
        assertThat(requests).hasValue(1);
        assertThat(failures.counts()).isEqualTo(Map.of("no_keys", 10_000L));
    }

    @Test
    @Row("A6")
    void a_long_flood_of_unknown_ids_causes_one_request_in_each_pause() {
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        for (int second = 1; second <= 60; second++) {
            clock.advance(Duration.ofSeconds(1));
            for (int i = 0; i < 100; i++) {
                assertThat(failure(tokens.connection(unsigned(100 * second + i))))
                        .isNotNull();
            }
        }
        assertThat(requests).hasValue(1 + 6);
        isAnna(connect(JWSAlgorithm.RS256, RSA));
    }

    private static String unsigned(int kid) {
        String header = encoded("{\"alg\":\"RS256\",\"kid\":\"" + kid + "\"}");
        return header + "." + encoded(CLAIMS) + ".AAAA";
    }

    @Test
    void a_new_key_is_found_after_the_pause() {
        RSAKey fresh = rsa("fresh", 2048);
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        endpoint = exchange -> reply(exchange, 200, set(RSA, fresh));
        assertThat(failure(connect(JWSAlgorithm.RS256, fresh))).isEqualTo(ClientError.INTERNAL);
        assertThat(requests).hasValue(1);

        clock.advance(PAUSE);
        isAnna(connect(JWSAlgorithm.RS256, fresh));
        assertThat(requests).hasValue(2);
    }

    @Test
    void an_absent_key_is_not_fetched_again_for_30_seconds() {
        ECKey absent = ec("absent", Curve.P_256);
        assertThat(failure(connect(JWSAlgorithm.ES256, absent))).isEqualTo(Disconnect.INVALID_TOKEN);
        clock.advance(Duration.ofSeconds(29));
        assertThat(failure(connect(JWSAlgorithm.ES256, absent))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(requests).hasValue(1);

        clock.advance(Duration.ofSeconds(1));
        assertThat(failure(connect(JWSAlgorithm.ES256, absent))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(requests).hasValue(2);
    }

    @Test
    @Row("A5")
    void known_keys_are_valid_for_a_day_while_the_endpoint_is_down() {
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        endpointIsDown();
        clock.advance(Duration.ofHours(23));
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        await().untilAsserted(() -> assertThat(requests).hasValue(2));
        assertThat(failure(connect(JWSAlgorithm.RS256, rsa("unknown", 2048)))).isEqualTo(ClientError.INTERNAL);

        clock.advance(Duration.ofHours(1));
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
    }

    @Test
    void a_withdrawn_key_is_valid_until_the_next_fetch() {
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        endpoint = exchange -> reply(exchange, 200, set(EC));
        clock.advance(Duration.ofMinutes(5));
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        await().untilAsserted(() -> assertThat(connect(JWSAlgorithm.RS256, RSA)).isCompletedExceptionally());
        clock.advance(PAUSE);
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(requests).hasValue(3);
    }

    @Test
    void an_endpoint_that_was_down_gets_a_request_after_the_pause() {
        endpointIsDown();
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        endpoint = exchange -> reply(exchange, 200, set(RSA));
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        assertThat(requests).hasValue(1);

        clock.advance(Duration.ofSeconds(10));
        isAnna(connect(JWSAlgorithm.RS256, RSA));
    }

    @ParameterizedTest
    @CsvSource({
        "302, /keys",
        "301, /elsewhere",
        "303, /elsewhere",
        "307, /elsewhere",
        "308, //127.0.0.1/keys",
        "302, http://127.0.0.1:1/keys",
        "302, file:///etc/passwd",
        "302, jar:file:///tmp/x.jar!/keys",
        "302, ''"
    })
    @Row("A5")
    void a_redirect_is_not_followed(int status, String location) {
        endpoint = exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            reply(exchange, requests.get() == 1 ? status : 200, set(RSA));
        };
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        assertThat(requests).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 204, 304, 400, 401, 404, 500, 503})
    void a_fetch_fails_at_any_status_but_200(int status) {
        endpoint = exchange -> {
            exchange.sendResponseHeaders(status, -1);
        };
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        assertThat(failures.counts()).isEqualTo(Map.of("no_keys", 1L));
    }

    @Test
    void an_empty_set_has_no_keys() {
        endpoint = exchange -> reply(exchange, 200, "{\"keys\":[]}");
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("key_unknown", 1L));
        assertThat(tokens.ageOfKeys()).isEqualTo(Duration.ZERO);
    }

    @Test
    void a_secret_in_a_key_set_is_ignored() {
        byte[] secret = SECRET.getBytes(StandardCharsets.UTF_8);
        OctetSequenceKey oct = new OctetSequenceKey.Builder(secret).keyID("oct").build();
        endpoint = exchange -> reply(exchange, 200, new JWKSet(oct).toString(false));
        JWSHeader header =
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("oct").build();
        String token = Issuer.withSignature(header.toBase64URL() + "." + encoded(CLAIMS), SECRET);
        assertThat(failure(tokens.connection(token))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(requests).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "{}", "{\"keys\":1}", "<html>", "BIG"})
    @Row("A5")
    void a_fetch_fails_if_the_body_is_no_key_set_or_too_long(String body) {
        String padding = "{\"padding\":\"" + "x".repeat(10_000_000) + "\",";
        endpoint = exchange -> reply(exchange, 200, body.equals("BIG") ? padding + set(RSA).substring(1) : body);
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
    }

    @Test
    void a_fetch_fails_if_the_connection_is_refused() {
        server.stop(0);
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
    }

    @Test
    void waiting_tokens_share_one_fetch() {
        endpoint = exchange -> {
            awaitRelease();
            reply(exchange, 200, set(RSA, EC));
        };
        List<CompletionStage<Identity>> waiting = List.of(
                connect(JWSAlgorithm.RS256, RSA), connect(JWSAlgorithm.ES256, EC), connect(JWSAlgorithm.PS512, RSA));
        assertThat(waiting)
                .allSatisfy(stage ->
                        assertThat(stage.toCompletableFuture().isDone()).isFalse());
        release.countDown();
        waiting.forEach(this::isAnna);
        assertThat(requests).hasValue(1);
    }

    @Test
    @Row("A5")
    void a_token_fails_in_time_if_the_endpoint_is_slow_and_the_late_keys_are_kept() {
        endpoint = exchange -> {
            awaitRelease();
            reply(exchange, 200, set(RSA));
        };
        CompletionStage<Identity> waiting = connect(JWSAlgorithm.RS256, RSA);
        timer.tasks.remove().run();
        assertThat(failure(waiting)).isEqualTo(ClientError.INTERNAL);
        assertThat(tokens.ageOfKeys()).isNull();

        clock.advance(Duration.ofSeconds(10));
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        release.countDown();
        await().untilAsserted(() ->
                assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isNull());
        assertThat(requests).hasValue(1);
    }

    @Test
    void a_token_fails_in_time_if_no_thread_is_free_for_the_fetch() {
        for (int thread = 0; thread < 2; thread++) {
            background.execute(this::awaitRelease); // like the close of a stuck connection
        }
        CompletionStage<Identity> waiting = connect(JWSAlgorithm.RS256, RSA);
        timer.tasks.remove().run();
        assertThat(failure(waiting)).isEqualTo(ClientError.INTERNAL);
        assertThat(requests).hasValue(0);

        release.countDown();
        await().untilAsserted(() ->
                assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isNull());
        assertThat(requests).hasValue(1);
    }

    @Test
    @Row("A5")
    void a_fetch_ends_after_two_seconds_if_the_body_is_slow() {
        endpoint = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; !release.await(100, TimeUnit.MILLISECONDS); i++) {
                exchange.getResponseBody().write(set(RSA).charAt(i));
                exchange.getResponseBody().flush();
            }
        };
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL); // by the fetch itself
        assertThat(requests).hasValue(1);
    }

    @Test
    void age_of_keys_is_that_of_the_last_fetch_while_keys_are_valid() {
        assertThat(tokens.ageOfKeys()).isNull();
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        assertThat(tokens.ageOfKeys()).isEqualTo(Duration.ZERO);
        endpointIsDown();
        clock.advance(Duration.ofHours(24).minusSeconds(1));
        assertThat(tokens.ageOfKeys()).isEqualTo(Duration.ofHours(24).minusSeconds(1));
        clock.advance(Duration.ofSeconds(1));
        assertThat(tokens.ageOfKeys()).isNull();
    }

    @Test
    void age_of_keys_is_zero_if_the_clock_was_set_back() {
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        clock.advance(Duration.ofMinutes(-1));
        assertThat(tokens.ageOfKeys()).isEqualTo(Duration.ZERO);
    }

    private void awaitRelease() {
        try {
            assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void a_token_fails_at_once_after_the_threads_have_stopped() {
        timer.shutdownNow();
        background.shutdown();
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
    }
}
