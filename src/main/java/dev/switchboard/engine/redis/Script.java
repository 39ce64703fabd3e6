package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A Lua script, and the SHA-1 under which Redis keeps it. */
final class Script {

    private final byte[] text;
    private final byte[] sha;

    Script(String text) {
        this.text = text.getBytes(UTF_8);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(this.text);
            sha = HexFormat.of().formatHex(digest).getBytes(US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each Java has SHA-1", e);
        }
    }

    byte[] text() {
        return text;
    }

    byte[] sha() {
        return sha;
    }
}
