package dev.switchboard.access;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.util.Base64URL;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Credential;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Grant;
import dev.switchboard.hub.Identity;
import dev.switchboard.hub.Tally;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON Web Tokens of connections and subscriptions (protocol section 12).
 *
 * <p>Each algorithm has one kind of key, a secret or a public key, so that a public key never serves as a secret (RFC 8725 section 2.1).
 * Stages fail with nothing but a {@link Disconnect} or a {@link ClientError}, which they hold unwrapped.
 */
public final class Tokens {

    private static final System.Logger LOG = System.getLogger(Tokens.class.getName());

    private static final int MAX_LENGTH = 8 * 1024;

    /** How many one-time tokens are remembered. */
    private static final int MAX_SPENT = 100_000;

    private static final Map<JWSAlgorithm, String> OF_SECRET = Map.of(
            JWSAlgorithm.HS256, "HmacSHA256", JWSAlgorithm.HS384, "HmacSHA384", JWSAlgorithm.HS512, "HmacSHA512");

    private static final Set<JWSAlgorithm> OF_KEYS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    /** With these a token would bring its own key, or demand what we do not do. */
    private static final Set<String> REFUSED = Set.of("crit", "jwk", "jku", "x5u", "x5c", "b64", "zip");

    /** RFC 7515 section 2: base64url without padding and without anything else; the library skips what is not of it. */
    private static final Pattern COMPACT = Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]+");

    private final byte[] secret;
    private final @Nullable KeySet keys;
    private final AccessSettings settings;
    private final Slicer slicer;
    private final InstantSource clock;
    private final SpentTokens spent;
    private final Tally failures;

    /**
     * Keys are fetched on {@code background}, where a fetch may block for some seconds; who has waited too long for one is answered on
     * {@code writers}, where nothing blocks; {@code timer} is asked for no more than reminders. {@code failures} counts why tokens are refused.
     */
    public Tokens(
            AccessSettings settings,
            Slicer slicer,
            InstantSource clock,
            Executor background,
            Executor writers,
            ScheduledExecutorService timer,
            Tally failures) {
        this(settings, keys(settings, clock, background, writers, timer), slicer, clock, failures);
    }

    Tokens(AccessSettings settings, @Nullable KeySet keys, Slicer slicer, InstantSource clock, Tally failures) {
        this.secret = settings.secret().getBytes(StandardCharsets.UTF_8);
        this.settings = settings;
        this.keys = keys;
        this.slicer = slicer;
        this.clock = clock;
        this.spent = new SpentTokens(MAX_SPENT, clock);
        this.failures = failures;
    }

    private static @Nullable KeySet keys(
            AccessSettings settings,
            InstantSource clock,
            Executor background,
            Executor writers,
            ScheduledExecutorService timer) {
        boolean weak = settings.access() == Access.INSECURE;
        return settings.jwks() == null ? null : new KeySet(settings.jwks(), weak, clock, background, writers, timer);
    }

    /** Without a key no token is valid. */
    boolean haveKey() {
        return secret.length > 0 || keys != null;
    }

    /** How old the keys of the endpoint are, null if it has given none that serve. */
    public @Nullable Duration ageOfKeys() {
        return keys == null ? null : keys.age();
    }

    CompletionStage<Identity> connection(String token) {
        return read(token, this::identity);
    }

    private Identity identity(Claims claims) {
        if (!claims.text("channel").isEmpty()) {
            throw Flaw.FOREIGN;
        }
        Identity who = new Identity(
                claims.text("sub"),
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

    CompletionStage<Grant> subscription(String token, Identity who, String client, String channel) {
        CompletableFuture<Grant> answer = new CompletableFuture<>();
        read(token, claims -> grant(claims, who, client, channel)).whenComplete((grant, failure) -> {
            if (failure == null) {
                answer.complete(grant);
            } else {
                answer.completeExceptionally(failure instanceof Disconnect ? ClientError.PERMISSION_DENIED : failure);
            }
        });
        return answer;
    }

    private Grant grant(Claims claims, Identity who, String client, String channel) {
        String only = claims.text("client");
        if (!claims.text("channel").equals(channel)
                || !claims.text("sub").equals(who.user())
                || !only.isEmpty() && !only.equals(client)) {
            throw Flaw.FOREIGN;
        }
        Grant grant = claims.grant(ttl(claims), credential(claims));
        checkTimes(claims);
        return grant;
    }

    private static Credential credential(Claims claims) {
        return new Credential(claims.text("jti"), claims.time("iat"));
    }

    /** The answer to one who should have brought a token. */
    <T> CompletionStage<T> missing() {
        return CompletableFuture.failedFuture(refused(Flaw.MISSING));
    }

    private <T> CompletionStage<T> read(String token, Function<Claims, T> reader) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        CompletableFuture.completedFuture(token)
                .thenCompose(this::verified)
                .thenApply(claims -> {
                    checkParties(claims);
                    return reader.apply(claims);
                })
                .whenComplete((read, failure) -> {
                    if (failure == null) {
                        answer.complete(read);
                    } else {
                        answer.completeExceptionally(answerTo(Client.cause(failure)));
                    }
                });
        return answer;
    }

    private RuntimeException answerTo(Throwable failure) {
        if (failure instanceof Flaw flaw) {
            return refused(flaw);
        }
        LOG.log(System.Logger.Level.ERROR, "A token could not be read", withoutMessage(failure));
        return refused(Flaw.FAULT);
    }

    private RuntimeException refused(Flaw flaw) {
        failures.count(flaw.label());
        LOG.log(System.Logger.Level.DEBUG, () -> "A token was refused: " + flaw.label());
        return flaw.answer();
    }

    /** What happened and where; a message could quote the token. */
    private static Throwable withoutMessage(Throwable fault) {
        Throwable shown = new IllegalStateException(fault.getClass().getName());
        shown.setStackTrace(fault.getStackTrace());
        return shown;
    }

    /** The claims of a token whose signature is right. */
    private CompletionStage<Claims> verified(String token) {
        JWSObject jws = parsed(token);
        JWSAlgorithm algorithm = jws.getHeader().getAlgorithm();
        if (keys != null && OF_KEYS.contains(algorithm)) {
            String kid = jws.getHeader().getKeyID();
            return keys.key(kid == null ? "" : kid).thenApply(key -> claims(jws, key.signed(jws)));
        }
        String mac = secret.length == 0 ? null : OF_SECRET.get(algorithm);
        if (mac == null) {
            throw Flaw.ALGORITHM;
        }
        return CompletableFuture.completedFuture(claims(jws, isSigned(jws, mac)));
    }

    private Claims claims(JWSObject jws, boolean signed) {
        if (!signed) {
            throw Flaw.SIGNATURE;
        }
        return new Claims(jws.getPayload().toBytes(), slicer);
    }

    private JWSObject parsed(String token) {
        if (token.length() > MAX_LENGTH) {
            throw Flaw.TOO_LONG;
        }
        try {
            if (COMPACT.matcher(token).matches()) {
                JWSObject jws = JWSObject.parse(token);
                Claims header =
                        new Claims(jws.getHeader().toBase64URL().decode(), slicer); // as sent, not as understood
                Base64URL signature = jws.getSignature();
                if (REFUSED.stream().noneMatch(header::has)
                        && signature.equals(
                                Base64URL.encode(signature.decode()))) { // one text alone for each signature
                    return jws;
                }
            }
        } catch (ParseException | RuntimeException malformed) { // the library throws more kinds than it names
        }
        throw Flaw.MALFORMED;
    }

    /** By hand, because the library demands secrets of a certain length, which is the operator's choice where access is insecure. */
    private boolean isSigned(JWSObject jws, String mac) {
        try {
            Mac hash = Mac.getInstance(mac);
            hash.init(new SecretKeySpec(secret, mac));
            return MessageDigest.isEqual(
                    hash.doFinal(jws.getSigningInput()), jws.getSignature().decode());
        } catch (GeneralSecurityException impossible) { // every Java has these three
            throw new IllegalStateException(impossible);
        }
    }

    private void checkParties(Claims claims) {
        if (!settings.audience().isEmpty() && !claims.names("aud", settings.audience())) {
            throw Flaw.AUDIENCE;
        }
        if (!settings.issuer().isEmpty() && !claims.text("iss").equals(settings.issuer())) {
            throw Flaw.ISSUER;
        }
    }

    private void checkTimes(Claims claims) {
        Instant now = clock.instant();
        Instant latest = now.plus(settings.leeway());
        Instant end = claims.time("exp");
        if (end != null && !now.isBefore(end)) {
            throw Flaw.EXPIRED;
        }
        Instant begin = claims.time("nbf");
        if (begin != null && begin.isAfter(latest)) {
            throw Flaw.EARLY;
        }
        if (settings.access() != Access.INSECURE && (end == null || end.isAfter(latest.plus(settings.lifetime())))) {
            throw Flaw.LIFETIME;
        }
    }

    /** Last of all, so that nothing but a use counts as one. */
    private void spend(Claims claims) {
        String id = claims.text("jti");
        Instant end = claims.time("exp");
        if (id.isEmpty()) {
            throw Flaw.CLAIMS;
        }
        if (end == null) { // it would have to be remembered for ever
            throw Flaw.LIFETIME;
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
            throw Flaw.EXPIRED;
        }
        return (millis + 999) / 1000;
    }
}
