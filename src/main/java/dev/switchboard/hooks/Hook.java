package dev.switchboard.hooks;

import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Tally;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * One URL of the application. It is asked in the background, for no longer than the timeout, and not at all while it has proven dead or owes
 * as many answers as it may: whoever asks has an answer or an error soon. Any thread.
 */
final class Hook {

    private static final System.Logger LOG = System.getLogger(Hook.class.getName());

    /** Of this many answers ... */
    private static final int WINDOW = 20;

    /** ... or at first of this many, ... */
    private static final int FEWEST = 5;

    /** ... if this part of a hundred failed, the application counts as dead, ... */
    private static final int FAILED_PERCENT = 50;

    /** ... and is left alone for so long, after which it is tried again ... */
    private static final Duration REST = Duration.ofSeconds(5);

    /** ... with this many. */
    private static final int TRIALS = 3;

    private static final String MAC = "HmacSHA256";

    /** What a hook needs to work. */
    record Means(
            Supplier<@Nullable HttpClient> http,
            Executor writers,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            Executor journal) {}

    /** An answer that is none, in words of ours. */
    private static final class Fault extends RuntimeException {

        private static final long serialVersionUID = 1;

        Fault(String why) {
            super(why, null, false, false);
        }
    }

    private final Event event;
    private final URI url;
    private final @Nullable String authorization;
    private final byte[] secret;
    private final Duration timeout;
    private final int answerBytes;
    private final Means means;
    private final Semaphore slots;
    private final CircuitBreaker breaker;
    private final Tally outcomes = new Tally();
    private volatile String lastFailure = "";

    /** A user and a password in the URL go in a header (RFC 7617); {@code answerBytes} is how long an answer may be. */
    Hook(Event event, URI url, HooksSettings settings, int answerBytes, Means means) {
        this.event = event;
        this.url = withoutUser(url);
        this.authorization = url.getUserInfo() == null ? null : "Basic " + base64(url.getUserInfo());
        this.secret = settings.secret().getBytes(StandardCharsets.UTF_8);
        this.timeout = settings.timeout();
        this.answerBytes = answerBytes;
        this.means = means;
        this.slots = new Semaphore(settings.concurrency());
        this.breaker = CircuitBreaker.of(
                event.label(),
                CircuitBreakerConfig.custom()
                        .slidingWindow(WINDOW, FEWEST, SlidingWindowType.COUNT_BASED)
                        .failureRateThreshold(FAILED_PERCENT)
                        .waitDurationInOpenState(REST)
                        .slowCallDurationThreshold(
                                settings.timeout().plusSeconds(1)) // the timeout alone says what is slow
                        .permittedNumberOfCallsInHalfOpenState(TRIALS)
                        .clock(new Monotonic(means.nanoTime()))
                        .build());
        breaker.getEventPublisher()
                .onStateTransition(change -> changed(
                        change.getStateTransition().getFromState(),
                        change.getStateTransition().getToState()));
    }

    private static URI withoutUser(URI url) {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        return URI.create(url.getScheme() + "://" + url.getHost() + port + path + query);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The relay's clock in the library's words: by a wall clock that is set back a dead application would never be tried again. */
    private static final class Monotonic extends Clock {
        private final LongSupplier nanoTime;
        private final long start;

        Monotonic(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
            this.start = nanoTime.getAsLong();
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(nanoTime.getAsLong() - start);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** Once when it dies and once when it lives again, whatever is tried between. */
    private void changed(State from, State to) {
        if (from == State.CLOSED && to == State.OPEN) {
            log(
                    System.Logger.Level.WARNING,
                    "the application does not answer: hook=" + event.label() + " last=" + lastFailure
                            + "; it is tried again every " + REST.toSeconds() + " s");
        } else if (to == State.CLOSED) {
            log(System.Logger.Level.INFO, "the application answers again: hook=" + event.label());
        }
    }

    private void log(System.Logger.Level level, String text) {
        means.journal().execute(() -> LOG.log(level, text));
    }

    /** Whether the application counts as dead, so that it is asked no more than whether it lives again. */
    boolean isDead() {
        return breaker.getState() != State.CLOSED;
    }

    /** What became of its requests, counted. */
    Tally outcomes() {
        return outcomes;
    }

    /**
     * Sends a JSON text, and reads the answer with {@code reader}, which throws a {@link ClientError} or a {@link Disconnect} if the
     * application refuses, anything else if it answers nonsense. The stage fails with the refusal, else with {@link ClientError#INTERNAL}.
     */
    <T> CompletionStage<T> ask(String body, Map<String, List<String>> headers, Function<String, T> reader) {
        if (!slots.tryAcquire()) {
            return rejected();
        }
        if (!breaker.tryAcquirePermission()) {
            slots.release();
            return rejected();
        }
        long start = means.nanoTime().getAsLong();
        CompletableFuture<String> text = new CompletableFuture<>();
        try {
            send(body, headers, text);
        } catch (Throwable refused) { // the relay has stopped, for instance
            text.completeExceptionally(refused);
        }
        return text.handle((answer, failure) -> {
            slots.release();
            return conclude(means.nanoTime().getAsLong() - start, answer, failure, reader);
        });
    }

    private <T> CompletionStage<T> rejected() {
        outcomes.count("rejected");
        return CompletableFuture.failedStage(ClientError.INTERNAL);
    }

    /** No thread of the HTTP client's need be free for whoever waits to have the answer in time. */
    private void send(String body, Map<String, List<String>> headers, CompletableFuture<String> text) {
        CompletableFuture<HttpResponse<String>> exchange =
                http().sendAsync(request(body, headers), unread -> new BoundedBody(answerBytes));
        Future<?> patience = means.timer()
                .schedule(
                        () -> means.writers().execute(() -> text.completeExceptionally(new TimeoutException())),
                        timeout.toNanos(),
                        TimeUnit.NANOSECONDS);
        CompletableFuture<?> unused = exchange.whenCompleteAsync(
                (response, failure) -> {
                    if (failure != null) {
                        text.completeExceptionally(Client.cause(failure));
                    } else if (response.statusCode() / 100 != 2) {
                        text.completeExceptionally(new Fault("status " + response.statusCode()));
                    } else {
                        text.complete(response.body());
                    }
                },
                means.writers());
        unused = text.whenComplete((answer, failure) -> {
            patience.cancel(false);
            exchange.cancel(true);
        });
    }

    private HttpClient http() {
        HttpClient http = means.http().get();
        if (http == null) {
            throw new IllegalStateException("the relay has stopped");
        }
        return http;
    }

    private HttpRequest request(String body, Map<String, List<String>> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(timeout.plusSeconds(1)) // should ours be missed
                .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach((name, values) -> values.forEach(value -> passOn(name, value, request)));
        request.setHeader("Content-Type", "application/json");
        if (authorization != null) {
            request.setHeader("Authorization", authorization);
        }
        if (secret.length > 0) {
            request.setHeader("X-Switchboard-Signature", "sha256=" + signature(body));
        }
        return request.build();
    }

    private static void passOn(String name, String value, HttpRequest.Builder to) {
        try {
            to.header(name, value);
        } catch (IllegalArgumentException malformed) { // a container let pass what the HTTP client does not
            LOG.log(System.Logger.Level.DEBUG, "a header that cannot be passed on");
        }
    }

    private String signature(String body) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(secret, MAC));
            return HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException impossible) { // every Java has it
            throw new IllegalStateException(impossible);
        }
    }

    private <T> T conclude(
            long nanos, @Nullable String answer, @Nullable Throwable failure, Function<String, T> reader) {
        if (answer == null) {
            throw failed(nanos, failure == null ? new Fault("nothing") : failure);
        }
        try {
            T read = reader.apply(answer);
            outcomes.count("ok");
            breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
            return read;
        } catch (ClientError | Disconnect refusal) {
            outcomes.count("refused");
            breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
            throw refusal;
        } catch (IllegalArgumentException nonsense) {
            throw failed(nanos, new Fault(String.valueOf(nonsense.getMessage())));
        } catch (RuntimeException | Error fault) { // a fault of ours
            throw failed(nanos, fault);
        }
    }

    /** What the application's side says may quote anything, so that is left out of the log. */
    private ClientError failed(long nanos, Throwable failure) {
        boolean late = failure instanceof TimeoutException;
        outcomes.count(late ? "timeout" : "failed");
        lastFailure = late
                ? "timeout"
                : failure instanceof Fault
                        ? String.valueOf(failure.getMessage())
                        : failure.getClass().getName();
        LOG.log(System.Logger.Level.DEBUG, () -> "hook=" + event.label() + ": " + lastFailure);
        breaker.onError(nanos, TimeUnit.NANOSECONDS, failure);
        return ClientError.INTERNAL;
    }
}
