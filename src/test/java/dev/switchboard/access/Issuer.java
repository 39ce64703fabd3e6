package dev.switchboard.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Issues tokens for tests. */
final class Issuer {

    static final String SECRET = "a secret of more than thirty-two bytes";

    private Issuer() {}

    /** Adds {@code exp} to the claims, so that the token is valid for ten minutes. */
    static String lasting(String claims) {
        String rest = claims.substring(1);
        return "{\"exp\":1000600" + (rest.equals("}") ? rest : "," + rest);
    }

    static String signed(String claims) {
        return signed("HS256", SECRET, claims);
    }

    static String signed(String algorithm, String secret, String claims) {
        return withHeader("{\"alg\":\"" + algorithm + "\"}", secret, claims);
    }

    /** Signs with the HMAC that the header names. */
    static String withHeader(String header, String secret, String claims) {
        String hash = header.contains("HS384") ? "HmacSHA384" : header.contains("HS512") ? "HmacSHA512" : "HmacSHA256";
        return withSignature(encoded(header) + "." + encoded(claims), secret.getBytes(StandardCharsets.UTF_8), hash);
    }

    /** Appends the HS256 signature of the text. */
    static String withSignature(String input, String secret) {
        return withSignature(input, secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
    }

    static String withSignature(String input, byte[] secret, String hash) {
        try {
            Mac mac = Mac.getInstance(hash);
            mac.init(new SecretKeySpec(secret, hash));
            return input + "." + encoded(mac.doFinal(input.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String signed(JWSAlgorithm algorithm, JWK key, String claims) {
        return signed(new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), key, claims);
    }

    static String signed(JWSHeader header, JWK key, String claims) {
        String input = header.toBase64URL() + "." + encoded(claims);
        try {
            JWSSigner signer = key instanceof RSAKey rsa
                    ? new RSASSASigner(rsa.toPrivateKey(), true)
                    : new ECDSASigner((ECKey) key);
            return input + "." + signer.sign(header, input.getBytes(StandardCharsets.UTF_8));
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static KeyPair ed25519() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String signedEd25519(String header, KeyPair key, String claims) {
        String input = encoded(header) + "." + encoded(claims);
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(key.getPrivate());
            signature.update(input.getBytes(StandardCharsets.UTF_8));
            return input + "." + encoded(signature.sign());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String encoded(String text) {
        return encoded(text.getBytes(StandardCharsets.UTF_8));
    }

    static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
