package dev.switchboard.access;

import com.nimbusds.jose.Algorithm;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import org.jspecify.annotations.Nullable;

/**
 * Verifies signatures of tokens with one public key.
 *
 * @param algorithm the only algorithm of the key; null for all algorithms of its kind
 */
record VerifyingKey(@Nullable Algorithm algorithm, JWSVerifier verifier) {

    static final String KINDS = "a key is RSA, EC on P-256, P-384 or P-521, or Ed25519";

    private static final int MIN_RSA_BITS = 2048;

    /**
     * Accepts RSA, EC (P-256, P-384, P-521) and Ed25519; short RSA keys only if {@code weak}, for
     * tests.
     *
     * @throws IllegalArgumentException if the key is of another kind, or too short
     */
    static VerifyingKey of(PublicKey key, @Nullable Algorithm algorithm, boolean weak) {
        try {
            if (key instanceof RSAPublicKey rsa) {
                if (!weak && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
                    throw new IllegalArgumentException("an RSA key has " + MIN_RSA_BITS + " bits or more");
                }
                return new VerifyingKey(algorithm, new RSASSAVerifier(rsa));
            }
            if (key instanceof ECPublicKey ec) {
                return new VerifyingKey(algorithm, new ECDSAVerifier(ec));
            }
            if (key instanceof EdECPublicKey ed && Ed25519Signatures.isKey(ed)) {
                return new VerifyingKey(algorithm, new Ed25519Signatures(ed));
            }
        } catch (JOSEException unknownCurve) {
            // falls through
        }
        throw new IllegalArgumentException(KINDS);
    }

    /** Returns whether the key is of the kind that the token's algorithm needs. */
    boolean fits(JWSObject jws) {
        return verifier.supportedJWSAlgorithms().contains(jws.getHeader().getAlgorithm());
    }

    /** Returns false also if the key has another algorithm. */
    boolean verifies(JWSObject jws) {
        try {
            return (algorithm == null || algorithm.equals(jws.getHeader().getAlgorithm()))
                    && verifier.verify(jws.getHeader(), jws.getSigningInput(), jws.getSignature());
        } catch (JOSEException | RuntimeException otherKindOfKey) {
            return false;
        }
    }
}
