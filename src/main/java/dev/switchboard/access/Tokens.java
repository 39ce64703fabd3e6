package dev.switchboard.access;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.util.Base64URL;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TokenId;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON Web Tokens of connections and subscriptions (protocol section 12).
 *
 * <p>Stages fail with nothing but a {@link Disconnect} or a {@link ClientError}, which they hold unwrapped.
 */
public final class Tokens {

    private static final System.Logger LOG = System.getLogger(Tokens.class.getName());

    private static final int MAX_LENGTH = 8 * 1024;

    /** How many one-time tokens are remembered. */
    private static final int MAX_SPENT = 100_000;

    /** With these a token would bring its own key, or demand what we do not do. */
    private static final Set<String> REFUSED = Set.of("crit", "jwk", "jku", "x5u", "x5c", "b64", "zip");

    /** RFC 7515 section 2: base64url without padding and without anything else; the library skips what is not of it. */
    private static final Pattern COMPACT = Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]+");

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Keyring connectionKeys;
    private final Keyring subscriptionKeys;
    private final AccessSettings settings;
    private final InstantSource clock;
    private final Executor background;
    private final UsedTokens spent;
    private final LabelledCounter failures;
    private final Map<TokenRejection, Instant> told = new ConcurrentHashMap<>();

    /**
     * Keys are fetched on {@code background}, where a fetch may block for some seconds; who has waited too long for one is answered on
     * {@code writers}, where nothing blocks; {@code timer} is asked for no more than reminders. {@code failures} counts why tokens are refused.
     */
    public Tokens(
            AccessSettings settings,
            InstantSource clock,
            Executor background,
            Executor writers,
            ScheduledExecutorService timer,
            LabelledCounter failures) {
        this(settings, keys -> keySet(keys, settings, clock, background, writers, timer), clock, background, failures);
    }

    Tokens(
            AccessSettings settings,
            Function<TokenKeys, @Nullable RemoteJwkSet> fetched,
            InstantSource clock,
            Executor background,
            LabelledCounter failures) {
        this.connectionKeys = new Keyring(settings.keys(), fetched.apply(settings.keys()));
        TokenKeys apart = settings.subscriptionKeys();
        this.subscriptionKeys = apart.isEmpty() ? connectionKeys : new Keyring(apart, fetched.apply(apart));
        this.settings = settings;
        this.clock = clock;
        this.background = background;
        this.spent = new UsedTokens(MAX_SPENT, clock);
        this.failures = failures;
    }

    private static @Nullable RemoteJwkSet keySet(
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

    /** Without a key no connection token is valid. */
    boolean haveConnectionKey() {
        return !connectionKeys.isEmpty();
    }

    /** Without a key no subscription token is valid. */
    boolean haveSubscriptionKey() {
        return !subscriptionKeys.isEmpty();
    }

    /** How old the keys of the endpoints are, the oldest of them; null if one has given none that serve. */
    public @Nullable Duration ageOfKeys() {
        Duration oldest = null;
        for (RemoteJwkSet keys : keySets()) {
            Duration age = keys.age();
            if (age == null) {
                return null;
            }
            oldest = oldest == null || age.compareTo(oldest) > 0 ? age : oldest;
        }
        return oldest;
    }

    private List<RemoteJwkSet> keySets() {
        return Stream.of(connectionKeys, subscriptionKeys)
                .distinct()
                .flatMap(ring -> Stream.ofNullable(ring.fetched()))
                .toList();
    }

    CompletionStage<Identity> connection(String token) {
        return read(token, connectionKeys, this::identity);
    }

    private Identity identity(Claims claims) {
        if (!claims.text("channel").isEmpty()) {
            throw TokenRejection.FOREIGN;
        }
        Identity who = new Identity(
                claims.user(settings.userClaim()),
                claims.json("info"),
                ttl(claims),
                claims.channels(),
                Set.of(),
                credential(claims),
                claims.source("meta"));
        checkTimes(claims);
        if (settings.use() == AccessSettings.Use.ONCE) {
            spend(claims);
        }
        return who;
    }

    CompletionStage<SubscribeGrant> subscription(String token, Identity who, String client, String channel) {
        CompletableFuture<SubscribeGrant> answer = new CompletableFuture<>();
        read(token, subscriptionKeys, claims -> grant(claims, who, client, channel))
                .whenComplete((grant, failure) -> {
                    if (failure == null) {
                        answer.complete(grant);
                    } else {
                        answer.completeExceptionally(
                                failure instanceof Disconnect ? ClientError.PERMISSION_DENIED : failure);
                    }
                });
        return answer;
    }

    private SubscribeGrant grant(Claims claims, Identity who, String client, String channel) {
        String only = claims.text("client");
        if (!claims.text("channel").equals(channel)
                || !claims.user(settings.userClaim()).equals(who.user())
                || !only.isEmpty() && !only.equals(client)) {
            throw TokenRejection.FOREIGN;
        }
        SubscribeGrant grant = claims.grant(ttl(claims), credential(claims));
        checkTimes(claims);
        return grant;
    }

    private static TokenId credential(Claims claims) {
        return new TokenId(claims.text("jti"), claims.time("iat"));
    }

    /** The answer to one who should have brought a token. */
    <T> CompletionStage<T> missing() {
        return CompletableFuture.failedFuture(refused(TokenRejection.MISSING));
    }

    private <T> CompletionStage<T> read(String token, Keyring keys, Function<Claims, T> reader) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        CompletableFuture.completedFuture(token)
                .thenCompose(text -> verified(text, keys))
                .thenApply(claims -> {
                    checkParties(claims);
                    return reader.apply(claims);
                })
                .whenComplete((read, failure) -> {
                    if (failure == null) {
                        answer.complete(read);
                    } else {
                        answer.completeExceptionally(answerTo(Failure.cause(failure)));
                    }
                });
        return answer;
    }

    private RuntimeException answerTo(Throwable failure) {
        if (failure instanceof TokenRejection flaw) {
            return refused(flaw);
        }
        LOG.log(System.Logger.Level.ERROR, "A token could not be read", withoutMessage(failure));
        return refused(TokenRejection.FAULT);
    }

    private RuntimeException refused(TokenRejection flaw) {
        failures.count(flaw.label());
        LOG.log(System.Logger.Level.DEBUG, () -> "A token was refused: " + flaw.label());
        if (!flaw.cure().isEmpty() && isDue(flaw)) {
            background.execute(() ->
                    LOG.log(System.Logger.Level.WARNING, "A token was refused: " + flaw.label() + ": " + flaw.cure()));
        }
        return flaw.answer();
    }

    /** True once in a minute for each flaw. */
    private boolean isDue(TokenRejection flaw) {
        Instant now = clock.instant();
        Instant before = told.putIfAbsent(flaw, now);
        return before == null
                || Duration.between(before, now).abs().compareTo(MINUTE) >= 0 && told.replace(flaw, before, now);
    }

    /** What happened and where; a message could quote the token. */
    private static Throwable withoutMessage(Throwable fault) {
        Throwable shown = new IllegalStateException(fault.getClass().getName());
        shown.setStackTrace(fault.getStackTrace());
        return shown;
    }

    /** The claims of a token whose signature is right. */
    private CompletionStage<Claims> verified(String token, Keyring keys) {
        JWSObject jws = parsed(token);
        return keys.signed(jws).thenApply(signed -> {
            if (!signed) {
                throw TokenRejection.SIGNATURE;
            }
            return new Claims(jws.getPayload().toBytes());
        });
    }

    private JWSObject parsed(String token) {
        if (token.length() > MAX_LENGTH) {
            throw TokenRejection.TOO_LONG;
        }
        try {
            if (COMPACT.matcher(token).matches()) {
                JWSObject jws = JWSObject.parse(token);
                Claims header = new Claims(jws.getHeader().toBase64URL().decode()); // as sent, not as understood
                Base64URL signature = jws.getSignature();
                if (REFUSED.stream().noneMatch(header::contains)
                        && signature.equals(
                                Base64URL.encode(signature.decode()))) { // one text alone for each signature
                    return jws;
                }
            }
        } catch (ParseException | RuntimeException malformed) { // the library throws more kinds than it names
        }
        throw TokenRejection.MALFORMED;
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

    /** Last of all, so that nothing but a use counts as one. */
    private void spend(Claims claims) {
        String id = claims.text("jti");
        Instant end = claims.time("exp");
        if (id.isEmpty()) {
            throw TokenRejection.CLAIMS;
        }
        if (end == null) { // it would have to be remembered for ever
            throw TokenRejection.ENDLESS_ONCE;
        }
        spent.spend(id, end);
    }

    /** Seconds until what the token gives is over; 0 for never. */
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
