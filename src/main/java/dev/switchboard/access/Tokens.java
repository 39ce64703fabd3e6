package dev.switchboard.access;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Grant;
import dev.switchboard.hub.Identity;
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

    /** How far the clock of the issuer may be ahead. */
    private static final Duration SKEW = Duration.ofSeconds(5);

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

    /** With these a token would bring its own key, or demand what we do not know. */
    private static final Set<String> REFUSED = Set.of("crit", "jwk", "jku", "x5u", "x5c");

    private final byte[] secret;
    private final @Nullable KeySet keys;
    private final String audience;
    private final String issuer;
    private final Slicer slicer;
    private final InstantSource clock;

    /** Keys are fetched on {@code background}, where a fetch may block for some seconds; {@code timer} is asked for no more than reminders. */
    public Tokens(
            AccessSettings settings,
            Slicer slicer,
            InstantSource clock,
            Executor background,
            ScheduledExecutorService timer) {
        this(settings, keys(settings, clock, background, timer), slicer, clock);
    }

    Tokens(AccessSettings settings, @Nullable KeySet keys, Slicer slicer, InstantSource clock) {
        this.secret = settings.secret().getBytes(StandardCharsets.UTF_8);
        this.audience = settings.audience();
        this.issuer = settings.issuer();
        this.keys = keys;
        this.slicer = slicer;
        this.clock = clock;
    }

    private static @Nullable KeySet keys(
            AccessSettings settings, InstantSource clock, Executor background, ScheduledExecutorService timer) {
        boolean weak = settings.access() == Access.INSECURE;
        return settings.jwks() == null ? null : new KeySet(settings.jwks(), weak, clock, background, timer);
    }

    /** Without a key no token is valid. */
    boolean haveKey() {
        return secret.length > 0 || keys != null;
    }

    CompletionStage<Identity> connection(String token) {
        return read(token, claims -> {
            if (claims.has("channel")) {
                throw Disconnect.INVALID_TOKEN;
            }
            return new Identity(claims.text("sub"), claims.json("info"), ttl(claims), claims.channels());
        });
    }

    CompletionStage<Grant> subscription(String token, Identity who, String channel) {
        CompletableFuture<Grant> answer = new CompletableFuture<>();
        CompletionStage<Grant> read = read(token, claims -> {
            if (!claims.text("channel").equals(channel) || !claims.text("sub").equals(who.user())) {
                throw Disconnect.INVALID_TOKEN;
            }
            return new Grant(claims.json("info"), claims.json("data"), ttl(claims));
        });
        read.whenComplete((grant, failure) -> {
            if (failure == null) {
                answer.complete(grant);
            } else {
                answer.completeExceptionally(failure instanceof Disconnect ? ClientError.PERMISSION_DENIED : failure);
            }
        });
        return answer;
    }

    private <T> CompletionStage<T> read(String token, Function<Claims, T> reader) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        verified(token).whenComplete((json, failure) -> {
            if (failure != null) {
                answer.completeExceptionally(failure);
                return;
            }
            try {
                Claims claims = new Claims(json, slicer);
                checkParties(claims);
                T read = reader.apply(claims);
                checkTimes(claims);
                answer.complete(read);
            } catch (ClientError | Disconnect refused) {
                answer.completeExceptionally(refused);
            } catch (RuntimeException fault) { // nobody else would hear of it, and the client would wait for ever
                LOG.log(System.Logger.Level.ERROR, "A token could not be read", fault);
                answer.completeExceptionally(ClientError.INTERNAL);
            }
        });
        return answer;
    }

    /** The claims of a token whose signature is right. */
    private CompletionStage<String> verified(String token) {
        JWSObject jws = parsed(token);
        if (jws == null) {
            return CompletableFuture.failedFuture(Disconnect.INVALID_TOKEN);
        }
        JWSAlgorithm algorithm = jws.getHeader().getAlgorithm();
        CompletableFuture<String> answer = new CompletableFuture<>();
        if (keys != null && OF_KEYS.contains(algorithm)) {
            String kid = jws.getHeader().getKeyID();
            keys.key(kid == null ? "" : kid).whenComplete((key, failure) -> {
                if (failure != null) {
                    answer.completeExceptionally(failure);
                } else {
                    conclude(key.signed(jws), jws, answer);
                }
            });
        } else {
            String mac = secret.length == 0 ? null : OF_SECRET.get(algorithm);
            conclude(mac != null && isSigned(jws, mac), jws, answer);
        }
        return answer;
    }

    private static void conclude(boolean signed, JWSObject jws, CompletableFuture<String> answer) {
        if (signed) {
            answer.complete(jws.getPayload().toString());
        } else {
            answer.completeExceptionally(Disconnect.INVALID_TOKEN);
        }
    }

    private @Nullable JWSObject parsed(String token) {
        if (token.length() > MAX_LENGTH) {
            return null;
        }
        try {
            JWSObject jws = JWSObject.parse(token);
            Claims header =
                    new Claims(jws.getHeader().toBase64URL().decodeToString(), slicer); // as sent, not as understood
            return REFUSED.stream().anyMatch(header::has) ? null : jws;
        } catch (ParseException | IllegalArgumentException | IllegalStateException | Disconnect malformed) {
            return null;
        }
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
        boolean ours = audience.isEmpty() || claims.names("aud", audience);
        boolean theirs = issuer.isEmpty() || claims.text("iss").equals(issuer);
        if (!ours || !theirs) {
            throw Disconnect.INVALID_TOKEN;
        }
    }

    private void checkTimes(Claims claims) {
        Instant now = clock.instant();
        Instant end = claims.time("exp");
        Instant latest = now.plus(SKEW);
        if (end != null && !now.isBefore(end)
                || isAfter(claims.time("nbf"), latest)
                || isAfter(claims.time("iat"), latest)) {
            throw ClientError.TOKEN_EXPIRED;
        }
    }

    private static boolean isAfter(@Nullable Instant time, Instant latest) {
        return time != null && time.isAfter(latest);
    }

    /** Seconds until what the token gives is over; 0 for never. */
    private long ttl(Claims claims) {
        Instant end = claims.time(claims.has("expire_at") ? "expire_at" : "exp");
        if (end == null || claims.has("expire_at") && end.equals(Instant.EPOCH)) {
            return 0;
        }
        long millis = Duration.between(clock.instant(), end).toMillis();
        if (millis <= 0) {
            throw ClientError.TOKEN_EXPIRED;
        }
        return (millis + 999) / 1000;
    }
}
