package dev.switchboard.hooks;

import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.limits.EventLog;
import dev.switchboard.limits.Histogram;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.LogLine;
import dev.switchboard.spi.Tracing;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
 * Sends hook requests to one URL of the application.
 *
 * <p>A request gets its reply or an error within the timeout. It gets an error at once while the
 * application is down, or while too many requests are under way. Any thread; no method blocks.
 */
final class Hook {

    private static final System.Logger LOG = System.getLogger(Hook.class.getName());

    private static final String MAC = "HmacSHA256";

    /** The resources that all hooks share; {@code http} returns null after the stop. */
    record Resources(
            Supplier<@Nullable HttpClient> http,
            Executor writers,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            EventLog events,
            Tracing tracing) {}

    /** The statuses by which a server says that the application behind it is down. */
    private static final Set<Integer> STATUSES_OF_DOWN = Set.of(502, 503, 504);

    private final String name;
    private final URI url;
    private final @Nullable String authorization;
    private final byte[] secret;
    private final Duration timeout;
    private final int maxReplyBytes;
    private final Resources resources;
    private final Semaphore slots;
    private final Map<String, String> fixedHeaders;
    private final Statuses statuses;
    private final Breaker breaker;
    private final HookWarnings warnings;
    private final LabelledCounter outcomes = new LabelledCounter();
    private final Histogram times = new Histogram();
    private volatile String lastFailure = "";

    /** If the URL has a user and a password, each request has them in a header (RFC 7617). */
    Hook(Event event, URI url, HooksSettings settings, int maxReplyBytes, Resources resources) {
        this.name = event.label();
        this.url = withoutUser(url);
        this.authorization = url.getUserInfo() == null ? null : "Basic " + base64(url.getUserInfo());
        this.secret = settings.secret().getBytes(StandardCharsets.UTF_8);
        this.timeout = settings.timeout();
        this.maxReplyBytes = maxReplyBytes;
        this.resources = resources;
        this.slots = new Semaphore(settings.concurrency());
        this.fixedHeaders = settings.fixedHeaders();
        this.statuses = settings.statuses();
        this.warnings = new HookWarnings(event.label(), resources.events());
        this.breaker = new Breaker(event.label(), resources.nanoTime(), new Breaker.Listener() {
            @Override
            public void opened() {
                String sentence = "the application does not answer: hook=" + event.label() + " last=" + lastFailure
                        + "; it is tried again every " + Breaker.REST.toSeconds() + " s";
                resources.events.refused(
                        LOG,
                        "no answer hook=" + event.label(),
                        () -> line("no answer").text("last", lastFailure).saying(sentence));
            }

            @Override
            public void closed() {
                resources.events.info(
                        LOG,
                        () -> line("answers again").saying("the application answers again: hook=" + event.label()));
            }

            private LogLine line(String what) {
                return new LogLine(what).word("hook", event.label());
            }
        });
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

    /** Returns whether the application is down, so that only trials are sent. */
    boolean isDown() {
        return breaker.isOpen();
    }

    /** Returns the number of requests by outcome. */
    LabelledCounter outcomes() {
        return outcomes;
    }

    /** Returns the times of the requests that were sent. */
    Histogram times() {
        return times;
    }

    /** Returns the warnings about replies to this hook. */
    HookWarnings warnings() {
        return warnings;
    }

    /**
     * One hook request.
     *
     * @param requester the user, the address, the client or the channel that causes the request,
     *     and may cause its failure
     * @param body JSON
     * @param headers headers of the handshake
     * @param claimedHeaders headers that the client claims in its connect command
     */
    record Request(
            String requester, String body, Map<String, List<String>> headers, Map<String, String> claimedHeaders) {}

    /**
     * Sends a request, and reads its reply with {@code reader}.
     *
     * <p>If the application refuses, {@code reader} throws a {@link ClientError} or a
     * {@link Disconnect}, and the stage fails with it. If there is no usable reply, the stage fails
     * with {@link ClientError#INTERNAL}. If too many requests are under way, it fails with
     * {@link ClientError#BUSY}.
     */
    <T extends @Nullable Object> CompletionStage<T> ask(Request request, Function<String, T> reader) {
        if (!slots.tryAcquire()) {
            return rejected(ClientError.BUSY);
        }
        if (!breaker.admits()) {
            slots.release();
            return rejected(ClientError.INTERNAL);
        }
        long start = resources.nanoTime().getAsLong();
        Tracing.Span span = resources.tracing().hook(name);
        CompletableFuture<String> text = new CompletableFuture<>();
        span.endWith(text);
        try {
            send(request, span.headers(), text);
        } catch (Throwable refused) { // the relay has stopped, for instance
            text.completeExceptionally(refused);
        }
        return text.handle((reply, failure) -> {
            slots.release();
            long nanos = resources.nanoTime().getAsLong() - start;
            times.observe(nanos);
            if (reply == null) {
                throw failed(request, nanos, failure == null ? Fault.unusable("nothing") : failure);
            }
            breaker.replied(nanos);
            return read(reply, reader);
        });
    }

    private <T extends @Nullable Object> CompletionStage<T> rejected(ClientError error) {
        outcomes.count("rejected");
        return CompletableFuture.failedStage(error);
    }

    /**
     * Completes {@code text} within the timeout, even if no thread of the HTTP client is free. The
     * writers complete it, so that the code that waits for it never runs on the timer.
     */
    private void send(Request request, Map<String, String> trace, CompletableFuture<String> text) {
        CompletableFuture<HttpResponse<String>> exchange =
                http().sendAsync(httpRequest(request, trace), response -> new BoundedBody(maxReplyBytes));
        Future<?> timeLimit = resources
                .timer()
                .schedule(
                        () -> resources.writers().execute(() -> text.completeExceptionally(new TimeoutException())),
                        timeout.toNanos(),
                        TimeUnit.NANOSECONDS);
        CompletableFuture<?> unused = exchange.whenCompleteAsync(
                (response, failure) -> {
                    if (failure != null) {
                        text.completeExceptionally(Failure.cause(failure));
                    } else if (response.statusCode() / 100 != 2) {
                        text.completeExceptionally(refusal(response.statusCode()));
                    } else {
                        text.complete(response.body());
                    }
                },
                resources.writers());
        unused = text.whenComplete((reply, failure) -> {
            timeLimit.cancel(false);
            exchange.cancel(true);
        });
    }

    private RuntimeException refusal(int status) {
        RuntimeException refusal = statuses.refusal(status);
        if (refusal != null) {
            return refusal;
        }
        String reason = "status " + status;
        return STATUSES_OF_DOWN.contains(status) ? Fault.down(reason) : Fault.unusable(reason);
    }

    private HttpClient http() {
        HttpClient http = resources.http().get();
        if (http == null) {
            throw new IllegalStateException("the relay has stopped");
        }
        return http;
    }

    private HttpRequest httpRequest(Request request, Map<String, String> trace) {
        HttpRequest.Builder http = HttpRequest.newBuilder(url)
                .timeout(timeout.plusSeconds(1)) // if the time limit above does not work
                .POST(HttpRequest.BodyPublishers.ofString(request.body));
        request.headers.forEach((name, values) -> values.forEach(value -> passOn(name, value, http)));
        Set<String> sent = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        sent.addAll(request.headers.keySet());
        List<String> claimed = request.claimedHeaders.keySet().stream()
                .filter(name -> !sent.contains(name))
                .sorted()
                .toList();
        claimed.forEach(name -> passOn(name, request.claimedHeaders.getOrDefault(name, ""), http));
        if (!claimed.isEmpty()) {
            http.setHeader("X-Switchboard-Connect-Headers", String.join(",", claimed));
        }
        trace.forEach(http::setHeader);
        fixedHeaders.forEach(http::setHeader);
        http.setHeader("Content-Type", "application/json");
        if (authorization != null) {
            http.setHeader("Authorization", authorization);
        }
        if (secret.length > 0) {
            http.setHeader("X-Switchboard-Signature", "sha256=" + signature(request.body));
        }
        return http.build();
    }

    private static void passOn(String name, String value, HttpRequest.Builder to) {
        try {
            to.header(name, value);
        } catch (IllegalArgumentException malformed) { // some containers accept headers that the HTTP client refuses
            LOG.log(System.Logger.Level.DEBUG, "a header of a client cannot be passed on");
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

    private <T extends @Nullable Object> T read(String reply, Function<String, T> reader) {
        try {
            T read = reader.apply(reply);
            outcomes.count("ok");
            return read;
        } catch (ClientError | Disconnect refusal) {
            outcomes.count("refused");
            throw refusal;
        } catch (IllegalArgumentException malformed) {
            throw unusable(String.valueOf(malformed.getMessage()));
        } catch (RuntimeException | Error fault) { // a fault of the relay
            throw unusable(fault.getClass().getName());
        }
    }

    /** The reason must not quote the reply, because it goes into the log. */
    private ClientError unusable(String reason) {
        outcomes.count("failed");
        warnings.warn(reason);
        return ClientError.INTERNAL;
    }

    private RuntimeException failed(Request request, long nanos, Throwable failure) {
        if (failure instanceof ClientError || failure instanceof Disconnect) { // the status of the reply refuses
            breaker.replied(nanos);
            outcomes.count("refused");
            return (RuntimeException) failure;
        }
        Fault fault = fault(failure);
        if (fault != null && !fault.isDown()) {
            breaker.replied(nanos);
            return unusable(fault.reason());
        }
        boolean late = failure instanceof TimeoutException;
        outcomes.count(late ? "timeout" : "failed");
        lastFailure = late
                ? "timeout"
                : fault != null ? fault.reason() : failure.getClass().getName();
        warnings.warn(lastFailure);
        if (failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException) {
            breaker.failed(nanos, failure);
        } else {
            breaker.failed(nanos, failure, request.requester);
        }
        return ClientError.INTERNAL;
    }

    /** Returns the fault that the HTTP client may have wrapped; null if there is none. */
    private static @Nullable Fault fault(@Nullable Throwable failure) {
        return failure == null || failure instanceof Fault ? (Fault) failure : fault(failure.getCause());
    }
}
