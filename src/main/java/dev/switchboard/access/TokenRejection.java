package dev.switchboard.access;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Denial;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Reason;

/**
 * Says why a token is refused: the reason for the operator, and a less exact error for the client.
 *
 * <p>It has no stack trace, because it is no fault of the relay.
 */
final class TokenRejection extends RuntimeException {

    private static final long serialVersionUID = 1;

    static final TokenRejection MISSING = new TokenRejection(
            "missing",
            ClientError.UNAUTHORIZED,
            "the client has neither a token nor a login of the container, and switchboard.access asks for one");

    static final TokenRejection TOO_LONG =
            new TokenRejection("too_long", Disconnect.INVALID_TOKEN, "it has more than 8192 characters");

    static final TokenRejection MALFORMED = new TokenRejection(
            "malformed",
            Disconnect.INVALID_TOKEN,
            "it is no signed JSON Web Token, or its header asks for what the relay does not do");

    static final TokenRejection ALGORITHM = new TokenRejection(
            "algorithm",
            Disconnect.INVALID_TOKEN,
            "no key is set for the algorithm in its header: switchboard.token.secret is for HS256, HS384 and HS512, switchboard.token.keys and switchboard.token.jwks are for others");

    static final TokenRejection KEY_UNKNOWN = new TokenRejection(
            "key_unknown",
            Disconnect.INVALID_TOKEN,
            "there is no key with the kid in its header; the endpoint of switchboard.token.jwks must list it");

    /** The endpoint does not reply, or the next fetch must wait. */
    static final TokenRejection NO_KEYS = new TokenRejection(
            "no_keys",
            ClientError.INTERNAL,
            "the keys of switchboard.token.jwks cannot be read; another line says why");

    static final TokenRejection SIGNATURE = new TokenRejection(
            "signature",
            Disconnect.INVALID_TOKEN,
            "it is signed with another key than the relay has in switchboard.token.secret, switchboard.token.keys or switchboard.token.jwks");

    static final TokenRejection AUDIENCE =
            new TokenRejection("audience", Disconnect.INVALID_TOKEN, "its aud is not switchboard.token.audience");

    static final TokenRejection ISSUER =
            new TokenRejection("issuer", Disconnect.INVALID_TOKEN, "its iss is not switchboard.token.issuer");

    /** The token is for another user, client or channel, or is of the other kind. */
    static final TokenRejection FOREIGN = new TokenRejection(
            "foreign",
            Disconnect.INVALID_TOKEN,
            "it is for another user, client or channel, or it is a subscription token where a connection token is needed");

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

    static final TokenRejection WITHOUT_ID = new TokenRejection(
            "claims", Disconnect.INVALID_TOKEN, "it has no jti, which switchboard.token.once=true needs");

    static final TokenRejection EXPIRED = new TokenRejection(
            "expired",
            ClientError.TOKEN_EXPIRED,
            "its exp is over; the page must fetch a new token, or the clocks of the two servers differ");

    /**
     * The token is not valid yet. The client must not ask for another one at once: that one would
     * be early as well.
     */
    static final TokenRejection EARLY = new TokenRejection(
            "early",
            Disconnect.INVALID_TOKEN,
            "its nbf is still ahead; the clocks of the two servers differ by more than switchboard.token.leeway");

    static final TokenRejection REPLAYED = new TokenRejection(
            "replayed",
            Disconnect.INVALID_TOKEN,
            "it was used before, and switchboard.token.once=true takes a token once");

    /** More one-time tokens are valid than the relay can remember. */
    static final TokenRejection CROWDED = new TokenRejection(
            "crowded",
            ClientError.INTERNAL,
            "more one-time tokens are valid than the relay can remember; shorter lives of tokens need less room");

    /** A fault of the relay. */
    static final TokenRejection FAULT =
            new TokenRejection("fault", ClientError.INTERNAL, "a fault of the relay, which another line describes");

    private final Reason why;
    private final RuntimeException refusal;

    private <D extends RuntimeException & Denial> TokenRejection(String label, D denial, String text) {
        super(label, null, false, false);
        this.why = new Reason(label, text);
        this.refusal = denial.because(why);
    }

    /** Returns the rejection of a token with a malformed claim; {@code what} quotes no value. */
    static TokenRejection claims(String what) {
        return new TokenRejection("claims", Disconnect.INVALID_TOKEN, what);
    }

    /** Returns the label for metrics, and what was wrong and what cures it. */
    Reason why() {
        return why;
    }

    /** Returns a {@link Disconnect} or a {@link ClientError} for the client, with the reason. */
    RuntimeException refusal() {
        return refusal;
    }
}
