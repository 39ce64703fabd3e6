package dev.switchboard.protocol;

import dev.switchboard.hub.ServerOperations;
import dev.switchboard.limits.Calls;
import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.Failure;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.model.Publication;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.ServerApi.Answer;
import dev.switchboard.protocol.ServerApi.Rights;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * ApiMethods carries out the methods of the server API. Any thread may call it. No method blocks.
 */
final class ApiMethods {

    /** Maximum channels of a broadcast. */
    private static final int MAX_CHANNELS = 1_000;

    /** Maximum publications in one page of a history. */
    private static final int MAX_PUBLICATIONS = 1_000;

    /** Maximum seconds since 1970, which is the year 5138. */
    private static final long FOREVER = 100_000_000_000L;

    /** The name under which calls of other names count. */
    private static final String UNKNOWN = "unknown";

    enum Method {
        PUBLISH(
                ApiMethods::publish,
                Set.of(
                        "channel",
                        "data",
                        "b64data",
                        "skip_history",
                        "tags",
                        "idempotency_key",
                        "delta",
                        "version",
                        "version_epoch",
                        "sender")),
        BROADCAST(
                ApiMethods::broadcast,
                Set.of(
                        "channels",
                        "data",
                        "b64data",
                        "skip_history",
                        "tags",
                        "idempotency_key",
                        "delta",
                        "version",
                        "version_epoch",
                        "sender")),
        SUBSCRIBE(
                ApiMethods::subscribe,
                Set.of(
                        "channel",
                        "user",
                        "client",
                        "session",
                        "info",
                        "b64info",
                        "data",
                        "b64data",
                        "expire_at",
                        "recover_since",
                        "override",
                        "presence",
                        "join_leave",
                        "position",
                        "recover"),
                unsupported()),
        UNSUBSCRIBE(ApiMethods::unsubscribe, Set.of("channel", "user", "client", "session"), unsupported()),
        DISCONNECT(
                ApiMethods::disconnect, Set.of("user", "client", "session", "whitelist", "disconnect"), unsupported()),
        REFRESH(
                ApiMethods::refresh,
                Set.of("user", "client", "session", "expired", "expire_at", "info"),
                unsupported()),
        PRESENCE(ApiMethods::presence, Set.of("channel")),
        PRESENCE_STATS(ApiMethods::presenceStats, Set.of("channel")),
        HISTORY(ApiMethods::history, Set.of("channel", "limit", "since", "reverse")),
        HISTORY_REMOVE(ApiMethods::removeHistory, Set.of("channel")),
        CHANNELS(ApiMethods::channels, Set.of("pattern")),
        INFO(ApiMethods::info, Set.of()),
        EXPLAIN(ApiMethods::explain, Set.of("channel", "user", "token")),
        BLOCK(ApiMethods::block, Set.of("user", "expire_at")),
        UNBLOCK(ApiMethods::unblock, Set.of("user")),
        REVOKE(ApiMethods::revoke, Set.of("token", "user", "issued_before", "expire_at"));

        /** Verb carries out a call, and completes with the result, a JSON object. */
        private interface Verb {
            CompletionStage<String> run(ApiMethods api, ApiCall call, Rights rights);
        }

        final String word = name().toLowerCase(Locale.ROOT);
        private final Verb verb;
        final Set<String> supported;

        /**
         * Members of Centrifugo's API that the relay does not support. They must be at their
         * defaults.
         */
        final Set<String> unsupported;

        Method(Verb verb, Set<String> supported) {
            this(verb, supported, Set.of());
        }

        Method(Verb verb, Set<String> supported, Set<String> unsupported) {
            this.verb = verb;
            this.supported = supported;
            this.unsupported = unsupported;
        }

        /** Returns these members, and the members that only Centrifugo's paid edition supports. */
        private static Set<String> unsupported(String... members) {
            return Stream.concat(Stream.of("label_filter", "all_users"), Stream.of(members))
                    .collect(Collectors.toUnmodifiableSet());
        }

        boolean isAboutOneChannel() {
            return supported.contains("channel");
        }
    }

    /** Each method by its name. */
    static final Map<String, Method> BY_NAME = Arrays.stream(Method.values())
            .collect(Collectors.toUnmodifiableMap(method -> method.word, method -> method));

    private final ServerOperations backend;
    private final Supplier<List<NodeInfo>> nodes;
    private final InstantSource clock;
    private final Duration tokenLife;
    private final int messageBytes;
    private final Calls calls;
    private final ApiLog log;

    /**
     * Takes the maximum life of a token, the maximum bytes of a publication, and what counts the
     * calls.
     */
    ApiMethods(
            ServerOperations backend,
            Supplier<List<NodeInfo>> nodes,
            InstantSource clock,
            Duration tokenLife,
            int messageBytes,
            Calls calls,
            ApiLog log) {
        this.backend = backend;
        this.nodes = nodes;
        this.clock = clock;
        this.tokenLife = tokenLife;
        this.messageBytes = messageBytes;
        this.calls = calls;
        this.log = log;
    }

    /**
     * Calls a method. Completes with the result under {@code word}, or with an error. The stage
     * never fails.
     */
    CompletionStage<Answer> answer(String word, String name, ApiCall call, Rights rights) {
        Method method = BY_NAME.get(name);
        Calls.Call counted = calls.of(method == null ? UNKNOWN : method.word);
        long begun = System.nanoTime();
        return answer(word, name, call.channelForLog(), () -> {
                    if (method == null) {
                        throw ClientError.NOT_FOUND.because("there is no such method");
                    }
                    call.requireKnown(method.supported, method.unsupported);
                    requireRight(rights, method, method.isAboutOneChannel() ? call.channel() : null);
                    return method.verb.run(this, call, rights);
                })
                .thenApply(answer -> {
                    ClientError error = answer.error();
                    if (error == null) {
                        counted.succeeded(System.nanoTime() - begun);
                    } else {
                        counted.failed(error.label(), System.nanoTime() - begun);
                    }
                    return answer;
                });
    }

    private static void requireRight(Rights rights, Method method, @Nullable String channel) {
        if (method != Method.BROADCAST && !rights.allow(method.word, channel)) {
            throw ClientError.PERMISSION_DENIED.because(
                    "this key is not for " + method.word + (channel == null ? "" : " in this channel"));
        }
    }

    /**
     * Completes with the result as an answer, or with an error. The name and the channel are for
     * the log.
     */
    private CompletionStage<Answer> answer(
            String word, String name, String channel, Supplier<CompletionStage<String>> verb) {
        CompletionStage<String> result;
        try {
            result = verb.get();
        } catch (RuntimeException refused) {
            result = CompletableFuture.failedFuture(refused);
        }
        return result.thenApply(json -> new Answer("{\"" + word + "\":" + json + "}", null))
                .exceptionally(failure -> {
                    ClientError error =
                            Failure.cause(failure) instanceof ClientError refused ? refused : ClientError.INTERNAL;
                    return refusal(name, channel, error);
                });
    }

    /** Logs the error, and returns it as an answer. The name and the channel are for the log. */
    Answer refusal(String name, String channel, ClientError error) {
        log.refused(name, channel, error);
        return new Answer(ApiResults.refusal(error), error);
    }

    /** Completes with the texts of all the answers, in their order. */
    static CompletionStage<List<String>> all(List<CompletionStage<Answer>> stages) {
        CompletableFuture<?>[] futures =
                stages.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(futures)
                .thenApply(done -> stages.stream()
                        .map(stage -> stage.toCompletableFuture().join().json())
                        .toList());
    }

    private CompletionStage<String> publish(ApiCall call, Rights rights) {
        return publish(call.channel(), call.publication(messageBytes), options(call));
    }

    private CompletionStage<String> publish(String channel, Publication publication, PublishOptions options) {
        return backend.publish(channel, publication, options).thenApply(ApiResults::position);
    }

    /**
     * Returns the options of a publication. The relay checks {@code delta}, which has no effect.
     */
    private static PublishOptions options(ApiCall call) {
        call.flag("delta");
        return new PublishOptions(call.name("idempotency_key"), call.flag("skip_history"));
    }

    private CompletionStage<String> broadcast(ApiCall call, Rights rights) {
        Publication publication = call.publication(messageBytes);
        PublishOptions options = options(call);
        List<String> channels = call.texts("channels");
        if (channels.isEmpty() || channels.size() > MAX_CHANNELS) {
            throw ApiCall.badRequest("channels has 1 to " + MAX_CHANNELS + " names");
        }
        List<CompletionStage<Answer>> responses = new ArrayList<>();
        for (String channel : channels) {
            responses.add(answer("result", Method.BROADCAST.word, channel, () -> {
                ApiCall.channel(channel);
                if (!rights.allow(Method.BROADCAST.word, channel)) {
                    throw ClientError.PERMISSION_DENIED.because("this key is not for broadcast in this channel");
                }
                return publish(channel, publication, options);
            }));
        }
        return all(responses).thenApply(texts -> "{\"responses\":[" + String.join(",", texts) + "]}");
    }

    private CompletionStage<String> subscribe(ApiCall call, Rights rights) {
        SubscribeGrant grant =
                new SubscribeGrant(call.json("info"), call.json("data"), ttl(call), null, call.override());
        return done(backend.subscribe(call.recipients(), call.channel(), grant, call.position("recover_since")));
    }

    private CompletionStage<String> unsubscribe(ApiCall call, Rights rights) {
        return done(backend.unsubscribe(call.recipients(), call.channel(), Unsubscribe.SERVER));
    }

    private CompletionStage<String> disconnect(ApiCall call, Rights rights) {
        ClientSelector recipients = call.recipients();
        return done(backend.disconnect(recipients, Set.copyOf(call.texts("whitelist")), call.disconnect()));
    }

    private CompletionStage<String> refresh(ApiCall call, Rights rights) {
        ClientSelector recipients = call.recipients();
        return done(
                call.flag("expired")
                        ? backend.disconnect(recipients, Set.of(), Disconnect.EXPIRED)
                        : backend.refresh(recipients, ttl(call), call.isSet("info") ? call.json("info") : null));
    }

    private CompletionStage<String> presence(ApiCall call, Rights rights) {
        return backend.presence(call.channel()).thenApply(ApiResults::presence);
    }

    private CompletionStage<String> presenceStats(ApiCall call, Rights rights) {
        return backend.presenceStats(call.channel()).thenApply(ApiResults::presenceStats);
    }

    private CompletionStage<String> history(ApiCall call, Rights rights) {
        long asked = call.number("limit", -1, Integer.MAX_VALUE);
        int limit = asked < 0 ? MAX_PUBLICATIONS : (int) Math.min(asked, MAX_PUBLICATIONS);
        Order order = call.flag("reverse") ? Order.NEWEST_FIRST : Order.OLDEST_FIRST;
        return backend.history(call.channel(), new HistoryQuery(call.position("since"), limit, order))
                .thenApply(ApiResults::page);
    }

    private CompletionStage<String> removeHistory(ApiCall call, Rights rights) {
        return done(backend.removeHistory(call.channel()));
    }

    private CompletionStage<String> channels(ApiCall call, Rights rights) {
        String given = call.name("pattern");
        ChannelPattern pattern = given.isEmpty() ? ChannelPattern.ALL : ApiCall.pattern(given);
        return backend.channels(pattern).thenApply(found -> ApiResults.channels(new TreeMap<>(found)));
    }

    private CompletionStage<String> info(ApiCall call, Rights rights) {
        return CompletableFuture.completedFuture(ApiResults.info(nodes.get()));
    }

    private CompletionStage<String> explain(ApiCall call, Rights rights) {
        return backend.explain(call.name("user"), call.channel(), call.text("token"))
                .thenApply(Explanation::json);
    }

    private CompletionStage<String> block(ApiCall call, Rights rights) {
        return done(backend.block(call.required("user"), until(call, Instant.MAX)));
    }

    private CompletionStage<String> unblock(ApiCall call, Rights rights) {
        return done(backend.unblock(call.required("user")));
    }

    private CompletionStage<String> revoke(ApiCall call, Rights rights) {
        if (call.isSet("token") == call.isSet("user")) {
            throw ApiCall.badRequest("either token, which is its jti, or user and issued_before is needed");
        }
        Instant until = until(call, clock.instant().plus(tokenLife));
        if (call.isSet("token") && !call.isSet("issued_before")) {
            return done(backend.revoke(call.required("token"), until));
        } else if (call.isSet("user") && call.isSet("issued_before")) {
            Instant before = Instant.ofEpochSecond(call.number("issued_before", 1, FOREVER));
            return done(backend.revokeIssuedBefore(call.required("user"), before, until));
        } else {
            throw ApiCall.badRequest("issued_before belongs to user");
        }
    }

    private Instant until(ApiCall call, Instant absent) {
        long ttl = ttl(call);
        return ttl == 0 ? absent : clock.instant().plusSeconds(ttl);
    }

    /** Returns the seconds until {@code expire_at}, 0 if it is absent. */
    private long ttl(ApiCall call) {
        long at = call.number("expire_at", 0, FOREVER);
        if (at == 0) {
            return 0;
        }
        long ttl = at - clock.instant().getEpochSecond();
        if (ttl <= 0) {
            throw ApiCall.badRequest("expire_at is in the past; it is in seconds since 1970");
        }
        return ttl;
    }

    private static CompletionStage<String> done(CompletionStage<?> stage) {
        return stage.thenApply(done -> ApiResults.EMPTY);
    }
}
