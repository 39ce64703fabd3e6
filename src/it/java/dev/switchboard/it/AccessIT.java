package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.sun.net.httpserver.HttpServer;
import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import dev.switchboard.it.DeployedServer.SocketLine;
import dev.switchboard.transcript.Dialect;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests tokens in every container, and that the relay never reveals them. */
@ContainerTest
@Tag("executable")
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class AccessIT {

    private static final String CLOSED = "closed";
    private static final String KEYS = "keys";

    private static final String SECRET = "canary-secret-" + UUID.randomUUID();
    private static final String AUDIENCE = "the relay";
    private static final String ISSUER = "the issuer";

    private static final RSAKey RSA = rsa();
    private static final KeyPair ED = ed25519();
    private static final AtomicInteger FETCHES = new AtomicInteger();
    private static final HttpServer KEY_SERVER = keyServer();

    @ArquillianResource
    @OperateOnDeployment(CLOSED)
    private URL closedUrl;

    @ArquillianResource
    @OperateOnDeployment(KEYS)
    private URL keysUrl;

    private DeployedRelay closed;
    private DeployedRelay keys;
    private final ServerLog log = new ServerLog();
    private final String channel = "access-" + UUID.randomUUID();

    @Deployment(name = CLOSED, testable = false)
    static WebArchive closed() {
        return ShippedWar.as(
                CLOSED + ".war",
                Map.of(
                        "switchboard.access", "token",
                        "switchboard.token.secret", SECRET,
                        "switchboard.token.audience", AUDIENCE,
                        "switchboard.token.issuer", ISSUER));
    }

    /**
     * Deploys a relay with {@code insecure}, so that it may fetch keys without TLS. It still checks
     * tokens.
     */
    @Deployment(name = KEYS, testable = false)
    static WebArchive keys() {
        return ShippedWar.as(
                KEYS + ".war",
                Map.of(
                        "switchboard.insecure",
                        "true",
                        "switchboard.token.keys",
                        "-----BEGIN PUBLIC KEY-----"
                                + Base64.getEncoder()
                                        .encodeToString(ED.getPublic().getEncoded())
                                + "-----END PUBLIC KEY-----",
                        "switchboard.token.jwks",
                        "http://127.0.0.1:" + KEY_SERVER.getAddress().getPort() + "/"));
    }

    private static RSAKey rsa() {
        try {
            return new RSAKeyGenerator(2048).keyID("known").generate();
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static KeyPair ed25519() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static HttpServer keyServer() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            byte[] body = new JWKSet(List.of(RSA.toPublicJWK())).toString().getBytes(UTF_8);
            server.createContext("/", exchange -> {
                FETCHES.incrementAndGet();
                try (exchange) {
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                }
            });
            server.start();
            return server;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @AfterAll
    static void stopServer() {
        KEY_SERVER.stop(0);
    }

    @BeforeEach
    void come() {
        closed = new DeployedRelay(closedUrl);
        keys = new DeployedRelay(keysUrl);
    }

    @AfterEach
    void leave() throws Exception {
        closed.close();
        keys.close();
    }

    // Tokens.

    private static String encoded(String text) {
        return encoded(text.getBytes(UTF_8));
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * Returns a token that is signed with HS256 and the secret, even if its header names another
     * algorithm.
     */
    private static String signed(String header, String claims, String secret) {
        try {
            String input = encoded(header) + "." + encoded(claims);
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            return input + "." + encoded(mac.doFinal(input.getBytes(UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String signed(String claims) {
        return signed("{\"alg\":\"HS256\"}", claims, SECRET);
    }

    private static String claims(String more) {
        return "{\"exp\":" + in(600) + ",\"aud\":\"" + AUDIENCE + "\",\"iss\":\"" + ISSUER + "\"" + more + "}";
    }

    private static long in(int seconds) {
        return Instant.now().getEpochSecond() + seconds;
    }

    private static String byKey(String kid) {
        try {
            JWSObject token = new JWSObject(
                    new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(kid).build(),
                    new Payload("{\"sub\":\"ann\",\"exp\":" + in(600) + "}"));
            token.sign(new RSASSASigner(RSA));
            return token.serialize();
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Returns the first reply to a client that connects with the token. */
    private static String answer(DeployedRelay relay, String token) throws IOException {
        try (RawSocket socket = new RawSocket(relay.endpoint(), DeployedServer.subprotocol(Dialect.JSON))) {
            SocketLine line = new SocketLine(socket, Dialect.JSON);
            line.send("{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}");
            return line.next();
        }
    }

    private SocketLine connected(String token) throws IOException {
        SocketLine line = new SocketLine(
                closed.socket(closed.endpoint(), DeployedServer.subprotocol(Dialect.JSON)), Dialect.JSON);
        line.send("{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}");
        assertThat(line.next()).contains("\"connect\":");
        return line;
    }

    @Test
    @Row("A1")
    void an_expired_token_gets_the_error_that_makes_the_client_fetch_another(Seen seen) throws Exception {
        String answer = answer(closed, signed(claims("").replaceFirst("\\d+", "" + in(-1))));
        assertThat(answer).contains("\"error\":{\"code\":109");
        seen.note(answer);
        assertThat(answer(closed, signed(claims(",\"nbf\":" + in(60))))).isEqualTo("close 3500 invalid token");
        assertThat(answer(closed, signed(claims(",\"iat\":" + in(60))))).contains("\"connect\":");
        assertThat(answer(closed, "")).contains("\"error\":{\"code\":101");
    }

    @Test
    @Row("A3")
    void forged_tokens_end_the_connection_with_3500(Seen seen) throws Exception {
        String good = claims(",\"sub\":\"ann\"");
        Map<String, String> forged = new LinkedHashMap<>();
        for (String none : List.of("none", "None", "nOnE", "")) {
            forged.put("alg " + none, encoded("{\"alg\":\"" + none + "\"}") + "." + encoded(good) + ".");
        }
        forged.put("stripped", signed(good).replaceFirst("\\.[^.]*$", "."));
        forged.put("another secret", signed("{\"alg\":\"HS256\"}", good, SECRET + "x"));
        forged.put("another algorithm", signed("{\"alg\":\"RS256\",\"kid\":\"known\"}", good, SECRET));
        forged.put("another size", signed("{\"alg\":\"HS512\"}", good, SECRET));
        forged.put("another payload", signed(good).replaceFirst("\\.[^.]+\\.", "." + encoded(claims("")) + "."));
        for (String header : List.of(
                "\"crit\":[\"exp\"]",
                "\"jwk\":{\"kty\":\"oct\",\"k\":\"" + encoded(SECRET) + "\"}",
                "\"jku\":\"http://127.0.0.1:" + KEY_SERVER.getAddress().getPort() + "/\"",
                "\"x5u\":\"http://127.0.0.1:" + KEY_SERVER.getAddress().getPort() + "/\"",
                "\"x5c\":[\"MAA=\"]")) {
            forged.put(header, signed("{\"alg\":\"HS256\"," + header + "}", good, SECRET));
        }
        forged.put("rubbish", "a.b.c");
        forged.put("by a key that the relay never fetched", byKey("known"));
        int fetches = FETCHES.get();
        for (Map.Entry<String, String> token : forged.entrySet()) {
            assertThat(answer(closed, token.getValue())).as(token.getKey()).isEqualTo("close 3500 invalid token");
        }
        assertThat(FETCHES).hasValue(fetches);
        assertThat(answer(closed, signed(good))).contains("\"connect\":");
        seen.note(forged.size() + " forgeries, each 3500 invalid token; nothing fetched");
    }

    @Test
    @Row("A4")
    void claims_that_are_wrong_end_the_connection_with_3500(Seen seen) throws Exception {
        String exp = "\"exp\":" + in(600);
        List<String> wrong = List.of(
                "{" + exp + "}",
                "{" + exp + ",\"aud\":\"" + AUDIENCE + "\"}",
                "{" + exp + ",\"iss\":\"" + ISSUER + "\"}",
                claims("").replace(AUDIENCE, "another"),
                claims("").replace(ISSUER, "another"),
                claims(",\"sub\":7"),
                claims(",\"sub\":\"ann\",\"sub\":\"bob\""),
                claims(",\"channel\":\"c\""),
                claims("").replaceFirst("\"exp\":\\d+,", ""),
                claims("").replaceFirst("\\d+", "" + in(60 * 60 * 25)),
                claims("").replaceFirst("\\d+", "\"soon\""),
                claims(",\"info\":\"" + "x".repeat(8 * 1024) + "\""),
                "[]",
                "null");
        for (String claims : wrong) {
            assertThat(answer(closed, signed(claims))).as(claims).isEqualTo("close 3500 invalid token");
        }
        seen.note(wrong.size() + " sets of claims, each 3500 invalid token");
    }

    @Test
    @Row("A7")
    void a_token_admits_every_client_that_has_it_until_it_expires(Seen seen) throws Exception {
        String token = signed(claims(",\"sub\":\"ann\""));
        assertThat(answer(closed, token)).contains("\"connect\":");
        assertThat(answer(closed, token)).contains("\"connect\":");
        seen.note("used twice");
    }

    @Test
    @Row("A9")
    void a_subscription_token_admits_one_user_to_one_channel(Seen seen) throws Exception {
        SocketLine ann = connected(signed(claims(",\"sub\":\"ann\"")));
        String secret = "$" + channel;
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put(",\"sub\":\"bob\",\"channel\":\"" + secret + "\"", "\"error\":{\"code\":103");
        tokens.put(",\"sub\":\"ann\",\"channel\":\"" + secret + "x\"", "\"error\":{\"code\":103");
        tokens.put(",\"sub\":\"ann\"", "\"error\":{\"code\":103");
        tokens.put(",\"sub\":\"ann\",\"channel\":\"" + secret + "\"", "\"subscribe\":");
        for (Map.Entry<String, String> token : tokens.entrySet()) {
            ann.send("{\"id\":2,\"subscribe\":{\"channel\":\"" + secret + "\",\"token\":\""
                    + signed(claims(token.getKey())) + "\"}}");
            assertThat(ann.next()).as(token.getKey()).contains(token.getValue());
        }
        seen.note("103 for another user, another channel and a connection token");
    }

    @Test
    @Row({"A5", "A6"})
    void keys_are_fetched_once_and_stay_valid_when_their_server_does_not_answer(Seen seen) throws Exception {
        assertThat(answer(keys, byKey("known"))).contains("\"connect\":");
        int fetches = FETCHES.get();
        for (String kid : IntStream.range(0, 200).mapToObj(i -> "unknown-" + i).toList()) {
            assertThat(answer(keys, byKey(kid)))
                    .matches(".*\"error\":\\{\"code\":100,.*\"temporary\":true.*|close 3500 .*");
        }
        // At most one fetch in ten seconds, and no request takes a second.
        assertThat(FETCHES.get() - fetches).isLessThanOrEqualTo(1 + 200 / 10);
        seen.note("200 unknown keys, " + (FETCHES.get() - fetches) + " fetches");
        KEY_SERVER.removeContext("/");
        assertThat(answer(keys, byKey("known"))).contains("\"connect\":");
        seen.note("the known key serves while the endpoint is gone");
        assertThat(answer(keys, byKey("unknown"))).matches(".*\"error\":\\{\"code\":100,.*|close 3500 .*");
    }

    @Test
    void a_public_key_in_pem_checks_tokens_of_ed25519() throws Exception {
        String input = encoded("{\"alg\":\"EdDSA\"}") + "." + encoded("{\"sub\":\"ann\",\"exp\":" + in(600) + "}");
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(ED.getPrivate());
        signature.update(input.getBytes(UTF_8));
        byte[] signed = signature.sign();
        assertThat(answer(keys, input + "." + encoded(signed))).contains("\"connect\":");
        signed[0] ^= 1;
        assertThat(answer(keys, input + "." + encoded(signed)))
                .matches(
                        // 3500 if the keys could be fetched again.
                        ".*\"error\":\\{\"code\":100,.*\"temporary\":true.*|close 3500 .*");
    }

    @Test
    void a_token_without_an_expiry_is_refused_and_the_log_names_the_setting() throws Exception {
        assertThat(answer(closed, signed(claims("").replaceFirst("\"exp\":\\d+,", ""))))
                .isEqualTo("close 3500 invalid token");
        log.awaitLine("switchboard.token.exp.optional=true takes such tokens");
    }

    @Test
    @Row("A16")
    void the_log_warns_of_insecure_settings_at_the_start(Seen seen) throws Exception {
        List<String> lines = log.linesWith("INSECURE! switchboard.insecure=true");
        assertThat(lines).isNotEmpty();
        assertThat(log.linesWith("switchboard.token.jwks is no https URL")).isNotEmpty();
        assertThat(keys.metric("switchboard_insecure_options")).isEqualTo(2);
        assertThat(closed.metric("switchboard_insecure_options")).isZero();
        seen.note(lines.get(0).replaceAll(".*INSECURE", "INSECURE"));
    }

    @Test
    @Row({"A13", "A17"})
    void the_log_escapes_names_and_has_no_secrets(Seen seen) throws Exception {
        String mark = UUID.randomUUID().toString();
        String name = "<img src=x onerror=alert(1)>\\n\\u001b[31m" + mark;
        String token = signed(claims(",\"sub\":\"" + name + "\",\"info\":{\"p\":\"canary-info-" + mark + "\"}"));
        SocketLine client = connected(token);
        client.send("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
        assertThat(client.next()).contains("\"subscribe\":");
        client.send("{\"id\":3,\"publish\":{\"channel\":\"" + channel + "\",\"data\":\"canary-data-" + mark + "\"}}");
        assertThat(client.next()).contains("canary-data-");
        assertThat(client.next()).contains("\"publish\":");
        client.send("{\"id\":4,\"publish\":{\"channel\":\"" + channel + "\",\"data\":canary-broken-" + mark + "}}");
        assertThat(client.next()).startsWith("close 3501").doesNotContain("canary");
        assertThat(answer(closed, "canary-token-" + mark)).isEqualTo("close 3500 invalid token");
        log.awaitLine(" disconnect ", mark);

        assertThat(log.linesWith(mark))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).contains("<img src=x onerror=alert(1)>\\u000a\\u001b[31m" + mark));
        assertThat(log.linesWith("canary-")).isEmpty();
        assertThat(log.linesWith(token.substring(token.lastIndexOf('.') + 1))).isEmpty();
        assertThat(ServerProcess.threads("")).noneMatch(line -> line.contains("canary-"));
        seen.note(log.linesWith(mark).get(0).replaceAll(".* disconnect ", "disconnect "));
        seen.note("no secret, token, info or message in " + log.lines().size() + " lines of the log");
    }
}
