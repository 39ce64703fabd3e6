package dev.switchboard.access;

import static dev.switchboard.access.Issuer.SECRET;
import static dev.switchboard.access.Issuer.encoded;
import static dev.switchboard.access.Issuer.signed;
import static dev.switchboard.access.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import dev.switchboard.access.AccessSettings.UnsafeOption;
import dev.switchboard.access.AccessSettings.Use;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Reason;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.Ledger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests secrets, public keys and unsafe options of the settings; the time is second 1000000. */
class KeysOfTokensTest {

    private static final String CLAIMS = "{\"sub\":\"anna\",\"exp\":1000600}";
    private static final String OLD = "the secret that was there before this one";

    private static final RSAKey RSA = rsa(2048);
    private static final ECKey P256 = ec(Curve.P_256);
    private static final ECKey P384 = ec(Curve.P_384);
    private static final ECKey P521 = ec(Curve.P_521);
    private static final KeyPair ED = Issuer.ed25519();

    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBeDCCAR2gAwIBAgIURrrSt4p4gol+dMi4n/dBB8I/6UgwCgYIKoZIzj0EAwIw
            ETEPMA0GA1UEAwwGaXNzdWVyMB4XDTI2MTEyOTEzMTE0MFoXDTM2MTEyNjEzMTE0
            MFowETEPMA0GA1UEAwwGaXNzdWVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
            KGOb+wXYsL4Oj21oSlWTJosKSF4PYd/SqRf2RGaUw6VDSE2SrCjd2e/DBtZE+a6/
            VFiCGxrDeAawgymSWzjR06NTMFEwHQYDVR0OBBYEFPNK6FRqx2dMmGeKPPCjiiDf
            Y4PkMB8GA1UdIwQYMBaAFPNK6FRqx2dMmGeKPPCjiiDfY4PkMA8GA1UdEwEB/wQF
            MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPMsn0qpE+w/9J6/u7T97C0j6OjAj0dv
            uCY6wJSi7UbTAiEArf6B99hhWY5DZqTQrH+yZOErmqde4Shgdtyi3XUPeic=
            -----END CERTIFICATE-----
            """;

    private static final String ED448 = """
            -----BEGIN PUBLIC KEY-----
            MEMwBQYDK2VxAzoAEaNloSNsARet3//XkmkNZITmWD/Bw7gpbiw0PZvQxIZorudd
            XrinK8VO7H/B/9/q0Xu907nzibyA
            -----END PUBLIC KEY-----
            """;

    private final WallClock clock = new WallClock();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(0);
    private final LabelledCounter failures = new LabelledCounter();

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private static RSAKey rsa(int bits) {
        try {
            return new RSAKeyGenerator(bits, true).keyID("1").generate();
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static ECKey ec(Curve curve) {
        try {
            return new ECKeyGenerator(curve).keyID("1").generate();
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static TokenKeys keys(String secret, String previous, String pem) {
        return TokenKeys.of("switchboard.token", secret, previous, pem, null, false);
    }

    private static TokenKeys subscriptionKeys(String secret, String pem) {
        return TokenKeys.of("switchboard.token.subscription", secret, "", pem, null, false);
    }

    private static AccessSettings settings(
            TokenKeys keys, TokenKeys subscriptionKeys, String claim, Use use, UnsafeOption... unsafe) {
        return new AccessSettings(
                Access.OPEN,
                keys,
                subscriptionKeys,
                "",
                "",
                claim,
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                use,
                Set.of(unsafe));
    }

    private Tokens tokens(AccessSettings settings) {
        return new Tokens(settings, clock, Runnable::run, Runnable::run, timer, failures, Ledger.NONE);
    }

    private Tokens tokens(TokenKeys keys) {
        return tokens(settings(keys, subscriptionKeys("", ""), "sub", Use.REPEATED));
    }

    private static void isAnna(CompletionStage<Identity> stage) {
        assertThat(Stages.of(stage).user()).isEqualTo("anna");
    }

    @Test
    void the_previous_secret_is_still_valid() {
        Tokens rotating = tokens(keys(SECRET, OLD, ""));
        for (String algorithm : List.of("HS256", "HS384", "HS512")) {
            isAnna(rotating.connection(signed(algorithm, SECRET, CLAIMS)));
            isAnna(rotating.connection(signed(algorithm, OLD, CLAIMS)));
        }
        assertThat(failure(rotating.connection(signed("HS256", OLD + "x", CLAIMS))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("signature", 1L));
        assertThat(failure(tokens(keys(SECRET, "", "")).connection(signed("HS256", OLD, CLAIMS))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @Test
    void the_previous_secret_is_refused_without_a_secret() {
        assertThatThrownBy(() -> settings(keys("", OLD, ""), subscriptionKeys("", ""), "sub", Use.REPEATED))
                .hasMessage("switchboard.token.secret.previous needs switchboard.token.secret");
        assertThatThrownBy(() -> settings(keys(SECRET, "short", ""), subscriptionKeys("", ""), "sub", Use.REPEATED))
                .hasMessageStartingWith("switchboard.token.secret.previous is shorter than 32 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
            })
    void public_keys_in_pem_verify_the_algorithms_of_their_kind(String name) throws Exception {
        Tokens tokens = tokens(keys(
                SECRET,
                "",
                pem(ED.getPublic())
                        + pem(ec(Curve.P_256).toPublicKey())
                        + pem(P256.toPublicKey())
                        + pem(P384.toPublicKey())
                        + pem(P521.toPublicKey())
                        + pem(RSA.toPublicKey())));
        isAnna(tokens.connection(token(name)));
        isAnna(tokens.connection(signed(CLAIMS)));
        String token = token(name);
        String other = encoded("{\"sub\":\"bert\",\"exp\":1000600}");
        String forged = token.substring(0, token.indexOf('.') + 1) + other + token.substring(token.lastIndexOf('.'));
        assertThat(failure(tokens.connection(forged))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("signature", 1L));
    }

    private static String token(String name) {
        if (name.startsWith("Ed")) {
            return Issuer.signedEd25519("{\"alg\":\"" + name + "\"}", ED, CLAIMS);
        }
        JWK key = name.equals("ES256") ? P256 : name.equals("ES384") ? P384 : name.equals("ES512") ? P521 : RSA;
        return signed(JWSAlgorithm.parse(name), key, CLAIMS);
    }

    @Test
    void a_public_key_in_pem_never_serves_as_a_secret() throws Exception {
        String pem = pem(RSA.toPublicKey());
        Tokens tokens = tokens(keys("", "", pem));
        assertThat(failure(tokens.connection(signed("HS256", pem, CLAIMS)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(tokens.connection(token("ES256")))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(tokens.connection(token("EdDSA")))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("algorithm", 3L));
        isAnna(tokens.connection(token("RS256")));
    }

    @Test
    void a_file_may_have_keys_and_certificates(@TempDir Path folder) throws IOException, JOSEException {
        Path file = folder.resolve("keys.pem");
        Files.writeString(file, "# of the shop\n" + CERTIFICATE + pem(P384.toPublicKey()));
        TokenKeys keys = keys("", "", file.toString());
        assertThat(keys.keys()).hasSize(2);
        isAnna(tokens(keys).connection(token("ES384")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "-----BEGIN PRIVATE KEY-----§Y2FuYXJ5§-----END PRIVATE KEY----- ~ key 1: it is a private key",
                "-----BEGIN EC PRIVATE KEY-----§Y2FuYXJ5§-----END EC PRIVATE KEY----- ~ key 1: it is a private key",
                "-----BEGIN RSA PUBLIC KEY-----§Y2FuYXJ5§-----END RSA PUBLIC KEY----- ~ key 1: PEM of a RSA PUBLIC KEY",
                "-----BEGIN PUBLIC KEY-----§Y2FuYXJ5§-----END PUBLIC KEY----- ~ key 1: a key is RSA, EC on P-256",
                "-----BEGIN CERTIFICATE-----§Y2FuYXJ5§-----END CERTIFICATE----- ~ key 1: it is malformed",
                "-----BEGIN PUBLIC KEY-----§canary ~ each key is a block of PEM",
                "canary ~ each key is a block of PEM"
            })
    void a_block_is_refused_by_its_number_without_a_quote_if_it_is_no_public_key(
            String pem, String reason, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("keys.pem");
        Files.writeString(file, pem.replace("§", "\n"));
        assertThatThrownBy(() -> keys("", "", file.toString()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("switchboard.token.keys=" + file + ": " + reason)
                .hasMessageNotContainingAny("canary", "Y2FuYXJ5");
    }

    @Test
    void a_key_is_refused_if_it_is_weak_or_of_another_kind() throws JOSEException {
        assertThatThrownBy(() -> keys("", "", pem(RSA.toPublicKey()) + ED448))
                .hasMessage("switchboard.token.keys: key 2: a key is RSA, EC on P-256, P-384 or P-521, or Ed25519");
        String weak = pem(rsa(1024).toPublicKey());
        assertThatThrownBy(() -> keys("", "", weak))
                .hasMessage("switchboard.token.keys: key 1: an RSA key has 2048 bits or more");
        assertThat(TokenKeys.of("switchboard.token", "", "", weak, null, true).keys())
                .hasSize(1);
        assertThatThrownBy(() -> keys("", "", "/nowhere/keys.pem"))
                .hasMessage("switchboard.token.keys=/nowhere/keys.pem cannot be read");
    }

    @Test
    void subscription_tokens_may_have_their_own_secret_and_keys() throws JOSEException {
        Tokens tokens = tokens(
                settings(keys(SECRET, "", ""), subscriptionKeys(OLD, pem(P256.toPublicKey())), "sub", Use.REPEATED));
        String claims = "{\"sub\":\"anna\",\"channel\":\"news\",\"exp\":1000600}";
        Identity anna = Stages.of(tokens.connection(signed(CLAIMS)));
        assertThat(failure(tokens.connection(signed("HS256", OLD, CLAIMS)))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failure(tokens.connection(token("ES256")))).isEqualTo(Disconnect.INVALID_TOKEN);

        assertThat(failure(tokens.subscription(signed(claims), anna, "c1", "news")))
                .isEqualTo(ClientError.PERMISSION_DENIED);
        for (String token : List.of(signed("HS256", OLD, claims), signed(JWSAlgorithm.ES256, P256, claims))) {
            assertThat(Stages.of(tokens.subscription(token, anna, "c1", "news")).ttl())
                    .isEqualTo(600);
        }
        assertThat(failures.counts()).isEqualTo(Map.of("signature", 2L, "algorithm", 1L));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"user_id\":\"anna\"} ~ anna",
                "{\"user_id\":42,\"sub\":\"bert\"} ~ 42",
                "{\"user_id\":12345678901234567890} ~ 12345678901234567890",
                "{\"user_id\":null} ~ ''",
                "{\"sub\":\"bert\"} ~ ''"
            })
    void the_user_is_read_from_the_claim_of_the_setting(String claims, String user) {
        Tokens tokens = tokens(settings(keys(SECRET, "", ""), subscriptionKeys("", ""), "user_id", Use.REPEATED));
        String lasting = claims.substring(0, claims.length() - 1) + ",\"exp\":1000600";
        Identity identity = Stages.of(tokens.connection(signed(lasting + "}")));
        assertThat(identity.user()).isEqualTo(user);
        SubscribeGrant grant =
                Stages.of(tokens.subscription(signed(lasting + ",\"channel\":\"news\"}"), identity, "c1", "news"));
        assertThat(grant.ttl()).isEqualTo(600);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.5", "1e2", "true", "{}", "[1]"})
    void a_token_is_refused_if_the_user_is_neither_text_nor_a_whole_number(String user) {
        Tokens tokens = tokens(settings(keys(SECRET, "", ""), subscriptionKeys("", ""), "user_id", Use.REPEATED));
        assertThat(failure(tokens.connection(signed("{\"user_id\":" + user + ",\"exp\":1000600}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);
    }

    @Test
    void an_endless_token_is_accepted_if_a_setting_says_so_but_never_for_one_use() {
        String endless = signed("{\"sub\":\"anna\",\"jti\":\"1\"}");
        Tokens patient = tokens(settings(
                keys(SECRET, "", ""), subscriptionKeys("", ""), "sub", Use.REPEATED, UnsafeOption.ENDLESS_TOKENS));
        assertThat(Stages.of(patient.connection(endless)).ttl()).isZero();
        String channel = signed("{\"sub\":\"anna\",\"channel\":\"news\"}");
        Identity anna = new Identity("anna", null, 0, Map.of());
        assertThat(Stages.of(patient.subscription(channel, anna, "c1", "news")).ttl())
                .isZero();
        assertThat(failure(patient.connection(signed("{\"sub\":\"anna\",\"exp\":1086406}"))))
                .isEqualTo(Disconnect.INVALID_TOKEN);

        Tokens once = tokens(
                settings(keys(SECRET, "", ""), subscriptionKeys("", ""), "sub", Use.ONCE, UnsafeOption.ENDLESS_TOKENS));
        assertThat(failure(once.connection(endless))).isEqualTo(Disconnect.INVALID_TOKEN);
        assertThat(failures.counts()).isEqualTo(Map.of("lifetime", 2L));
    }

    @Test
    void a_short_secret_is_accepted_if_a_setting_says_so() {
        assertThatThrownBy(() -> settings(keys("secret", "", ""), subscriptionKeys("", ""), "sub", Use.REPEATED))
                .hasMessage("switchboard.token.secret is shorter than 32 bytes;"
                        + " switchboard.token.secret.short=true takes it");
        assertThatThrownBy(() -> settings(keys(SECRET, "", ""), subscriptionKeys("secret", ""), "sub", Use.REPEATED))
                .hasMessageStartingWith("switchboard.token.subscription.secret is shorter than 32 bytes");
        isAnna(tokens(settings(
                        keys("secret", "", ""),
                        subscriptionKeys("", ""),
                        "sub",
                        Use.REPEATED,
                        UnsafeOption.SHORT_SECRETS))
                .connection(signed("HS256", "secret", CLAIMS)));
    }

    @Test
    void a_refusal_has_the_setting_that_cures_it() {
        Tokens tokens = tokens(keys(SECRET, "", ""));
        assertThat(Reason.of(failure(tokens.connection(signed("{\"sub\":\"anna\"}")))))
                .isEqualTo(
                        new Reason("lifetime", "it has no exp; switchboard.token.exp.optional=true takes such tokens"));
        assertThat(Reason.of(failure(tokens.connection(signed("{\"sub\":\"anna\",\"exp\":2000000}")))))
                .isEqualTo(new Reason(
                        "lifetime", "its exp is further ahead than switchboard.token.lifetime, which may be longer"));
    }
}
