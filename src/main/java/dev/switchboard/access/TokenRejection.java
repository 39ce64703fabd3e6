package dev.switchboard.access;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;

/**
 * Why a token is refused: a label for the operator, and what its client is told, which is less.
 *
 * <p>It carries no stack trace: it is an answer, not a fault.
 */
final class TokenRejection extends RuntimeException {

    private static final long serialVersionUID = 1;

    static final TokenRejection MISSING = new TokenRejection("missing", ClientError.UNAUTHORIZED);
    static final TokenRejection TOO_LONG = new TokenRejection("too_long", Disconnect.INVALID_TOKEN);
    static final TokenRejection MALFORMED = new TokenRejection("malformed", Disconnect.INVALID_TOKEN);
    static final TokenRejection ALGORITHM = new TokenRejection("algorithm", Disconnect.INVALID_TOKEN);
    static final TokenRejection KEY_UNKNOWN = new TokenRejection("key_unknown", Disconnect.INVALID_TOKEN);
    /** The endpoint does not answer, or may not be asked again so soon. */
    static final TokenRejection NO_KEYS = new TokenRejection("no_keys", ClientError.INTERNAL);

    static final TokenRejection SIGNATURE = new TokenRejection("signature", Disconnect.INVALID_TOKEN);
    static final TokenRejection CLAIMS = new TokenRejection("claims", Disconnect.INVALID_TOKEN);
    static final TokenRejection AUDIENCE = new TokenRejection("audience", Disconnect.INVALID_TOKEN);
    static final TokenRejection ISSUER = new TokenRejection("issuer", Disconnect.INVALID_TOKEN);
    /** It is for another user or channel, or for a connection where one for a channel is needed. */
    static final TokenRejection FOREIGN = new TokenRejection("foreign", Disconnect.INVALID_TOKEN);
    /** It is good for too long. */
    static final TokenRejection LIFETIME = new TokenRejection(
            "lifetime",
            Disconnect.INVALID_TOKEN,
            "its exp is further ahead than switchboard.token.lifetime, which may be longer");

    static final TokenRejection ENDLESS = new TokenRejection(
            "lifetime",
            Disconnect.INVALID_TOKEN,
            "it has no exp; switchboard.token.exp.optional=true takes such tokens");
    static final TokenRejection ENDLESS_ONCE = new TokenRejection(
            "lifetime", Disconnect.INVALID_TOKEN, "it has no exp, which switchboard.token.once=true needs");

    static final TokenRejection EXPIRED = new TokenRejection("expired", ClientError.TOKEN_EXPIRED);
    /**
     * The token is not valid yet. The client must not ask for another one at once: that one would
     * be early as well.
     */
    static final TokenRejection EARLY = new TokenRejection("early", Disconnect.INVALID_TOKEN);

    static final TokenRejection REPLAYED = new TokenRejection("replayed", Disconnect.INVALID_TOKEN);
    /** More one-time tokens are alive than can be remembered. */
    static final TokenRejection CROWDED = new TokenRejection("crowded", ClientError.INTERNAL);
    /** Ours. */
    static final TokenRejection FAULT = new TokenRejection("fault", ClientError.INTERNAL);

    private final String label;
    private final RuntimeException answer;
    private final String cure;

    private TokenRejection(String label, RuntimeException answer) {
        this(label, answer, "");
    }

    private TokenRejection(String label, RuntimeException answer, String cure) {
        super(label, null, false, false);
        this.label = label;
        this.answer = answer;
        this.cure = cure;
    }

    /** What is wrong, and the setting that decides it; empty for what no setting can cure. */
    String cure() {
        return cure;
    }

    String label() {
        return label;
    }

    /** A {@link Disconnect} or a {@link ClientError}. */
    RuntimeException answer() {
        return answer;
    }
}
