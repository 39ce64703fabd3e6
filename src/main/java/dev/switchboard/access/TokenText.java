package dev.switchboard.access;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.util.Base64URL;
import java.text.ParseException;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the text of a token, before anything in it is verified. */
final class TokenText {

    private static final int MAX_LENGTH = 8 * 1024;

    /**
     * Headers by which a token has its own key, or demands an extension that the relay does not
     * have.
     */
    private static final Set<String> REFUSED_HEADERS = Set.of("crit", "jwk", "jku", "x5u", "x5c", "b64", "zip");

    /**
     * The compact form (RFC 7515 section 7.1). The library would ignore characters that are not
     * base64url.
     */
    private static final Pattern COMPACT = Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]+");

    private TokenText() {}

    /**
     * Returns the token.
     *
     * @throws TokenRejection if it is too long or malformed
     */
    static JWSObject parsed(String token) {
        if (token.length() > MAX_LENGTH) {
            throw TokenRejection.TOO_LONG;
        }
        try {
            if (COMPACT.matcher(token).matches()) {
                JWSObject jws = JWSObject.parse(token);
                Claims header =
                        new Claims(jws.getHeader().toBase64URL().decode()); // as sent, not as the library reads it
                Base64URL signature = jws.getSignature();
                if (REFUSED_HEADERS.stream().noneMatch(header::contains)
                        && signature.equals(
                                Base64URL.encode(signature.decode()))) { // each signature has exactly one text
                    return jws;
                }
            }
        } catch (ParseException | RuntimeException malformed) { // the library throws undeclared exceptions
        }
        throw TokenRejection.MALFORMED;
    }
}
