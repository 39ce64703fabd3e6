package dev.switchboard.access;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has said about who may connect.
 *
 * @param keys with which tokens are signed
 * @param subscriptionKeys with which subscription tokens are signed; empty if they have the same
 * @param audience to whom a token must be addressed, empty for anybody
 * @param issuer from whom a token must be, empty for anybody
 * @param userClaim which holds the user
 * @param lifetime how far ahead a token may expire, where access is not insecure
 * @param leeway how far the clock of the issuer may be ahead; up to 60 s
 * @param let what is let in though it is not safe
 */
public record AccessSettings(
        Access access,
        TokenKeys keys,
        TokenKeys subscriptionKeys,
        String audience,
        String issuer,
        String userClaim,
        Duration lifetime,
        Duration leeway,
        Use use,
        Set<Let> let) {

    /** How often a connection token may be used. */
    public enum Use {
        /** Until it expires. */
        REPEATED,
        /** For one connect or one refresh, told by its {@code jti}. */
        ONCE
    }

    /** What issuers of other servers send, and what is refused unless a setting of its own lets it in. */
    public enum Let {
        /** Tokens without {@code exp}. */
        ENDLESS("switchboard.token.exp.optional"),
        /** Secrets of fewer than 32 bytes. */
        SHORT_SECRETS("switchboard.token.secret.short");

        private final String setting;

        Let(String setting) {
            this.setting = setting;
        }

        /** Returns the name of its setting. */
        public String setting() {
            return setting;
        }
    }

    /** The claim that holds the user unless the operator names another. */
    public static final String SUBJECT = "sub";

    /** The longest time that needs no warning. */
    static final Duration SAFE_LIFETIME = Duration.ofHours(24);

    private static final Duration LONGEST_LEEWAY = Duration.ofSeconds(60);

    /** Insecure access takes short secrets and {@code http} as well; an {@link IllegalArgumentException} names the setting. */
    public AccessSettings {
        boolean strict = access != Access.INSECURE;
        keys.require(strict, let.contains(Let.SHORT_SECRETS));
        subscriptionKeys.require(strict, let.contains(Let.SHORT_SECRETS));
        if (leeway.compareTo(LONGEST_LEEWAY) > 0) {
            throw new IllegalArgumentException("switchboard.token.leeway is longer than 60s");
        }
        if (access == Access.TOKEN && keys.isEmpty()) {
            throw new IllegalArgumentException("switchboard.access=token needs switchboard.token.secret,"
                    + " switchboard.token.keys or switchboard.token.jwks");
        }
    }

    /** One secret and one place of public keys for all tokens, and nothing let in that is not safe. */
    public AccessSettings(
            Access access,
            String secret,
            @Nullable URI jwks,
            String audience,
            String issuer,
            Duration lifetime,
            Duration leeway,
            Use use) {
        this(
                access,
                new TokenKeys("switchboard.token", secret, jwks),
                new TokenKeys("switchboard.token.subscription", "", null),
                audience,
                issuer,
                SUBJECT,
                lifetime,
                leeway,
                use,
                Set.of());
    }

    /** Returns whether a client needs neither a token nor a login. */
    public boolean isOpen() {
        return access == Access.OPEN || access == Access.INSECURE;
    }

    /** Returns whether a token may be good for ever. */
    public boolean isEndless() {
        return access == Access.INSECURE || let.contains(Let.ENDLESS);
    }

    List<TokenKeys> allKeys() {
        return Stream.of(keys, subscriptionKeys).toList();
    }

    /** Without the secret, and without a URL that could hold one. */
    @Override
    public String toString() {
        return "AccessSettings[" + access + "]";
    }
}
