package dev.switchboard.access;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;

/**
 * Says why a token is refused: a label for the operator, and a less exact error for the client.
 *
 * <p>It has no stack trace, because it is no fault of the relay.
 */
final class TokenRejection extends RuntimeException {

    private static final long serialVersionUID = 1;

    static final TokenRejection MISSING = new TokenRejection("missing", ClientError.UNAUTHORIZED);
    static final TokenRejection TOO_LONG = new TokenRejection("too_long", Disconnect.INVALID_TOKEN);
    static final TokenRejection MALFORMED = new TokenRejection("malformed", Disconnect.INVALID_TOKEN);
    static final TokenRejection ALGORITHM = new TokenRejection("algorithm", Disconnect.INVALID_TOKEN);
    static final TokenRejection KEY_UNKNOWN = new TokenRejection("key_unknown", Disconnect.INVALID_TOKEN);
    /** The endpoint does not reply, or the next fetch must wait. */
    static final TokenRejection NO_KEYS = new TokenRejection("no_keys", ClientError.INTERNAL);

    static final TokenRejection SIGNATURE = new TokenRejection("signature", Disconnect.INVALID_TOKEN);
    static final TokenRejection CLAIMS = new TokenRejection("claims", Disconnect.INVALID_TOKEN);
    static final TokenRejection AUDIENCE = new TokenRejection("audience", Disconnect.INVALID_TOKEN);
    static final TokenRejection ISSUER = new TokenRejection("issuer", Disconnect.INVALID_TOKEN);
    /** The token is for another user, client or channel, or is of the other kind. */
    static final TokenRejection FOREIGN = new TokenRejection("foreign", Disconnect.INVALID_TOKEN);
    /** The token is valid for too long. */
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
    /** More one-time tokens are valid than the relay can remember. */
    static final TokenRejection CROWDED = new TokenRejection("crowded", ClientError.INTERNAL);
    /** A fault of the relay. */
    static final TokenRejection FAULT = new TokenRejection("fault", ClientError.INTERNAL);

    private final String label;
    private final RuntimeException refusal;
    private final String cure;

    private TokenRejection(String label, RuntimeException refusal) {
        this(label, refusal, "");
    }

    private TokenRejection(String label, RuntimeException refusal, String cure) {
        super(label, null, false, false);
        this.label = label;
        this.refusal = refusal;
        this.cure = cure;
    }

    /** Returns the cause and the setting that can cure it; empty if no setting can. */
    String cure() {
        return cure;
    }

    /** Returns the reason in metrics and logs. */
    String label() {
        return label;
    }

    /** Returns a {@link Disconnect} or a {@link ClientError} for the client. */
    RuntimeException refusal() {
        return refusal;
    }
}
