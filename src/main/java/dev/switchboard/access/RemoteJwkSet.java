package dev.switchboard.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of an endpoint (RFC 7517), fetched when a token needs one that is not known.
 *
 * <p>Whatever tokens ask for, there is one fetch at a time and one in 10 s, and those who wait share it. The endpoint may be down for a
 * day before a key that it once had is no longer taken.
 */
final class RemoteJwkSet {

    private static final System.Logger LOG = System.getLogger(RemoteJwkSet.class.getName());

    private static final int TIMEOUT_MILLIS = 2000;
    private static final int MAX_BYTES = 64 * 1024;

    /** Between one fetch and the next. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    /** Older keys are fetched again while they still serve, so that withdrawn ones disappear. */
    private static final Duration FRESH = Duration.ofMinutes(5);

    /** For how long keys serve if no fetch succeeds. */
    private static final Duration STALE = Duration.ofHours(24);

    /** For how long nobody asks again for a key that the endpoint does not have. */
    private static final Duration ABSENT = Duration.ofSeconds(30);

    private static final int MAX_ABSENT = 1000;

    /** An answer that we do not take, in words of ours. */
    private static final class NoKeySet extends IOException {

        private static final long serialVersionUID = 1;

        NoKeySet(String why) {
            super(why);
        }
    }

    private final String setting;
    private final URI uri;
    private final boolean weak;
    private final InstantSource clock;
    private final Executor background;
    private final Executor writers;
    private final ScheduledExecutorService timer;

    // guarded by this, as are all below
    private Map<String, VerifyingKey> keys = Map.of();
    private @Nullable Instant fetched;
    private @Nullable Instant attempted;
    private boolean fetching;
    private CompletableFuture<Boolean> latest = CompletableFuture.completedFuture(false);
    private final Map<String, Instant> absent = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > MAX_ABSENT;
        }
    };

    /** {@code setting} is the name of that which holds the URL. {@code weak} keys are for tests. On {@code background} a fetch may block, or wait behind others that do; on {@code writers} nothing does. */
    RemoteJwkSet(
            String setting,
            URI uri,
            boolean weak,
            InstantSource clock,
            Executor background,
            Executor writers,
            ScheduledExecutorService timer) {
        this.setting = setting;
        this.uri = uri;
        this.weak = weak;
        this.clock = clock;
        this.background = background;
        this.writers = writers;
        this.timer = timer;
    }

    /**
     * The key of that id, empty for one without.
     *
     * <p>Fails with {@link TokenRejection#KEY_UNKNOWN} if the endpoint does not have it, with {@link TokenRejection#NO_KEYS} if it does not answer or may not be
     * asked again so soon.
     */
    CompletionStage<VerifyingKey> key(String id) {
        VerifyingKey known;
        CompletableFuture<Boolean> fetch;
        boolean due;
        synchronized (this) {
            known = known(id);
            if (known == null && isWithin(ABSENT, absent.get(id))) {
                return CompletableFuture.failedFuture(TokenRejection.KEY_UNKNOWN);
            }
            due = (known == null || !isWithin(FRESH, fetched)) && !fetching && !isWithin(PAUSE, attempted);
            if (due) {
                fetching = true;
                attempted = clock.instant();
                latest = new CompletableFuture<>();
            }
            fetch = latest;
            if (known == null && !due && fetch.isDone()) { // what was read before says nothing of a key that may be new
                return CompletableFuture.failedFuture(TokenRejection.NO_KEYS);
            }
        }
        if (due) {
            start(fetch);
        }
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        CompletableFuture<VerifyingKey> answer = new CompletableFuture<>();
        fetch.thenAccept(up -> conclude(id, up, answer));
        return answer;
    }

    private void conclude(String id, boolean up, CompletableFuture<VerifyingKey> answer) {
        VerifyingKey found;
        synchronized (this) {
            found = known(id);
            if (found == null && up) {
                absent.put(id, clock.instant());
            }
        }
        if (found != null) {
            answer.complete(found);
        } else {
            answer.completeExceptionally(up ? TokenRejection.KEY_UNKNOWN : TokenRejection.NO_KEYS);
        }
    }

    /** How old the keys are that serve; null if there are none. */
    synchronized @Nullable Duration age() {
        if (fetched == null || !isWithin(STALE, fetched)) {
            return null;
        }
        Duration age = Duration.between(fetched, clock.instant());
        return age.isNegative() ? Duration.ZERO : age; // a clock may be set back
    }

    private synchronized @Nullable VerifyingKey known(String id) {
        return isWithin(STALE, fetched) ? keys.get(id) : null;
    }

    private boolean isWithin(Duration span, @Nullable Instant since) {
        return since != null
                && Duration.between(since, clock.instant()).abs().compareTo(span) < 0; // a clock may be set back
    }

    /** Those who wait have their answer in time, even if the endpoint dribbles or no thread is free to ask it. */
    private void start(CompletableFuture<Boolean> fetch) {
        try {
            timer.schedule(() -> writers.execute(() -> fetch.complete(false)), TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
            background.execute(() -> fetch.complete(fetch()));
        } catch (RejectedExecutionException stopped) {
            ended(null);
            fetch.complete(false);
        }
    }

    private boolean fetch() {
        Map<String, VerifyingKey> read = null;
        try {
            read = keys(body());
        } catch (NoKeySet ours) {
            LOG.log(System.Logger.Level.WARNING, "No keys from " + setting + ": " + ours.getMessage());
        } catch (IOException | RuntimeException failure) { // whose message may hold the URL, and with it a password
            LOG.log(
                    System.Logger.Level.WARNING,
                    "No keys from " + setting + ": " + failure.getClass().getName());
        } finally {
            ended(read);
        }
        return read != null;
    }

    private synchronized void ended(@Nullable Map<String, VerifyingKey> read) {
        fetching = false;
        if (read != null) {
            keys = read;
            fetched = clock.instant();
            absent.keySet().removeAll(read.keySet());
        }
    }

    /** By the oldest client of the JDK: that of {@code java.net.http} has threads which JDK 17 cannot end. */
    private String body() throws IOException {
        long start = System.nanoTime();
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Accept", "application/jwk-set+json, application/json");
        connection.setRequestProperty("Connection", "close"); // one that is kept alive has a thread
        try {
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new NoKeySet("status " + connection.getResponseCode());
            }
            try (InputStream in = connection.getInputStream()) {
                ByteArrayOutputStream body = new ByteArrayOutputStream();
                byte[] part = new byte[8 * 1024];
                for (int length = in.read(part); length >= 0; length = in.read(part)) {
                    body.write(part, 0, length);
                    if (body.size() > MAX_BYTES) {
                        throw new NoKeySet("more than " + MAX_BYTES + " bytes");
                    }
                    if (System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS)) {
                        throw new NoKeySet("slower than " + TIMEOUT_MILLIS + " ms");
                    }
                }
                return body.toString(StandardCharsets.UTF_8);
            }
        } finally {
            connection.disconnect();
        }
    }

    private Map<String, VerifyingKey> keys(String json) throws IOException {
        Map<String, VerifyingKey> read = new HashMap<>();
        try {
            for (JWK key : JWKSet.parse(json).getKeys()) {
                VerifyingKey usable = key(key);
                if (usable != null) {
                    String id = key.getKeyID() == null ? "" : key.getKeyID();
                    read.putIfAbsent(id, usable);
                }
            }
        } catch (ParseException malformed) {
            throw new NoKeySet("no key set");
        }
        return Map.copyOf(read);
    }

    /** Null for a key that is for something else, or too short. */
    private @Nullable VerifyingKey key(JWK key) {
        if (key.getKeyUse() != null && !key.getKeyUse().equals(KeyUse.SIGNATURE)) {
            return null;
        }
        try {
            PublicKey read = publicKey(key);
            return read == null ? null : VerifyingKey.of(read, key.getAlgorithm(), weak);
        } catch (JOSEException | GeneralSecurityException | IllegalArgumentException unusable) {
            return null;
        }
    }

    private static @Nullable PublicKey publicKey(JWK key) throws JOSEException, GeneralSecurityException {
        if (key instanceof RSAKey rsa) {
            return rsa.toRSAPublicKey();
        }
        if (key instanceof OctetKeyPair pair) {
            return pair.getCurve().equals(Curve.Ed25519) ? Ed25519Signatures.key(pair.getDecodedX()) : null;
        }
        return key instanceof ECKey ec ? ec.toECPublicKey() : null;
    }
}
