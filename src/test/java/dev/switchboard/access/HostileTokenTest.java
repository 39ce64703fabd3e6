package dev.switchboard.access;

import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.encoded;
import static dev.switchboard.access.Issuer.lasting;
import static dev.switchboard.access.Issuer.signed;
import static dev.switchboard.access.Issuer.withHeader;
import static dev.switchboard.access.Issuer.withSignature;
import static dev.switchboard.access.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.sun.net.httpserver.HttpServer;
import dev.switchboard.failure.Row;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.spi.Ledger;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A3 of the failure catalogue (RFC 8725): gives forged tokens to a relay with a secret and the
 * public keys of an endpoint. The server counts requests for keys, and requests to addresses in
 * tokens.
 */
class HostileTokenTest {

    private static final String CLAIMS = lasting("{\"sub\":\"anna\"}");
    private static final BigInteger P256_ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    private static final Map<String, String> TABLE = new LinkedHashMap<>();

    private static RSAKey rsa;
    private static ECKey ec;
    private static HttpServer server;
    private static final AtomicInteger requests = new AtomicInteger();
    private static final AtomicInteger foreignRequests = new AtomicInteger();

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final LabelledCounter failures = new LabelledCounter();
    private Tokens tokens;

    @BeforeAll
    static void start() throws Exception {
        rsa = new RSAKeyGenerator(2048).keyID("rsa").generate();
        ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
        byte[] keys = new JWKSet(List.of(rsa, ec)).toString().getBytes(StandardCharsets.UTF_8);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            (exchange.getRequestURI().getPath().equals("/keys") ? requests : foreignRequests).incrementAndGet();
            try (exchange) {
                exchange.sendResponseHeaders(200, keys.length);
                exchange.getResponseBody().write(keys);
            }
        });
        server.start();
        fillTable();
    }

    @AfterAll
    static void stopServer() {
        server.stop(0);
    }

    @BeforeEach
    void fetchKeys() {
        URI uri = URI.create(url("/keys"));
        AccessSettings settings = new AccessSettings(
                Access.INSECURE,
                SECRET,
                uri,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.REPEATED);
        tokens = new Tokens(settings, new WallClock(), Runnable::run, Runnable::run, timer, failures, Ledger.NONE);
        assertThat(Stages.of(tokens.connection(signed(JWSAlgorithm.RS256, rsa, CLAIMS)))
                        .user())
                .isEqualTo("anna");
        requests.set(0);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private static String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    // Tokens that are refused without a request.

    private static void fillTable() throws Exception {
        none();
        signatures();
        confusion();
        curves();
        headers();
        encodings();
    }

    private static void row(String name, String token) {
        assertThat(TABLE.put(name, token)).as(name).isNull();
    }

    private static void none() {
        for (String none : List.of("none", "None", "NONE", "nOnE", "none ", " none", "")) {
            String input = encoded("{\"alg\":\"" + none + "\"}") + "." + encoded(CLAIMS);
            row("alg '" + none + "' without a signature", input + ".");
            row("alg '" + none + "' with one", withSignature(input, SECRET));
        }
        row("no alg", withHeader("{}", SECRET, CLAIMS));
        row("no alg and no signature", encoded("{}") + "." + encoded(CLAIMS) + ".");
        for (String alg : List.of("[\"HS256\"]", "256", "null", "true", "{\"HS256\":1}", "[]")) {
            row("alg " + alg, withHeader("{\"alg\":" + alg + "}", SECRET, CLAIMS));
        }
        for (String alg :
                List.of("hs256", "Hs256", "HS257", "HS1", "HS2560", "Ed448", "ES256K", "dir", "RSA1_5", "A128KW")) {
            row("alg " + alg, withHeader("{\"alg\":\"" + alg + "\"}", SECRET, CLAIMS));
        }
    }

    private static void signatures() {
        String good = signed(CLAIMS);
        String input = good.substring(0, good.lastIndexOf('.'));
        String signature = good.substring(good.lastIndexOf('.') + 1);
        row("signature stripped", input);
        row("signature stripped, its dot left", input + ".");
        row("signature of another token", input + "." + signed("{}").replaceAll(".*\\.", ""));
        row(
                "signature cut by a byte",
                input + "." + encoded(Arrays.copyOf(Base64.getUrlDecoder().decode(signature), 31)));
        row("signature of zeros", input + "." + encoded(new byte[32]));
        row(
                "signature with a byte more",
                input + "." + encoded(Arrays.copyOf(Base64.getUrlDecoder().decode(signature), 33)));
        row(
                "signature by HS512 under the name HS256",
                withSignature(input, SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA512"));
        row("signature by another secret", withSignature(input, SECRET + " "));
        row("signature by a secret of one zero", withSignature(input, "\u0000"));
        row("payload swapped", good.replaceFirst("\\.[^.]+\\.", "." + encoded(lasting("{\"sub\":\"bert\"}")) + "."));
        row("header swapped", encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + good.substring(good.indexOf('.')));
        row("header and payload exchanged", encoded(CLAIMS) + "." + encoded("{\"alg\":\"HS256\"}") + "." + signature);
    }

    private static void confusion() throws Exception {
        byte[] der = rsa.toRSAPublicKey().getEncoded();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END PUBLIC KEY-----";
        Map<String, byte[]> secrets = new LinkedHashMap<>();
        secrets.put("DER", der);
        secrets.put("PEM", pem.getBytes(StandardCharsets.UTF_8));
        secrets.put("PEM and a line break", (pem + "\n").getBytes(StandardCharsets.UTF_8));
        secrets.put("JWK", rsa.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8));
        secrets.put("modulus", rsa.getModulus().decode());
        secrets.put("modulus as text", rsa.getModulus().toString().getBytes(StandardCharsets.UTF_8));
        secrets.put("set of keys", new JWKSet(List.of(rsa, ec)).toString().getBytes(StandardCharsets.UTF_8));
        secrets.forEach((what, secret) -> {
            for (String size : List.of("256", "384", "512")) {
                String input = encoded("{\"alg\":\"HS" + size + "\",\"kid\":\"rsa\"}") + "." + encoded(CLAIMS);
                row("HS" + size + " with the public key's " + what, withSignature(input, secret, "HmacSHA" + size));
            }
        });
        for (String alg : List.of("RS256", "PS256", "ES256", "ES384")) {
            for (String kid : List.of("rsa", "ec")) {
                row(
                        alg + " by the secret, kid " + kid,
                        withHeader("{\"alg\":\"" + alg + "\",\"kid\":\"" + kid + "\"}", SECRET, CLAIMS));
            }
        }
        String rs = signed(JWSAlgorithm.RS256, rsa, CLAIMS);
        row(
                "RS256 under the name PS256",
                encoded("{\"alg\":\"PS256\",\"kid\":\"rsa\"}") + rs.substring(rs.indexOf('.')));
        row(
                "RS256 under the name RS512",
                encoded("{\"alg\":\"RS512\",\"kid\":\"rsa\"}") + rs.substring(rs.indexOf('.')));
        row(
                "RS256 for the elliptic key",
                signed(JWSAlgorithm.RS256, new RSAKey.Builder(rsa).keyID("ec").build(), CLAIMS));
        row(
                "ES256 for the RSA key",
                signed(JWSAlgorithm.ES256, new ECKey.Builder(ec).keyID("rsa").build(), CLAIMS));
        row(
                "RS256 by another key",
                signed(
                        JWSAlgorithm.RS256,
                        new RSAKeyGenerator(2048).keyID("rsa").generate(),
                        CLAIMS));
        row("RS256 signature of zeros", rs.replaceAll("\\.[^.]*$", "." + encoded(new byte[256])));
        row("RS256 signature of one", rs.replaceAll("\\.[^.]*$", "." + encoded(number(BigInteger.ONE, 256))));
        row("RS256 signature longer than the modulus", rs + "AAAA");
    }

    private static void curves() throws JOSEException, GeneralSecurityException {
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec").build();
        String input = header.toBase64URL() + "." + encoded(CLAIMS);
        BigInteger one = BigInteger.ONE;
        BigInteger[][] pairs = {
            {BigInteger.ZERO, BigInteger.ZERO},
            {BigInteger.ZERO, one},
            {one, BigInteger.ZERO},
            {one, one},
            {P256_ORDER, P256_ORDER},
            {P256_ORDER, one},
            {one, P256_ORDER},
            {P256_ORDER.add(one), one}
        };
        for (int i = 0; i < pairs.length; i++) {
            byte[] signature = Arrays.copyOf(number(pairs[i][0], 32), 64);
            System.arraycopy(number(pairs[i][1], 32), 0, signature, 32, 32);
            row("ES256 with the pair " + i, input + "." + encoded(signature));
        }
        Signature der = Signature.getInstance("SHA256withECDSA");
        der.initSign(ec.toECPrivateKey());
        der.update(input.getBytes(StandardCharsets.UTF_8));
        byte[] signature = der.sign();
        row("ES256 in DER", input + "." + encoded(signature));
        byte[] plain = ECDSA.transcodeSignatureToConcat(signature, 64);
        row("ES256 with zeros behind it", input + "." + encoded(Arrays.copyOf(plain, 66)));
        row("ES256 without its last byte", input + "." + encoded(Arrays.copyOf(plain, 63)));
        row("ES256 with its halves exchanged", input + "." + encoded(swapped(plain)));
        row(
                "ES384 by another curve",
                signed(
                        JWSAlgorithm.ES384,
                        new ECKeyGenerator(Curve.P_384).keyID("ec").generate(),
                        CLAIMS));
        row(
                "ES512 by another curve",
                signed(
                        JWSAlgorithm.ES512,
                        new ECKeyGenerator(Curve.P_521).keyID("ec").generate(),
                        CLAIMS));
        row(
                "ES256 by another key",
                signed(
                        JWSAlgorithm.ES256,
                        new ECKeyGenerator(Curve.P_256).keyID("ec").generate(),
                        CLAIMS));
        KeyPair edwards = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Signature ed = Signature.getInstance("Ed25519");
        ed.initSign(edwards.getPrivate());
        String edInput = encoded("{\"alg\":\"EdDSA\",\"kid\":\"ec\"}") + "." + encoded(CLAIMS);
        ed.update(edInput.getBytes(StandardCharsets.UTF_8));
        row("EdDSA", edInput + "." + encoded(ed.sign()));
    }

    private static byte[] number(BigInteger number, int length) {
        byte[] bytes = new byte[length];
        byte[] digits = number.toByteArray();
        for (int i = 1; i <= Math.min(length, digits.length); i++) {
            bytes[length - i] = digits[digits.length - i];
        }
        return bytes;
    }

    private static byte[] swapped(byte[] pair) {
        byte[] swapped = Arrays.copyOfRange(pair, pair.length / 2, pair.length + pair.length / 2);
        System.arraycopy(pair, 0, swapped, pair.length / 2, pair.length / 2);
        return swapped;
    }

    /** The signatures are right, but the headers are not allowed. */
    private static void headers() throws JOSEException {
        for (String more : List.of(
                "\"crit\":[\"exp\"],\"exp\":1",
                "\"crit\":[]",
                "\"crit\":null",
                "\"crit\":[\"b64\"],\"b64\":true",
                "\"crit\":[\"b64\"],\"b64\":false",
                "\"b64\":false",
                "\"zip\":\"DEF\"",
                "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
                "\"jwk\":null",
                "\"jku\":\"" + url("/evil") + "\"",
                "\"x5u\":\"" + url("/evil") + "\"",
                "\"x5u\":\"file:///etc/passwd\"",
                "\"x5c\":[\"AAAA\"]",
                "\"\\u006aku\":\"" + url("/evil") + "\"",
                "\"alg\":\"HS256\"",
                "\"\\u0061lg\":\"none\"",
                "\"typ\":\"JWT\",\"typ\":\"JWT\"",
                "\"kid\":1",
                "\"kid\":[\"rsa\"]",
                "\"enc\":\"A128GCM\",\"alg\":\"dir\"")) {
            row("header with " + more, withHeader("{\"alg\":\"HS256\"," + more + "}", SECRET, CLAIMS));
        }
        RSAKey evil = new RSAKeyGenerator(2048).keyID("rsa").generate();
        for (Consumer<JWSHeader.Builder> own : List.<Consumer<JWSHeader.Builder>>of(
                builder -> builder.jwk(evil.toPublicJWK()),
                builder -> builder.jwkURL(URI.create(url("/evil"))),
                builder -> builder.x509CertURL(URI.create(url("/evil"))))) {
            JWSHeader.Builder builder = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa");
            own.accept(builder);
            row(
                    "RS256 that brings its own key, "
                            + builder.build().toJSONObject().keySet(),
                    signed(builder.build(), evil, CLAIMS));
        }
        for (String header : List.of(
                "[]",
                "null",
                "\"HS256\"",
                "[[\"alg\",\"HS256\"]]",
                "{\"alg\":\"HS256\"",
                "{\"alg\":\"HS256\"}}",
                "x")) {
            row("header " + header, withHeader(header, SECRET, CLAIMS));
        }
        row(
                "header of many levels",
                withHeader("{\"alg\":\"HS256\",\"x\":" + "[".repeat(2_500) + "]".repeat(2_500) + "}", SECRET, "{}"));
        row("nested token", withHeader("{\"alg\":\"HS256\",\"cty\":\"JWT\"}", SECRET, signed(CLAIMS)));
    }

    private static void encodings() {
        String good = signed(CLAIMS);
        String[] part = good.split("\\.");
        row("nothing", "");
        row("dots alone", "..");
        row("no dot", "token");
        row("a dot in front", "." + good);
        row("a dot behind", good + ".");
        row("a part behind", good + ".x");
        row("two tokens", good + "." + good);
        row("encrypted form", encoded("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..AAAA.AAAA.AAAA");
        row("encrypted form with a signed alg", part[0] + "..AAAA." + part[1] + "." + part[2]);
        row(
                "JSON form",
                "{\"protected\":\"" + part[0] + "\",\"payload\":\"" + part[1] + "\",\"signature\":\"" + part[2]
                        + "\"}");
        row("signature padded", good + "=");
        row("payload padded", part[0] + "." + part[1] + "=." + part[2]);
        row("signature with a space behind", good + " ");
        row("a space in front", " " + good);
        row("a line break behind", good + "\n");
        row(
                "a line break in the signature",
                good.substring(0, good.length() - 5) + "\n" + good.substring(good.length() - 5));
        row("a null behind", good + "\u0000");
        row("Bearer in front", "Bearer " + good);
        row("a no-break space", good + "\u00a0");
        row("a character of full width", good.substring(0, good.length() - 1) + "\uff21");
        row("an emoji behind", good + "\ud83d\ude42");
        row("half a character", good + "\ud83d");
        row("an illegal character in the signature", part[0] + "." + part[1] + ".!" + part[2]);
        row("a dot of another script", good.replace('.', '\u3002'));
        row("8 KiB and more", signed("{\"exp\":1000600,\"sub\":\"" + "x".repeat(8 * 1024) + "\"}"));
        row("dots without end", ".".repeat(8 * 1024));
    }

    static List<Arguments> table() {
        return TABLE.entrySet().stream()
                .map(row -> Arguments.of(row.getKey(), row.getValue()))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    @Row("A3")
    void connection_refuses_a_forged_token_without_a_request(String name, String token) {
        assertThat(failure(tokens.connection(token))).isEqualTo(Disconnect.INVALID_TOKEN);
        Identity anna = new Identity("anna", null, 0, Map.of());
        assertThat(failure(tokens.subscription(token, anna, "c1", "news"))).isEqualTo(ClientError.PERMISSION_DENIED);
        assertThat(requests).hasValue(0);
        assertThat(foreignRequests).hasValue(0);
        assertThat(failures.counts().values().stream().mapToLong(count -> count).sum())
                .isEqualTo(2);
        assertThat(failures.counts()).doesNotContainKey("fault");
    }

    static List<String> unknownKeys() {
        return List.of(
                "../../../../dev/null",
                "/etc/passwd",
                "file:///etc/passwd",
                url("/evil"),
                "x' UNION SELECT 'key' --",
                "; ls |",
                "",
                " rsa",
                "RSA",
                "rsa\u0000",
                "\u202ersa",
                "{\"kty\":\"oct\"}",
                "x".repeat(5_000));
    }

    /** The key may be new, so the client may come again. The relay looks it up only by its id. */
    @ParameterizedTest
    @MethodSource("unknownKeys")
    void the_id_of_a_key_is_never_read_as_an_address(String kid) throws JOSEException {
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(kid).build();
        assertThat(failure(tokens.connection(signed(header, rsa, CLAIMS)))).isEqualTo(ClientError.INTERNAL);
        assertThat(requests).hasValue(0);
        assertThat(foreignRequests).hasValue(0);
        assertThat(failures.counts()).isEqualTo(Map.of("no_keys", 1L));
    }

    @Test
    @Row("A3")
    void connection_refuses_a_signature_with_one_wrong_bit() {
        for (String token : List.of(signed(CLAIMS), signed(JWSAlgorithm.ES256, ec, CLAIMS))) {
            int start = token.lastIndexOf('.') + 1;
            byte[] signature = Base64.getUrlDecoder().decode(token.substring(start));
            for (int bit = 0; bit < 8 * signature.length; bit++) {
                byte[] flipped = signature.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(failure(tokens.connection(token.substring(0, start) + encoded(flipped))))
                        .isEqualTo(Disconnect.INVALID_TOKEN);
            }
        }
    }

    /** The last character of base64 has bits that no byte holds. */
    @Test
    void connection_refuses_any_other_text_of_a_signature() {
        for (String token : List.of(
                signed(CLAIMS), signed(JWSAlgorithm.RS256, rsa, CLAIMS), signed(JWSAlgorithm.ES256, ec, CLAIMS))) {
            assertThat(failure(tokens.connection(token))).isNull();
            for (char last : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".toCharArray()) {
                String other = token.substring(0, token.length() - 1) + last;
                if (!other.equals(token)) {
                    assertThat(failure(tokens.connection(other))).isEqualTo(Disconnect.INVALID_TOKEN);
                }
            }
        }
    }

    static List<String> harmless() {
        return List.of(
                "\"typ\":\"JWT\"",
                "\"typ\":\"at+jwt\"",
                "\"typ\":\"JOSE\"",
                "\"typ\":\"secevent+jwt\"",
                "\"cty\":\"json\"",
                "\"kid\":\"../../rsa\"",
                "\"x5t\":\"AAAA\"",
                "\"x\":{\"y\":[1]}");
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void connection_accepts_harmless_headers(String more) {
        String token = withHeader("{\"alg\":\"HS256\"," + more + "}", SECRET, CLAIMS);
        assertThat(Stages.of(tokens.connection(token)).user()).isEqualTo("anna");
        assertThat(requests).hasValue(0);
    }
}
