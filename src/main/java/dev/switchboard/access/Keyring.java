package dev.switchboard.access;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks signatures of tokens with the secrets and the public keys that there are.
 *
 * <p>Each algorithm has one kind of key, a secret or a public key, so that a public key never serves as a secret (RFC 8725 section 2.1).
 */
final class Keyring {

    private static final Map<JWSAlgorithm, String> OF_SECRET = Map.of(
            JWSAlgorithm.HS256, "HmacSHA256", JWSAlgorithm.HS384, "HmacSHA384", JWSAlgorithm.HS512, "HmacSHA512");

    private static final Set<JWSAlgorithm> OF_KEYS = Stream.concat(
                    Stream.of(
                            JWSAlgorithm.RS256,
                            JWSAlgorithm.RS384,
                            JWSAlgorithm.RS512,
                            JWSAlgorithm.PS256,
                            JWSAlgorithm.PS384,
                            JWSAlgorithm.PS512,
                            JWSAlgorithm.ES256,
                            JWSAlgorithm.ES384,
                            JWSAlgorithm.ES512),
                    Ed25519Signatures.ALGORITHMS.stream())
            .collect(Collectors.toUnmodifiableSet());

    private final List<byte[]> secrets;
    private final List<VerifyingKey> keys;
    private final @Nullable RemoteJwkSet fetched;

    /** {@code fetched} are the public keys of the endpoint, null for none. */
    Keyring(TokenKeys known, @Nullable RemoteJwkSet fetched) {
        this.secrets = Stream.of(known.secret(), known.previous())
                .filter(secret -> !secret.isEmpty())
                .map(secret -> secret.getBytes(StandardCharsets.UTF_8))
                .toList();
        this.keys = known.keys();
        this.fetched = fetched;
    }

    boolean isEmpty() {
        return secrets.isEmpty() && keys.isEmpty() && fetched == null;
    }

    @Nullable
    RemoteJwkSet fetched() {
        return fetched;
    }

    /** Whether one of the keys signed it; a {@link TokenRejection} if there is none for its algorithm. */
    CompletionStage<Boolean> signed(JWSObject jws) {
        JWSAlgorithm algorithm = jws.getHeader().getAlgorithm();
        String mac = OF_SECRET.get(algorithm);
        if (mac != null && !secrets.isEmpty()) {
            boolean signed = false;
            for (byte[] secret : secrets) { // all of them, whichever it is
                signed |= isSigned(jws, mac, secret);
            }
            return CompletableFuture.completedFuture(signed);
        }
        if (!OF_KEYS.contains(algorithm)) {
            throw TokenRejection.ALGORITHM;
        }
        List<VerifyingKey> fitting = keys.stream().filter(key -> key.fits(jws)).toList();
        if (fitting.stream().anyMatch(key -> key.signed(jws))) {
            return CompletableFuture.completedFuture(true);
        }
        if (fetched == null && fitting.isEmpty()) {
            throw TokenRejection.ALGORITHM;
        }
        String kid = jws.getHeader().getKeyID();
        return fetched == null
                ? CompletableFuture.completedFuture(false)
                : fetched.key(kid == null ? "" : kid).thenApply(key -> key.signed(jws));
    }

    /** By hand, because the library demands secrets of a certain length, which is the operator's choice. */
    private static boolean isSigned(JWSObject jws, String mac, byte[] secret) {
        try {
            Mac hash = Mac.getInstance(mac);
            hash.init(new SecretKeySpec(secret, mac));
            return MessageDigest.isEqual(
                    hash.doFinal(jws.getSigningInput()), jws.getSignature().decode());
        } catch (GeneralSecurityException impossible) { // every Java has these three
            throw new IllegalStateException(impossible);
        }
    }
}
