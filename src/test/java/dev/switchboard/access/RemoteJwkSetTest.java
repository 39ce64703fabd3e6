package dev.switchboard.access;

import static dev.switchboard.access.Answers.failure;
import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.encoded;
import static dev.switchboard.access.Issuer.signed;
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

/** Tokens whose keys an endpoint has, which is not always well (A3, A5 and A6 of the failure catalogue). */
class RemoteJwkSetTest {

    /** Between two requests. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private static final RSAKey RSA = rsa("rsa", 2048);
    private static final RSAKey SHORT = rsa("short", 1024);
    private static final ECKey EC = ec("ec", Curve.P_256);
    private static final String CLAIMS = "{\"sub\":\"anna\"}";

    private final WallClock clock = new WallClock();
    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch patience = new CountDownLatch(1);
    private final ExecutorService background = Executors.newFixedThreadPool(2);
    private final ExecutorService writers = Executors.newFixedThreadPool(1);
    private final LabelledCounter failures = new LabelledCounter();
    private final Reminders timer = new Reminders();
    private HttpServer server;
    private volatile Mode mode = exchange -> answer(exchange, 200, set(RSA, EC));
    private Tokens tokens;

    private interface Mode {
        void answer(HttpExchange exchange) throws IOException, InterruptedException;
    }

    /** Reminds when a test says so. */
    private static final class Reminders extends ScheduledThreadPoolExecutor {

        final Queue<Runnable> reminders = new ConcurrentLinkedQueue<>();

        Reminders() {
            super(0);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable reminder, long delay, TimeUnit unit) {
            reminders.add(reminder);
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

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
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
                mode.answer(exchange);
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
        return new Tokens(settings, unused -> keys, clock, background, failures);
    }

    @AfterEach
    void stop() throws InterruptedException {
        patience.countDown();
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

    private void isAnna(CompletionStage<Identity> answer) {
        assertThat(Answers.of(answer).user()).isEqualTo("anna");
    }

    private void endpointIsDown() {
        mode = exchange -> answer(exchange, 503, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
    void an_rsa_key_serves_six_algorithms(String algorithm) {
        isAnna(connect(JWSAlgorithm.parse(algorithm), RSA));
    }

    @Test
    void an_elliptic_key_serves_that_of_its_curve() {
        ECKey p384 = ec("384", Curve.P_384);
        ECKey p521 = ec("521", Curve.P_521);
        mode = exchange -> answer(exchange, 200, set(EC, p384, p521));
        isAnna(connect(JWSAlgorithm.ES256, EC));
        isAnna(connect(JWSAlgorithm.ES384, p384));
        isAnna(connect(JWSAlgorithm.ES512, p521));
        assertThat(requests).hasValue(1);
    }

    @Test
    void a_token_without_the_id_of_a_key_is_for_the_key_without_one() {
        RSAKey nameless = new RSAKey.Builder(RSA).keyID(null).build();
        mode = exchange -> answer(exchange, 200, set(nameless));
        isAnna(connect(JWSAlgorithm.RS256, nameless));
        clock.advance(PAUSE);
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @Test
    void a_secret_beside_the_keys_serves_its_own_algorithms_alone() throws JOSEException {
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
    void forged_signatures_and_other_kinds_of_keys_are_refused() {
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
    void a_key_that_is_short_or_for_something_else_is_none() {
        RSAKey forEncryption =
                new RSAKey.Builder(RSA).keyID("enc").keyUse(KeyUse.ENCRYPTION).build();
        RSAKey forOne = new RSAKey.Builder(RSA)
                .keyID("one")
                .algorithm(JWSAlgorithm.RS512)
                .build();
        mode = exchange -> answer(exchange, 200, set(SHORT, forEncryption, forOne));
        assertThat(failure(connect(JWSAlgorithm.RS256, SHORT))).isEqualTo(Disconnect.INVALID_TOKEN);
        clock.advance(PAUSE);
        assertThat(failure(connect(JWSAlgorithm.RS256, forEncryption))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(connect(JWSAlgorithm.RS256, forOne))).isEqualTo(Disconnect.INVALID_TOKEN);
        isAnna(connect(JWSAlgorithm.RS512, forOne));

        tokens = tokens(true);
        isAnna(connect(JWSAlgorithm.RS256, SHORT));
    }

    @Test
    void a_key_of_ed25519_serves_its_algorithm_alone() throws Exception {
        KeyPair pair = Issuer.ed25519();
        byte[] encoded = pair.getPublic().getEncoded();
        Base64URL x = Base64URL.encode(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        OctetKeyPair ed = new OctetKeyPair.Builder(Curve.Ed25519, x).keyID("ed").build();
        OctetKeyPair agreement =
                new OctetKeyPair.Builder(Curve.X25519, x).keyID("x").build();
        mode = exchange -> answer(exchange, 200, set(RSA, ed, agreement));
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
    void a_flood_of_ids_makes_one_request() {
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        for (int i = 0; i < 10_000; i++) {
            assertThat(failure(tokens.connection(unsigned(i)))).isEqualTo(ClientError.INTERNAL);
        }
        assertThat(requests).hasValue(1);
        assertThat(failures.counts()).isEqualTo(Map.of("no_keys", 10_000L));
    }

    @Test
    @Row("A6")
    void a_flood_of_ids_that_goes_on_makes_one_request_in_each_pause() {
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
    void a_new_key_may_be_tried_again_and_is_found_after_the_pause() {
        RSAKey fresh = rsa("fresh", 2048);
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        mode = exchange -> answer(exchange, 200, set(RSA, fresh));
        assertThat(failure(connect(JWSAlgorithm.RS256, fresh))).isEqualTo(ClientError.INTERNAL);
        assertThat(requests).hasValue(1);

        clock.advance(PAUSE);
        isAnna(connect(JWSAlgorithm.RS256, fresh));
        assertThat(requests).hasValue(2);
    }

    @Test
    void a_key_that_is_not_there_is_not_sought_again_so_soon() {
        ECKey nobody = ec("nobody", Curve.P_256);
        assertThat(failure(connect(JWSAlgorithm.ES256, nobody))).isEqualTo(Disconnect.INVALID_TOKEN);
        clock.advance(Duration.ofSeconds(29));
        assertThat(failure(connect(JWSAlgorithm.ES256, nobody))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(requests).hasValue(1);

        clock.advance(Duration.ofSeconds(1));
        assertThat(failure(connect(JWSAlgorithm.ES256, nobody))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(requests).hasValue(2);
    }

    @Test
    @Row("A5")
    void known_keys_serve_for_a_day_while_the_endpoint_is_down() {
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
    void a_withdrawn_key_serves_no_longer_than_the_next_fetch() {
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        mode = exchange -> answer(exchange, 200, set(EC));
        clock.advance(Duration.ofMinutes(5));
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        await().untilAsserted(() -> assertThat(connect(JWSAlgorithm.RS256, RSA)).isCompletedExceptionally());
        clock.advance(PAUSE);
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(requests).hasValue(3);
    }

    @Test
    void an_endpoint_that_comes_back_is_asked_after_the_pause() {
        endpointIsDown();
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        mode = exchange -> answer(exchange, 200, set(RSA));
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
        mode = exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            answer(exchange, requests.get() == 1 ? status : 200, set(RSA));
        };
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        assertThat(requests).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 204, 304, 400, 401, 404, 500, 503})
    void an_answer_of_another_status_is_none(int status) {
        mode = exchange -> {
            exchange.sendResponseHeaders(status, -1);
        };
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        assertThat(failures.counts()).isEqualTo(Map.of("no_keys", 1L));
    }

    @Test
    void an_empty_set_has_no_key_for_anybody() {
        mode = exchange -> answer(exchange, 200, "{\"keys\":[]}");
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("key_unknown", 1L));
        assertThat(tokens.ageOfKeys()).isEqualTo(Duration.ZERO);
    }

    @Test
    void secrets_in_a_key_set_serve_nobody() {
        byte[] secret = SECRET.getBytes(StandardCharsets.UTF_8);
        OctetSequenceKey oct = new OctetSequenceKey.Builder(secret).keyID("oct").build();
        mode = exchange -> answer(exchange, 200, new JWKSet(oct).toString(false));
        JWSHeader header =
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("oct").build();
        String token = Issuer.withSignature(header.toBase64URL() + "." + encoded(CLAIMS), SECRET);
        assertThat(failure(tokens.connection(token))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(requests).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "{}", "{\"keys\":1}", "<html>", "BIG"})
    @Row("A5")
    void an_answer_that_is_no_key_set_is_none(String body) {
        String padding = "{\"padding\":\"" + "x".repeat(10_000_000) + "\",";
        mode = exchange -> answer(exchange, 200, body.equals("BIG") ? padding + set(RSA).substring(1) : body);
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
    }

    @Test
    void nobody_listens() {
        server.stop(0);
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
    }

    @Test
    void those_who_wait_share_one_fetch() {
        mode = exchange -> {
            patience();
            answer(exchange, 200, set(RSA, EC));
        };
        List<CompletionStage<Identity>> waiting = List.of(
                connect(JWSAlgorithm.RS256, RSA), connect(JWSAlgorithm.ES256, EC), connect(JWSAlgorithm.PS512, RSA));
        assertThat(waiting)
                .allSatisfy(answer ->
                        assertThat(answer.toCompletableFuture().isDone()).isFalse());
        patience.countDown();
        waiting.forEach(this::isAnna);
        assertThat(requests).hasValue(1);
    }

    @Test
    @Row("A5")
    void nobody_waits_for_a_slow_endpoint_and_its_answer_is_not_lost() {
        mode = exchange -> {
            patience();
            answer(exchange, 200, set(RSA));
        };
        CompletionStage<Identity> waiting = connect(JWSAlgorithm.RS256, RSA);
        timer.reminders.remove().run();
        assertThat(failure(waiting)).isEqualTo(ClientError.INTERNAL);
        assertThat(tokens.ageOfKeys()).isNull();

        clock.advance(Duration.ofSeconds(10));
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
        patience.countDown();
        await().untilAsserted(() ->
                assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isNull());
        assertThat(requests).hasValue(1);
    }

    @Test
    void nobody_waits_where_no_thread_is_free_to_ask_the_endpoint() {
        for (int thread = 0; thread < 2; thread++) {
            background.execute(this::patience); // as the close of a stuck connection
        }
        CompletionStage<Identity> waiting = connect(JWSAlgorithm.RS256, RSA);
        timer.reminders.remove().run();
        assertThat(failure(waiting)).isEqualTo(ClientError.INTERNAL);
        assertThat(requests).hasValue(0);

        patience.countDown();
        await().untilAsserted(() ->
                assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isNull());
        assertThat(requests).hasValue(1);
    }

    @Test
    @Row("A5")
    void an_endpoint_that_dribbles_is_left_after_two_seconds() {
        mode = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; !patience.await(100, TimeUnit.MILLISECONDS); i++) {
                exchange.getResponseBody().write(set(RSA).charAt(i));
                exchange.getResponseBody().flush();
            }
        };
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL); // by itself
        assertThat(requests).hasValue(1);
    }

    @Test
    void it_is_known_how_old_the_keys_are() {
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
    void keys_that_a_clock_was_set_back_behind_are_fresh() {
        isAnna(connect(JWSAlgorithm.RS256, RSA));
        clock.advance(Duration.ofMinutes(-1));
        assertThat(tokens.ageOfKeys()).isEqualTo(Duration.ZERO);
    }

    private void patience() {
        try {
            assertThat(patience.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void after_the_stop_of_its_threads_there_is_an_answer_as_well() {
        timer.shutdownNow();
        background.shutdown();
        assertThat(failure(connect(JWSAlgorithm.RS256, RSA))).isEqualTo(ClientError.INTERNAL);
    }
}
