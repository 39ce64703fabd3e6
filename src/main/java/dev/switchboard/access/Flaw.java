package dev.switchboard.access;

import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;

/**
 * Why a token is refused: a label for the operator, and what its client is told, which is less.
 *
 * <p>It carries no stack trace: it is an answer, not a fault.
 */
final class Flaw extends RuntimeException {

    private static final long serialVersionUID = 1;

    static final Flaw MISSING = new Flaw("missing", ClientError.UNAUTHORIZED);
    static final Flaw TOO_LONG = new Flaw("too_long", Disconnect.INVALID_TOKEN);
    static final Flaw MALFORMED = new Flaw("malformed", Disconnect.INVALID_TOKEN);
    static final Flaw ALGORITHM = new Flaw("algorithm", Disconnect.INVALID_TOKEN);
    static final Flaw KEY_UNKNOWN = new Flaw("key_unknown", Disconnect.INVALID_TOKEN);
    /** The endpoint does not answer, or may not be asked again so soon. */
    static final Flaw NO_KEYS = new Flaw("no_keys", ClientError.INTERNAL);

    static final Flaw SIGNATURE = new Flaw("signature", Disconnect.INVALID_TOKEN);
    static final Flaw CLAIMS = new Flaw("claims", Disconnect.INVALID_TOKEN);
    static final Flaw AUDIENCE = new Flaw("audience", Disconnect.INVALID_TOKEN);
    static final Flaw ISSUER = new Flaw("issuer", Disconnect.INVALID_TOKEN);
    /** It is for another user or channel, or for a connection where one for a channel is needed. */
    static final Flaw FOREIGN = new Flaw("foreign", Disconnect.INVALID_TOKEN);
    /** It is good for too long. */
    static final Flaw LIFETIME = new Flaw(
            "lifetime",
            Disconnect.INVALID_TOKEN,
            "its exp is further ahead than switchboard.token.lifetime, which may be longer");

    static final Flaw ENDLESS = new Flaw(
            "lifetime",
            Disconnect.INVALID_TOKEN,
            "it has no exp; switchboard.token.exp.optional=true takes such tokens");
    static final Flaw ENDLESS_ONCE =
            new Flaw("lifetime", Disconnect.INVALID_TOKEN, "it has no exp, which switchboard.token.once=true needs");

    static final Flaw EXPIRED = new Flaw("expired", ClientError.TOKEN_EXPIRED);
    /**
     * The token is not valid yet. The client must not ask for another one at once: that one would
     * be early as well.
     */
    static final Flaw EARLY = new Flaw("early", Disconnect.INVALID_TOKEN);

    static final Flaw REPLAYED = new Flaw("replayed", Disconnect.INVALID_TOKEN);
    /** More one-time tokens are alive than can be remembered. */
    static final Flaw CROWDED = new Flaw("crowded", ClientError.INTERNAL);
    /** Ours. */
    static final Flaw FAULT = new Flaw("fault", ClientError.INTERNAL);

    private final String label;
    private final RuntimeException answer;
    private final String cure;

    private Flaw(String label, RuntimeException answer) {
        this(label, answer, "");
    }

    private Flaw(String label, RuntimeException answer, String cure) {
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
