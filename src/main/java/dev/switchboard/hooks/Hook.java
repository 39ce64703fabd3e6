package dev.switchboard.hooks;

import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
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
 * One URL of the application. It is asked in the background, for no longer than the timeout, and not at all while it has proven dead or owes
 * as many answers as it may: whoever asks has an answer or an error soon. Any thread.
 */
final class Hook {

    private static final System.Logger LOG = System.getLogger(Hook.class.getName());

    private static final String MAC = "HmacSHA256";

    /** What a hook needs to work. */
    record Means(
            Supplier<@Nullable HttpClient> http,
            Executor writers,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            Executor journal) {}

    /** Statuses of a server behind which the application is down. */
    private static final Set<Integer> DOWN = Set.of(502, 503, 504);

    private final URI url;
    private final @Nullable String authorization;
    private final byte[] secret;
    private final Duration timeout;
    private final int answerBytes;
    private final Means means;
    private final Semaphore slots;
    private final Map<String, String> fixed;
    private final Statuses statuses;
    private final Breaker breaker;
    private final HookWarnings complaints;
    private final LabelledCounter outcomes = new LabelledCounter();
    private volatile String lastFailure = "";

    /** A user and a password in the URL go in a header (RFC 7617); {@code answerBytes} is how long an answer may be. */
    Hook(Event event, URI url, HooksSettings settings, int answerBytes, Means means) {
        this.url = withoutUser(url);
        this.authorization = url.getUserInfo() == null ? null : "Basic " + base64(url.getUserInfo());
        this.secret = settings.secret().getBytes(StandardCharsets.UTF_8);
        this.timeout = settings.timeout();
        this.answerBytes = answerBytes;
        this.means = means;
        this.slots = new Semaphore(settings.concurrency());
        this.fixed = settings.fixedHeaders();
        this.statuses = settings.statuses();
        this.complaints = new HookWarnings(event.label(), means.nanoTime(), means.journal());
        this.breaker = new Breaker(event.label(), means.nanoTime(), new Breaker.Listener() {
            @Override
            public void died() {
                log(
                        System.Logger.Level.WARNING,
                        "the application does not answer: hook=" + event.label() + " last=" + lastFailure
                                + "; it is tried again every " + Breaker.REST.toSeconds() + " s");
            }

            @Override
            public void lives() {
                log(System.Logger.Level.INFO, "the application answers again: hook=" + event.label());
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

    private void log(System.Logger.Level level, String text) {
        means.journal().execute(() -> LOG.log(level, text));
    }

    /** Whether the application counts as dead, so that it is asked no more than whether it lives again. */
    boolean isDead() {
        return breaker.isOpen();
    }

    /** What became of its requests, counted. */
    LabelledCounter outcomes() {
        return outcomes;
    }

    /** Returns where what is wrong with its answers is told. */
    HookWarnings complaints() {
        return complaints;
    }

    /**
     * What is sent, and for whom.
     *
     * @param party on whose account it is, of whom it may be the fault that there is no answer
     * @param body JSON
     * @param headers of a handshake
     * @param said headers that a connect command claims
     */
    record Request(String party, String body, Map<String, List<String>> headers, Map<String, String> said) {}

    /**
     * Sends a request, and reads the answer with {@code reader}, which throws a {@link ClientError} or a {@link Disconnect} if the
     * application refuses, anything else if it answers nonsense. The stage fails with the refusal, else with {@link ClientError#INTERNAL}.
     */
    <T extends @Nullable Object> CompletionStage<T> ask(Request request, Function<String, T> reader) {
        if (!slots.tryAcquire()) {
            return rejected(ClientError.BUSY);
        }
        if (!breaker.admits()) {
            slots.release();
            return rejected(ClientError.INTERNAL);
        }
        long start = means.nanoTime().getAsLong();
        CompletableFuture<String> text = new CompletableFuture<>();
        try {
            send(request, text);
        } catch (Throwable refused) { // the relay has stopped, for instance
            text.completeExceptionally(refused);
        }
        return text.handle((answer, failure) -> {
            slots.release();
            long nanos = means.nanoTime().getAsLong() - start;
            if (answer == null) {
                throw failed(request, nanos, failure == null ? Fault.nonsense("nothing") : failure);
            }
            breaker.answered(nanos);
            return read(answer, reader);
        });
    }

    private <T extends @Nullable Object> CompletionStage<T> rejected(ClientError why) {
        outcomes.count("rejected");
        return CompletableFuture.failedStage(why);
    }

    /** No thread of the HTTP client's need be free for whoever waits to have the answer in time. */
    private void send(Request request, CompletableFuture<String> text) {
        CompletableFuture<HttpResponse<String>> exchange =
                http().sendAsync(http(request), unread -> new BoundedBody(answerBytes));
        Future<?> patience = means.timer()
                .schedule(
                        () -> means.writers().execute(() -> text.completeExceptionally(new TimeoutException())),
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
                means.writers());
        unused = text.whenComplete((answer, failure) -> {
            patience.cancel(false);
            exchange.cancel(true);
        });
    }

    private RuntimeException refusal(int status) {
        RuntimeException refusal = statuses.refusal(status);
        if (refusal != null) {
            return refusal;
        }
        String why = "status " + status;
        return DOWN.contains(status) ? Fault.down(why) : Fault.nonsense(why);
    }

    private HttpClient http() {
        HttpClient http = means.http().get();
        if (http == null) {
            throw new IllegalStateException("the relay has stopped");
        }
        return http;
    }

    private HttpRequest http(Request asked) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(timeout.plusSeconds(1)) // should ours be missed
                .POST(HttpRequest.BodyPublishers.ofString(asked.body));
        asked.headers.forEach((name, values) -> values.forEach(value -> passOn(name, value, request)));
        Set<String> sent = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        sent.addAll(asked.headers.keySet());
        List<String> said = asked.said.keySet().stream()
                .filter(name -> !sent.contains(name))
                .sorted()
                .toList();
        said.forEach(name -> passOn(name, asked.said.getOrDefault(name, ""), request));
        if (!said.isEmpty()) {
            request.setHeader("X-Switchboard-Connect-Headers", String.join(",", said));
        }
        fixed.forEach(request::setHeader);
        request.setHeader("Content-Type", "application/json");
        if (authorization != null) {
            request.setHeader("Authorization", authorization);
        }
        if (secret.length > 0) {
            request.setHeader("X-Switchboard-Signature", "sha256=" + signature(asked.body));
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

    private <T extends @Nullable Object> T read(String answer, Function<String, T> reader) {
        try {
            T read = reader.apply(answer);
            outcomes.count("ok");
            return read;
        } catch (ClientError | Disconnect refusal) {
            outcomes.count("refused");
            throw refusal;
        } catch (IllegalArgumentException nonsense) {
            throw unusable(String.valueOf(nonsense.getMessage()));
        } catch (RuntimeException | Error fault) { // a fault of ours
            throw unusable(fault.getClass().getName());
        }
    }

    /** What the application's side says may quote anything, so that is left out of the log. */
    private ClientError unusable(String why) {
        outcomes.count("failed");
        complaints.tell(why);
        return ClientError.INTERNAL;
    }

    private RuntimeException failed(Request request, long nanos, Throwable failure) {
        if (failure instanceof ClientError || failure instanceof Disconnect) { // by its status
            breaker.answered(nanos);
            outcomes.count("refused");
            return (RuntimeException) failure;
        }
        Fault fault = fault(failure);
        if (fault != null && !fault.isDown()) {
            breaker.answered(nanos);
            return unusable(fault.why());
        }
        boolean late = failure instanceof TimeoutException;
        outcomes.count(late ? "timeout" : "failed");
        lastFailure = late
                ? "timeout"
                : fault != null ? fault.why() : failure.getClass().getName();
        complaints.tell(lastFailure);
        if (failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException) {
            breaker.failed(nanos, failure);
        } else {
            breaker.failed(nanos, failure, request.party);
        }
        return ClientError.INTERNAL;
    }

    /** Returns what of ours is behind the failure, which the HTTP client may have wrapped. */
    private static @Nullable Fault fault(@Nullable Throwable failure) {
        return failure == null || failure instanceof Fault ? (Fault) failure : fault(failure.getCause());
    }
}
