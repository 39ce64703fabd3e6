package dev.switchboard.access;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holds the conditions under which clients may connect.
 *
 * @param access the clients that may connect
 * @param keys keys of connection tokens
 * @param subscriptionKeys keys of subscription tokens; if empty, those of connection tokens hold
 * @param audience the audience that a token must have, empty for any
 * @param issuer the issuer that a token must have, empty for any
 * @param userClaim name of the claim that holds the user
 * @param lifetime maximum time from now to the expiry of a token, unless access is insecure
 * @param leeway time by which the clock of the issuer may be ahead, up to 60 s
 * @param use how often a connection token may be used
 * @param unsafe the unsafe options that the operator has chosen
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
        Set<UnsafeOption> unsafe) {

    /** How often a connection token may be used. */
    public enum Use {
        /** Any number of times until it expires. */
        REPEATED,
        /** For one connect or one refresh; its {@code jti} tells tokens apart. */
        ONCE
    }

    /** Options for tokens of other servers. Each is off unless its own setting is true. */
    public enum UnsafeOption {
        /** Accepts tokens without {@code exp}. */
        ENDLESS_TOKENS("switchboard.token.exp.optional"),
        /** Accepts secrets of fewer than 32 bytes. */
        SHORT_SECRETS("switchboard.token.secret.short");

        private final String setting;

        UnsafeOption(String setting) {
            this.setting = setting;
        }

        /** Returns the name of the setting. */
        public String setting() {
            return setting;
        }
    }

    /** The default claim of the user. */
    public static final String SUBJECT = "sub";

    /** The longest lifetime of tokens without a warning. */
    static final Duration SAFE_LIFETIME = Duration.ofHours(24);

    private static final Duration LONGEST_LEEWAY = Duration.ofSeconds(60);

    /**
     * Checks the settings. Insecure access accepts short secrets and {@code http} as well.
     *
     * @throws IllegalArgumentException that names the setting
     */
    public AccessSettings {
        boolean strict = access != Access.INSECURE;
        keys.require(strict, unsafe.contains(UnsafeOption.SHORT_SECRETS));
        subscriptionKeys.require(strict, unsafe.contains(UnsafeOption.SHORT_SECRETS));
        if (leeway.compareTo(LONGEST_LEEWAY) > 0) {
            throw new IllegalArgumentException("switchboard.token.leeway is longer than 60s");
        }
        if (access == Access.TOKEN && keys.isEmpty()) {
            throw new IllegalArgumentException("switchboard.access=token needs switchboard.token.secret,"
                    + " switchboard.token.keys or switchboard.token.jwks");
        }
    }

    /** Has one secret and one URL of public keys for all tokens, and no unsafe option. */
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

    /** Returns whether a token may be valid for ever. */
    public boolean isEndless() {
        return access == Access.INSECURE || unsafe.contains(UnsafeOption.ENDLESS_TOKENS);
    }

    List<TokenKeys> allKeys() {
        return Stream.of(keys, subscriptionKeys).toList();
    }

    /** Leaves out secrets, and URLs, which may hold one. */
    @Override
    public String toString() {
        return "AccessSettings[" + access + "]";
    }
}
