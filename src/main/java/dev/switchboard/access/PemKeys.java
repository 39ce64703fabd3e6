package dev.switchboard.access;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads public keys and certificates in PEM (RFC 7468). */
final class PemKeys {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    private static final String BEGIN = "-----BEGIN ";

    private PemKeys() {}

    /**
     * Reads the keys of a file, or of the text itself if it is PEM; an empty text has no keys.
     *
     * @throws IllegalArgumentException that names the setting and the number of the key, and quotes
     *     nothing of the text
     */
    static List<VerifyingKey> read(String setting, String text, boolean weak) {
        if (text.isEmpty()) {
            return List.of();
        }
        return text.contains(BEGIN) ? keys(setting, text, weak) : keys(setting + "=" + text, file(setting, text), weak);
    }

    private static String file(String setting, String path) {
        try {
            return Files.readString(Path.of(path));
        } catch (IOException | InvalidPathException unreadable) {
            throw new IllegalArgumentException(setting + "=" + path + " cannot be read", unreadable);
        }
    }

    private static List<VerifyingKey> keys(String where, String pem, boolean weak) {
        List<VerifyingKey> keys = new ArrayList<>();
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            String which = where + ": key " + (keys.size() + 1) + ": ";
            try {
                byte[] bytes = Base64.getMimeDecoder().decode(block.group(2));
                keys.add(VerifyingKey.of(key(block.group(1), bytes), null, weak));
            } catch (GeneralSecurityException malformed) {
                throw new IllegalArgumentException(which + "it is malformed");
            } catch (IllegalArgumentException unusable) {
                throw new IllegalArgumentException(which + unusable.getMessage());
            }
        }
        if (keys.isEmpty() || pem.split(BEGIN, -1).length - 1 != keys.size()) {
            throw new IllegalArgumentException(where + ": each key is a block of PEM, from -----BEGIN to -----END");
        }
        return List.copyOf(keys);
    }

    private static PublicKey key(String label, byte[] bytes) throws GeneralSecurityException {
        if (label.endsWith("PRIVATE KEY")) {
            throw new IllegalArgumentException("it is a private key; the relay needs the public one alone");
        }
        return switch (label) {
            case "PUBLIC KEY" -> key(bytes);
            case "CERTIFICATE" ->
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(bytes))
                        .getPublicKey();
            default ->
                throw new IllegalArgumentException("PEM of a " + label + "; it must be PUBLIC KEY or CERTIFICATE");
        };
    }

    private static PublicKey key(byte[] bytes) throws GeneralSecurityException {
        for (String kind : List.of("RSA", "EC", "Ed25519")) {
            try {
                return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(bytes));
            } catch (InvalidKeySpecException otherKind) {
                // the next one
            }
        }
        throw new IllegalArgumentException(VerifyingKey.KINDS);
    }
}
