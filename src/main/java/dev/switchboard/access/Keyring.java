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
 * Verifies signatures of tokens with the secrets and the public keys of the settings.
 *
 * <p>Each algorithm has one kind of key, a secret or a public key. So a public key never serves as
 * a secret (RFC 8725 section 2.1).
 */
final class Keyring {

    private static final Map<JWSAlgorithm, String> MACS = Map.of(
            JWSAlgorithm.HS256, "HmacSHA256", JWSAlgorithm.HS384, "HmacSHA384", JWSAlgorithm.HS512, "HmacSHA512");

    private static final Set<JWSAlgorithm> PUBLIC_KEY_ALGORITHMS = Stream.concat(
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
    private final List<VerifyingKey> publicKeys;
    private final @Nullable RemoteJwkSet remote;

    /** {@code remote} has the public keys of an endpoint, null for none. */
    Keyring(TokenKeys keys, @Nullable RemoteJwkSet remote) {
        this.secrets = Stream.of(keys.secret(), keys.previous())
                .filter(secret -> !secret.isEmpty())
                .map(secret -> secret.getBytes(StandardCharsets.UTF_8))
                .toList();
        this.publicKeys = keys.keys();
        this.remote = remote;
    }

    boolean isEmpty() {
        return secrets.isEmpty() && publicKeys.isEmpty() && remote == null;
    }

    @Nullable
    RemoteJwkSet remote() {
        return remote;
    }

    /**
     * Returns whether the signature is that of one of the keys.
     *
     * @throws TokenRejection if no key has the algorithm of the token
     */
    CompletionStage<Boolean> verify(JWSObject jws) {
        JWSAlgorithm algorithm = jws.getHeader().getAlgorithm();
        String mac = MACS.get(algorithm);
        if (mac != null && !secrets.isEmpty()) {
            boolean verified = false;
            for (byte[] secret : secrets) { // never ends early, so that the time says nothing
                verified |= isSigned(jws, mac, secret);
            }
            return CompletableFuture.completedFuture(verified);
        }
        if (!PUBLIC_KEY_ALGORITHMS.contains(algorithm)) {
            throw TokenRejection.ALGORITHM;
        }
        List<VerifyingKey> fitting =
                publicKeys.stream().filter(key -> key.fits(jws)).toList();
        if (fitting.stream().anyMatch(key -> key.verifies(jws))) {
            return CompletableFuture.completedFuture(true);
        }
        if (remote == null && fitting.isEmpty()) {
            throw TokenRejection.ALGORITHM;
        }
        String kid = jws.getHeader().getKeyID();
        return remote == null
                ? CompletableFuture.completedFuture(false)
                : remote.key(kid == null ? "" : kid).thenApply(key -> key.verifies(jws));
    }

    /** Uses the JDK, because Nimbus refuses short secrets, and the operator may allow them. */
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
