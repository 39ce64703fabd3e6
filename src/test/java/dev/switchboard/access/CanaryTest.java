package dev.switchboard.access;

import static dev.switchboard.access.Issuer.encoded;
import static dev.switchboard.access.Issuer.signed;
import static dev.switchboard.access.Issuer.withHeader;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.failure.Row;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.spi.Ledger;
import dev.switchboard.spi.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A17 of the failure catalogue: no log and no exception has a secret, a token or a claim. */
class CanaryTest {

    private static final String CANARY = "canary";
    private static final String SECRET = "canary, a secret of more than thirty-two bytes";
    private static final Identity ANNA = new Identity("anna", null, 0, Map.of());

    private final Log log = new Log();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final WallClock clock = new WallClock();
    private final LabelledCounter failures = new LabelledCounter();
    private final List<String> texts = new ArrayList<>();
    private final List<String> secrets = new ArrayList<>(List.of(CANARY, encoded(CANARY)));
    private HttpServer server;
    private Endpoint endpoint = exchange -> exchange.sendResponseHeaders(500, -1);

    private interface Endpoint {
        void reply(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                endpoint.reply(exchange);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        timer.shutdownNow();
        log.close();
    }

    private URI jwks(String scheme) {
        return URI.create(
                scheme + "://canary:canary@127.0.0.1:" + server.getAddress().getPort() + "/canary?key=canary");
    }

    private Tokens tokens(AccessSettings settings, InstantSource time) {
        texts.add(settings.toString());
        Tokens tokens = new Tokens(settings, time, Runnable::run, Runnable::run, timer, failures, Ledger.NONE);
        texts.add(tokens.toString());
        new Warnings(settings, new Origins(Set.of("*")), Hosts.unchecked()).repeat(timer, Runnable::run);
        return tokens;
    }

    private static AccessSettings settings(Access access, URI jwks, AccessSettings.Use use) {
        return new AccessSettings(
                access, SECRET, jwks, "relay", "login", Duration.ofHours(1), Duration.ofSeconds(5), use);
    }

    private void present(Tokens tokens, String token) {
        for (String part : token.split("\\.")) {
            if (part.length() > 20 && !part.equals(encoded("{\"alg\":\"HS256\"}"))) {
                secrets.add(part);
            }
        }
        record(tokens.connection(token));
        record(tokens.subscription(token, ANNA, "c1", "news"));
    }

    private void record(CompletionStage<?> stage) {
        Throwable failure = Stages.failure(stage);
        if (failure != null) {
            StringWriter text = new StringWriter();
            failure.printStackTrace(new PrintWriter(text));
            texts.add(text.toString());
        }
    }

    private void noTextHasASecret() {
        String all = log.everything() + String.join("\n", texts) + failures.counts();
        assertThat(secrets).allSatisfy(secret -> assertThat(all).doesNotContain(secret));
    }

    private static String claims(String more) {
        return "{\"aud\":\"relay\",\"iss\":\"login\",\"sub\":\"canary\"," + more + "}";
    }

    @Test
    void no_text_has_a_secret_when_a_token_is_refused() {
        Tokens tokens = tokens(settings(Access.TOKEN, jwks("https"), AccessSettings.Use.ONCE), clock);
        String good = signed("HS256", SECRET, claims("\"exp\":1000600,\"jti\":\"canary\",\"info\":{\"x\":\"canary\"}"));
        List<String> all = List.of(
                good,
                good,
                good + "x",
                "canary",
                "x".repeat(9_000) + CANARY,
                signed("HS256", SECRET + "x", claims("\"exp\":1000600")),
                withHeader("{\"alg\":\"canary\"}", SECRET, claims("\"exp\":1000600")),
                withHeader("{\"alg\":\"HS256\",\"jku\":\"canary\"}", SECRET, claims("\"exp\":1000600")),
                withHeader("{\"alg\":\"RS256\",\"kid\":\"canary\"}", SECRET, claims("\"exp\":1000600")),
                signed("HS256", SECRET, "canary"),
                signed("HS256", SECRET, claims("\"exp\":\"canary\"")),
                signed("HS256", SECRET, claims("\"exp\":1000600,\"sub\":\"canary\"")),
                signed("HS256", SECRET, claims("\"exp\":1000600,\"b64info\":\"canary\"")),
                signed("HS256", SECRET, claims("\"exp\":1000600,\"channel\":\"canary\"")),
                signed("HS256", SECRET, claims("\"exp\":1")),
                signed("HS256", SECRET, claims("\"exp\":1000600,\"nbf\":1000100")),
                signed("HS256", SECRET, claims("\"exp\":9000600")),
                signed("HS256", SECRET, "{\"aud\":\"canary\",\"exp\":1000600}"),
                signed("HS256", SECRET, "{\"aud\":\"relay\",\"iss\":\"canary\",\"exp\":1000600}"));
        all.forEach(token -> present(tokens, token));
        record(tokens.missing());

        assertThat(failures.counts())
                .containsOnlyKeys(
                        "missing",
                        "too_long",
                        "malformed",
                        "algorithm",
                        "no_keys",
                        "signature",
                        "claims",
                        "audience",
                        "issuer",
                        "foreign",
                        "lifetime",
                        "expired",
                        "early",
                        "replayed");
        assertThat(log.texts()).contains("A token was refused: signature", "A token was refused: no_keys");
        noTextHasASecret();
    }

    @Test
    void no_text_has_a_secret_at_a_fault_of_the_relay() {
        Tokens tokens = tokens(
                new AccessSettings(
                        Access.TOKEN,
                        SECRET,
                        null,
                        "",
                        "",
                        Duration.ofHours(1),
                        Duration.ofSeconds(5),
                        AccessSettings.Use.REPEATED),
                () -> {
                    throw new IllegalStateException(CANARY, new IOException(CANARY));
                });
        present(tokens, signed("HS256", SECRET, "{\"exp\":1000600,\"info\":\"canary\"}"));
        assertThat(failures.counts()).containsKey("fault");
        assertThat(log.everything()).contains("A token could not be read", "IllegalStateException", "Tokens.");
        noTextHasASecret();
    }

    @Test
    void no_text_has_a_secret_when_an_endpoint_fails() throws JOSEException {
        RSAKey rsa = new RSAKeyGenerator(2048).keyID("canary").generate();
        String token = signed(JWSAlgorithm.RS256, rsa, claims("\"exp\":2000000"));
        byte[] keys = new JWKSet(rsa).toString().getBytes(StandardCharsets.UTF_8);
        List<Endpoint> endpoints = List.of(
                exchange -> exchange.sendResponseHeaders(404, -1),
                exchange -> exchange.sendResponseHeaders(500, -1),
                exchange -> {
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"canary\"");
                    exchange.sendResponseHeaders(401, -1);
                },
                exchange -> {
                    exchange.getResponseHeaders().set("Location", jwks("http").toString());
                    exchange.sendResponseHeaders(302, -1);
                },
                exchange -> {
                    exchange.sendResponseHeaders(200, CANARY.length());
                    exchange.getResponseBody().write(CANARY.getBytes(StandardCharsets.UTF_8));
                },
                exchange -> {
                    exchange.sendResponseHeaders(200, 1_000);
                    exchange.getResponseBody().write(CANARY.getBytes(StandardCharsets.UTF_8));
                },
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(CANARY.repeat(20_000).getBytes(StandardCharsets.UTF_8));
                },
                HttpExchange::close,
                exchange -> {
                    exchange.sendResponseHeaders(200, keys.length);
                    exchange.getResponseBody().write(keys);
                });
        Tokens plain = tokens(settings(Access.INSECURE, jwks("http"), AccessSettings.Use.REPEATED), clock);
        for (Endpoint next : endpoints) {
            endpoint = next;
            clock.advance(Duration.ofSeconds(10));
            present(plain, token);
        }
        assertThat(plain.ageOfKeys()).isNotNull();

        present(tokens(settings(Access.TOKEN, jwks("https"), AccessSettings.Use.REPEATED), clock), token);
        server.stop(0);
        present(tokens(settings(Access.TOKEN, jwks("https"), AccessSettings.Use.REPEATED), clock), token);
        present(
                tokens(
                        settings(
                                Access.TOKEN,
                                URI.create("https://canary:canary@[::1%25canary]:1/canary"),
                                AccessSettings.Use.REPEATED),
                        clock),
                token);
        assertThat(log.texts().stream().filter(text -> text.startsWith("No keys from")))
                .hasSize(endpoints.size() - 1 + 3);
        noTextHasASecret();
    }

    @Test
    void no_text_has_a_secret_when_a_token_is_accepted() {
        Tokens tokens = tokens(settings(Access.TOKEN, jwks("https"), AccessSettings.Use.REPEATED), clock);
        String token = signed("HS256", SECRET, claims("\"exp\":1000600,\"info\":\"canary\",\"channels\":[\"canary\"]"));
        assertThat(Stages.of(tokens.connection(token)).user()).isEqualTo(CANARY);
        texts.add(tokens.toString());
        noTextHasASecret();
    }

    /** Records the frames and the disconnect of a client. */
    private static final class RecordingTransport implements Transport {

        final CompletableFuture<Disconnect> end = new CompletableFuture<>();
        final List<Frame> sent = new CopyOnWriteArrayList<>();

        @Override
        public void send(Frame frame, Completion completion) {
            sent.add(frame);
            completion.completed(null);
        }

        @Override
        public void close(Disconnect why, @Nullable Frame last) {
            end.complete(why);
        }
    }

    private static String published(Relay relay, String body) throws Exception {
        try {
            return relay.api()
                    .call("publish", body, (method, channel) -> true)
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS)
                    .json();
        } catch (Disconnect malformed) {
            return malformed.toString();
        }
    }

    @Test
    @Row("A17")
    void no_text_of_a_whole_relay_has_a_secret() throws Exception {
        Settings settings = Settings.read(Map.of(
                "switchboard.access",
                "token",
                "switchboard.origins",
                "*",
                "switchboard.token.secret",
                SECRET,
                "switchboard.token.jwks",
                jwks("https").toString(),
                "switchboard.api.key",
                SECRET));
        texts.add(settings.toString());
        texts.add(settings.api().keys() + " " + settings.api().keys().rights(List.of(SECRET), List.of()));
        Relay relay = new Relay(settings, new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));
        texts.add(relay.toString());
        try {
            assertThat(log.texts()).anyMatch(text -> text.startsWith("switchboard.origins=*"));
            for (String token : List.of(
                    "canary",
                    signed("HS256", SECRET, "{\"sub\":\"canary\"}"),
                    signed("HS256", "canary", "{\"sub\":\"canary\"}"),
                    "canary\"canary")) {
                RecordingTransport transport = new RecordingTransport();
                relay.protocols()
                        .connectJson(transport)
                        .receive(Frame.text("{\"connect\":{\"token\":\"" + token + "\"},\"id\":1}"));
                Disconnect why = transport.end.get(10, TimeUnit.SECONDS);
                assertThat(why.code()).isIn(3500, 3501);
                texts.add(why + " " + transport.sent);
                secrets.add(token);
            }
            for (String body : List.of(
                    "{\"channel\":\"c\",\"data\":\"canary\"}",
                    "{\"channel\":\"x:c\",\"data\":\"canary\"}",
                    "{\"channel\":\"c\",\"b64data\":\"canary\"}",
                    "{\"channel\":\"c\",\"data\":1,\"tags\":\"canary\"}",
                    "{\"channel\":\"c\",\"data\":\"" + CANARY.repeat(20_000) + "\"}",
                    "{\"channel\":\"c\",\"data\":canary}")) {
                texts.add(published(relay, body));
            }
        } finally {
            relay.stop();
        }
        noTextHasASecret();
    }
}
