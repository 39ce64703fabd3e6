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
 * Fetches the public keys of an endpoint (RFC 7517) when a token needs a key that is not known.
 *
 * <p>There is one fetch at a time, and one in 10 s. All tokens that wait share it. If the endpoint
 * is down, known keys stay valid for a day. Any thread.
 */
final class RemoteJwkSet {

    private static final System.Logger LOG = System.getLogger(RemoteJwkSet.class.getName());

    private static final int TIMEOUT_MILLIS = 2000;
    private static final int MAX_BYTES = 64 * 1024;

    /** The time between two fetches. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    /**
     * The age from which on keys are fetched again, so that withdrawn keys disappear. They stay
     * valid meanwhile.
     */
    private static final Duration FRESH = Duration.ofMinutes(5);

    /** The age from which on keys are no longer valid. */
    private static final Duration STALE = Duration.ofHours(24);

    /** The time without a fetch for a key that the endpoint did not have. */
    private static final Duration ABSENT = Duration.ofSeconds(30);

    private static final int MAX_ABSENT = 1000;

    /** Says why a fetch gave no keys, in words that are safe for the log. */
    private static final class FetchFailure extends IOException {

        private static final long serialVersionUID = 1;

        FetchFailure(String reason) {
            super(reason);
        }
    }

    private final String setting;
    private final URI uri;
    private final boolean weak;
    private final InstantSource clock;
    private final Executor background;
    private final Executor writers;
    private final ScheduledExecutorService timer;

    // all below are guarded by this
    private Map<String, VerifyingKey> keys = Map.of();
    private @Nullable Instant fetchedAt;
    private @Nullable Instant attemptedAt;
    private boolean fetching;
    private CompletableFuture<Boolean> latestFetch = CompletableFuture.completedFuture(false);
    private final Map<String, Instant> absent = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > MAX_ABSENT;
        }
    };

    /**
     * Fetches nothing yet.
     *
     * @param setting name of the setting that has the URL
     * @param weak whether short keys are accepted, for tests
     * @param background for fetches, which block; they may have to wait for a thread
     * @param writers for short tasks that do not block
     * @param timer for tasks that only hand over to {@code writers}
     */
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
     * Returns the key with that id, empty for the key without an id.
     *
     * <p>Fails with {@link TokenRejection#KEY_UNKNOWN} if the endpoint does not have the key. Fails
     * with {@link TokenRejection#NO_KEYS} if the endpoint does not reply in time, or if the next
     * fetch must wait.
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
            due = (known == null || !isWithin(FRESH, fetchedAt)) && !fetching && !isWithin(PAUSE, attemptedAt);
            if (due) {
                fetching = true;
                attemptedAt = clock.instant();
                latestFetch = new CompletableFuture<>();
            }
            fetch = latestFetch;
            if (known == null && !due && fetch.isDone()) { // the key may be newer than the last fetch
                return CompletableFuture.failedFuture(TokenRejection.NO_KEYS);
            }
        }
        if (due) {
            start(fetch);
        }
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        CompletableFuture<VerifyingKey> result = new CompletableFuture<>();
        fetch.thenAccept(fetched -> conclude(id, fetched, result));
        return result;
    }

    private void conclude(String id, boolean fetched, CompletableFuture<VerifyingKey> result) {
        VerifyingKey found;
        synchronized (this) {
            found = known(id);
            if (found == null && fetched) {
                absent.put(id, clock.instant());
            }
        }
        if (found != null) {
            result.complete(found);
        } else {
            result.completeExceptionally(fetched ? TokenRejection.KEY_UNKNOWN : TokenRejection.NO_KEYS);
        }
    }

    /** Returns the age of the keys; null if none are valid. */
    synchronized @Nullable Duration age() {
        if (fetchedAt == null || !isWithin(STALE, fetchedAt)) {
            return null;
        }
        Duration age = Duration.between(fetchedAt, clock.instant());
        return age.isNegative() ? Duration.ZERO : age; // a clock may be set back
    }

    private synchronized @Nullable VerifyingKey known(String id) {
        return isWithin(STALE, fetchedAt) ? keys.get(id) : null;
    }

    private boolean isWithin(Duration span, @Nullable Instant since) {
        return since != null
                && Duration.between(since, clock.instant()).abs().compareTo(span) < 0; // a clock may be set back
    }

    /** Completes {@code fetch} in time, even if the endpoint is slow or no thread is free. */
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
        } catch (FetchFailure known) {
            LOG.log(System.Logger.Level.WARNING, "No keys from " + setting + ": " + known.getMessage());
        } catch (IOException | RuntimeException failure) { // the message may have the URL, and with it a password
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
            fetchedAt = clock.instant();
            absent.keySet().removeAll(read.keySet());
        }
    }

    /**
     * Uses the oldest HTTP client of the JDK. The threads of {@code java.net.http} do not end with
     * JDK 17.
     */
    private String body() throws IOException {
        long start = System.nanoTime();
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Accept", "application/jwk-set+json, application/json");
        connection.setRequestProperty("Connection", "close"); // a connection that is kept alive has a thread
        try {
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new FetchFailure("status " + connection.getResponseCode());
            }
            try (InputStream in = connection.getInputStream()) {
                ByteArrayOutputStream body = new ByteArrayOutputStream();
                byte[] part = new byte[8 * 1024];
                for (int length = in.read(part); length >= 0; length = in.read(part)) {
                    body.write(part, 0, length);
                    if (body.size() > MAX_BYTES) {
                        throw new FetchFailure("more than " + MAX_BYTES + " bytes");
                    }
                    if (System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS)) {
                        throw new FetchFailure("slower than " + TIMEOUT_MILLIS + " ms");
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
            throw new FetchFailure("no key set");
        }
        return Map.copyOf(read);
    }

    /** Returns null if the key is too short, or is not for signatures. */
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
