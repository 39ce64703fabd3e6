package dev.switchboard.transcript;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs tokens like an application. */
final class Token {

    private static final Pattern FROM_NOW = Pattern.compile("\"now([+-]\\d+)\"");
    private static final String HASH = "HmacSHA256";

    private Token() {}

    /**
     * Returns a token with these claims, the audience and the issuer; {@code "now+60"} becomes a
     * time.
     */
    static String signed(String claims) {
        String times = FROM_NOW.matcher(claims)
                .replaceAll(match -> Long.toString(Instant.now().getEpochSecond() + Long.parseLong(match.group(1))));
        String all = "{\"aud\":\"switchboard\",\"iss\":\"" + Server.ISSUER + "\"," + times.substring(1);
        String content = encoded("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + encoded(all.getBytes(StandardCharsets.UTF_8));
        try {
            Mac mac = Mac.getInstance(HASH);
            mac.init(new SecretKeySpec(Server.SECRET.getBytes(StandardCharsets.UTF_8), HASH));
            return content + "." + encoded(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
