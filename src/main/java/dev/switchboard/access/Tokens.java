package dev.switchboard.access;

import com.nimbusds.jose.JWSObject;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Denial;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Reason;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TokenId;
import dev.switchboard.spi.Ledger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON Web Tokens of connections and subscriptions (protocol section 12).
 *
 * <p>Stages fail with nothing but a {@link Disconnect} or a {@link ClientError}, which they hold
 * unwrapped.
 */
public final class Tokens {

    private static final System.Logger LOG = System.getLogger(Tokens.class.getName());

    /** Maximum number of one-time tokens that are remembered. */
    private static final int MAX_USED = 100_000;

    private final Keyring connectionKeys;
    private final Keyring subscriptionKeys;
    private final AccessSettings settings;
    private final InstantSource clock;
    private final UsedTokens usedTokens;
    private final LabelledCounter failures;

    /**
     * Fetches no keys yet.
     *
     * @param background for fetches of keys, which may block for some seconds
     * @param writers for short tasks that do not block
     * @param timer for tasks that only hand over to {@code writers}
     * @param failures counts refused tokens by the reason
     * @param ledger keeps the one-time tokens that were used
     */
    public Tokens(
            AccessSettings settings,
            InstantSource clock,
            Executor background,
            Executor writers,
            ScheduledExecutorService timer,
            LabelledCounter failures,
            Ledger ledger) {
        this(settings, keys -> remoteKeys(keys, settings, clock, background, writers, timer), clock, failures, ledger);
    }

    Tokens(
            AccessSettings settings,
            Function<TokenKeys, @Nullable RemoteJwkSet> remoteKeys,
            InstantSource clock,
            LabelledCounter failures,
            Ledger ledger) {
        this.connectionKeys = new Keyring(settings.keys(), remoteKeys.apply(settings.keys()));
        TokenKeys own = settings.subscriptionKeys();
        this.subscriptionKeys = own.isEmpty() ? connectionKeys : new Keyring(own, remoteKeys.apply(own));
        this.settings = settings;
        this.clock = clock;
        this.usedTokens = new UsedTokens(MAX_USED, clock, ledger);
        this.failures = failures;
    }

    private static @Nullable RemoteJwkSet remoteKeys(
            TokenKeys keys,
            AccessSettings settings,
            InstantSource clock,
            Executor background,
            Executor writers,
            ScheduledExecutorService timer) {
        URI jwks = keys.jwks();
        boolean weak = settings.access() == Access.INSECURE;
        return jwks == null
                ? null
                : new RemoteJwkSet(keys.setting() + ".jwks", jwks, weak, clock, background, writers, timer);
    }

    /** Returns false if there is no key, so that no connection token is valid. */
    boolean haveConnectionKey() {
        return !connectionKeys.isEmpty();
    }

    /** Returns false if there is no key, so that no subscription token is valid. */
    boolean haveSubscriptionKey() {
        return !subscriptionKeys.isEmpty();
    }

    /**
     * Returns the age of the oldest keys of an endpoint; null if an endpoint has given no valid
     * keys.
     */
    public @Nullable Duration ageOfKeys() {
        Duration oldest = null;
        for (RemoteJwkSet keys : allRemoteKeys()) {
            Duration age = keys.age();
            if (age == null) {
                return null;
            }
            oldest = oldest == null || age.compareTo(oldest) > 0 ? age : oldest;
        }
        return oldest;
    }

    private List<RemoteJwkSet> allRemoteKeys() {
        return Stream.of(connectionKeys, subscriptionKeys)
                .distinct()
                .flatMap(ring -> Stream.ofNullable(ring.remote()))
                .toList();
    }

    /** Returns the identity of the client that has the token. */
    CompletionStage<Identity> connection(String token) {
        return read(token, connectionKeys, this::identity);
    }

    private CompletionStage<Identity> identity(Claims claims) {
        if (!claims.text("channel").isEmpty()) {
            throw TokenRejection.FOREIGN;
        }
        Identity identity = readIdentity(claims);
        checkTimes(claims);
        return settings.use() == AccessSettings.Use.ONCE
                ? use(claims).thenApply(used -> identity)
                : CompletableFuture.completedStage(identity);
    }

    private Identity readIdentity(Claims claims) {
        return new Identity(
                claims.user(settings.userClaim()),
                claims.json("info"),
                ttl(claims),
                claims.channels(),
                Set.of(),
                tokenId(claims),
                claims.source("meta"));
    }

    /** Returns the grant of a subscription token; {@code client} is the id of the client. */
    CompletionStage<SubscribeGrant> subscription(String token, Identity identity, String client, String channel) {
        CompletableFuture<SubscribeGrant> result = new CompletableFuture<>();
        read(
                        token,
                        subscriptionKeys,
                        claims -> CompletableFuture.completedStage(grant(claims, identity, client, channel)))
                .whenComplete((grant, failure) -> {
                    if (failure == null) {
                        result.complete(grant);
                    } else {
                        result.completeExceptionally(
                                failure instanceof Disconnect
                                        ? ClientError.PERMISSION_DENIED.because(Reason.of(failure))
                                        : failure);
                    }
                });
        return result;
    }

    /**
     * What a token comes to.
     *
     * @param identity the user of a valid connection token, else the user that was given
     * @param admits whether the token is a valid subscription token for the channel
     */
    record Examined(Identity identity, boolean admits, Explanation.Token token) {}

    /**
     * Completes with what a connection token or a subscription token comes to. Counts nothing, and
     * uses no token up.
     */
    CompletionStage<Examined> examine(String token, Identity user, String channel) {
        return CompletableFuture.completedFuture(token)
                .thenCompose(text -> verified(text, keysFor(text)))
                .thenApply(claims -> {
                    checkParties(claims);
                    return claims.text("channel").isEmpty()
                            ? examinedConnection(claims)
                            : examinedSubscription(claims, user, channel);
                })
                .exceptionally(failure -> {
                    RuntimeException refusal = Failure.cause(failure) instanceof TokenRejection rejection
                            ? rejection.refusal()
                            : TokenRejection.FAULT.refusal();
                    return new Examined(
                            user,
                            false,
                            new Explanation.Token(
                                    (Denial) refusal, Reason.of(refusal).text()));
                });
    }

    /** Returns the keys of the kind of token that this seems to be, before anything is verified. */
    private Keyring keysFor(String token) {
        JWSObject jws = TokenText.parsed(token);
        return new Claims(jws.getPayload().toBytes()).text("channel").isEmpty() ? connectionKeys : subscriptionKeys;
    }

    private Examined examinedConnection(Claims claims) {
        Identity identity = readIdentity(claims);
        checkTimes(claims);
        return new Examined(identity, false, valid("a connection token", identity.ttl()));
    }

    private Examined examinedSubscription(Claims claims, Identity user, String channel) {
        Identity known = user.isAnonymous() ? new Identity(claims.user(settings.userClaim()), null, 0, Map.of()) : user;
        SubscribeGrant grant = grant(claims, known, claims.text("client"), channel);
        return new Examined(known, true, valid("a subscription token", grant.ttl()));
    }

    private static Explanation.Token valid(String kind, long ttl) {
        return new Explanation.Token(null, kind + (ttl == 0 ? " without an end" : " for " + ttl + " s"));
    }

    private SubscribeGrant grant(Claims claims, Identity identity, String client, String channel) {
        String only = claims.text("client");
        if (!claims.text("channel").equals(channel)
                || !claims.user(settings.userClaim()).equals(identity.user())
                || !only.isEmpty() && !only.equals(client)) {
            throw TokenRejection.FOREIGN;
        }
        SubscribeGrant grant = claims.grant(ttl(claims), tokenId(claims));
        checkTimes(claims);
        return grant;
    }

    private static TokenId tokenId(Claims claims) {
        return new TokenId(claims.text("jti"), claims.time("iat"));
    }

    /** Returns the refusal of a client that needs a token and has none. */
    <T> CompletionStage<T> missing() {
        return CompletableFuture.failedFuture(refuse(TokenRejection.MISSING));
    }

    private <T> CompletionStage<T> read(String token, Keyring keys, Function<Claims, CompletionStage<T>> reader) {
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletableFuture.completedFuture(token)
                .thenCompose(text -> verified(text, keys))
                .thenCompose(claims -> {
                    checkParties(claims);
                    return reader.apply(claims);
                })
                .whenComplete((read, failure) -> {
                    if (failure == null) {
                        result.complete(read);
                    } else {
                        result.completeExceptionally(refusal(Failure.cause(failure)));
                    }
                });
        return result;
    }

    private RuntimeException refusal(Throwable failure) {
        if (failure instanceof TokenRejection rejection) {
            return refuse(rejection);
        }
        if (failure instanceof ClientError refused) { // of the ledger
            return refused;
        }
        LOG.log(System.Logger.Level.ERROR, "A token could not be read", withoutMessage(failure));
        return refuse(TokenRejection.FAULT);
    }

    private RuntimeException refuse(TokenRejection rejection) {
        failures.count(rejection.why().kind());
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> "A token was refused: " + rejection.why().kind());
        return rejection.refusal();
    }

    /** Leaves out the message, which could quote the token. */
    private static Throwable withoutMessage(Throwable fault) {
        Throwable shown = new IllegalStateException(fault.getClass().getName());
        shown.setStackTrace(fault.getStackTrace());
        return shown;
    }

    /** Returns the claims after the signature is verified. */
    private CompletionStage<Claims> verified(String token, Keyring keys) {
        JWSObject jws = TokenText.parsed(token);
        return keys.verify(jws).thenApply(verified -> {
            if (!verified) {
                throw TokenRejection.SIGNATURE;
            }
            return new Claims(jws.getPayload().toBytes());
        });
    }

    private void checkParties(Claims claims) {
        if (!settings.audience().isEmpty() && !claims.names("aud", settings.audience())) {
            throw TokenRejection.AUDIENCE;
        }
        if (!settings.issuer().isEmpty() && !claims.text("iss").equals(settings.issuer())) {
            throw TokenRejection.ISSUER;
        }
    }

    private void checkTimes(Claims claims) {
        Instant now = clock.instant();
        Instant latest = now.plus(settings.leeway());
        Instant end = claims.time("exp");
        if (end != null && !now.isBefore(end)) {
            throw TokenRejection.EXPIRED;
        }
        Instant begin = claims.time("nbf");
        if (begin != null && begin.isAfter(latest)) {
            throw TokenRejection.EARLY;
        }
        if (end == null && !settings.isEndless()) {
            throw TokenRejection.ENDLESS;
        }
        if (end != null && settings.access() != Access.INSECURE && end.isAfter(latest.plus(settings.lifetime()))) {
            throw TokenRejection.LIFETIME;
        }
    }

    /** Must be the last check, so that a token that is refused does not count as used. */
    private CompletionStage<?> use(Claims claims) {
        String id = claims.text("jti");
        Instant end = claims.time("exp");
        if (id.isEmpty()) {
            throw TokenRejection.WITHOUT_ID;
        }
        if (end == null) { // the relay would have to remember it for ever
            throw TokenRejection.ENDLESS_ONCE;
        }
        return usedTokens.use(id, end);
    }

    /** Returns the seconds until the grant expires; 0 if it never expires. */
    private long ttl(Claims claims) {
        Instant end = claims.time(claims.has("expire_at") ? "expire_at" : "exp");
        if (end == null || claims.has("expire_at") && end.equals(Instant.EPOCH)) {
            return 0;
        }
        long millis = Duration.between(clock.instant(), end).toMillis();
        if (millis <= 0) {
            throw TokenRejection.EXPIRED;
        }
        return (millis + 999) / 1000;
    }
}
