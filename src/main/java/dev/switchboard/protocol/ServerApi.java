package dev.switchboard.protocol;

import dev.switchboard.hub.Backend;
import dev.switchboard.hub.Backend.Manner;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Grant;
import dev.switchboard.hub.HistoryQuery;
import dev.switchboard.hub.HistoryQuery.Order;
import dev.switchboard.hub.Publication;
import dev.switchboard.hub.Recipients;
import dev.switchboard.hub.Unsubscribe;
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
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the application behind the relay asks of it over HTTP: reads a call, does it and answers, both in JSON (protocol section 18).
 *
 * <p>Any thread; nothing blocks.
 */
public final class ServerApi {

    /** What a caller may do. */
    public interface Rights {

        /** {@code channel} is null for what is not about one. */
        boolean allow(String method, @Nullable String channel);
    }

    /**
     * What one node says of itself.
     *
     * @param uid another one after each start
     */
    public record NodeInfo(String uid, String name, int clients, int users, int channels, Duration uptime) {}

    /** The method that is several. */
    private static final String BATCH = "batch";

    /** Of a batch, and channels of a broadcast. */
    private static final int MAX_COMMANDS = 1_000;

    private static final int MAX_PUBLICATIONS = 1_000;

    private static final int MIN_DISCONNECT = 3_000;
    private static final int MAX_DISCONNECT = 4_999;

    /** Beyond this many seconds no {@link Instant} goes, nor anybody's plan. */
    private static final long FOREVER = 100_000_000_000L;

    /** The reason of a close frame if the application gives none. */
    private static final String NO_REASON = "disconnected by the application";

    enum Method {
        PUBLISH(
                ServerApi::publish,
                Set.of("channel", "data", "b64data", "skip_history", "tags", "idempotency_key", "delta", "sender"),
                Set.of("version", "version_epoch")),
        BROADCAST(
                ServerApi::broadcast,
                Set.of("channels", "data", "b64data", "skip_history", "tags", "idempotency_key", "delta", "sender"),
                Set.of("version", "version_epoch")),
        SUBSCRIBE(
                ServerApi::subscribe,
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
                        "recover_since"),
                unserved("override")),
        UNSUBSCRIBE(ServerApi::unsubscribe, Set.of("channel", "user", "client", "session"), unserved()),
        DISCONNECT(ServerApi::disconnect, Set.of("user", "client", "session", "whitelist", "disconnect"), unserved()),
        REFRESH(ServerApi::refresh, Set.of("user", "client", "session", "expired", "expire_at"), unserved("info")),
        PRESENCE(ServerApi::presence, Set.of("channel")),
        PRESENCE_STATS(ServerApi::presenceStats, Set.of("channel")),
        HISTORY(ServerApi::history, Set.of("channel", "limit", "since", "reverse")),
        HISTORY_REMOVE(ServerApi::removeHistory, Set.of("channel")),
        CHANNELS(ServerApi::channels, Set.of("pattern")),
        INFO(ServerApi::info, Set.of()),
        BLOCK(ServerApi::block, Set.of("user", "expire_at")),
        UNBLOCK(ServerApi::unblock, Set.of("user")),
        REVOKE(ServerApi::revoke, Set.of("token", "user", "issued_before", "expire_at"));

        /** The result, a JSON object. */
        private interface Verb {
            CompletionStage<String> run(ServerApi api, ApiCall call, Rights rights);
        }

        final String word = name().toLowerCase(Locale.ROOT);
        private final Verb verb;
        final Set<String> honoured;

        /**
         * Members of Centrifugo's API that are not served. A call may have them at their defaults
         * alone.
         */
        final Set<String> ignored;

        Method(Verb verb, Set<String> honoured) {
            this(verb, honoured, Set.of());
        }

        Method(Verb verb, Set<String> honoured, Set<String> ignored) {
            this.verb = verb;
            this.honoured = honoured;
            this.ignored = ignored;
        }

        /** Returns these members, and those that Centrifugo's paid edition alone serves. */
        private static Set<String> unserved(String... members) {
            return Stream.concat(Stream.of("label_filter", "all_users"), Stream.of(members))
                    .collect(Collectors.toUnmodifiableSet());
        }

        boolean isAboutOneChannel() {
            return honoured.contains("channel");
        }
    }

    private static final Map<String, Method> METHODS = Arrays.stream(Method.values())
            .collect(Collectors.toUnmodifiableMap(method -> method.word, method -> method));

    private final Backend backend;
    private final Supplier<NodeInfo> node;
    private final InstantSource clock;
    private final Duration tokenLife;
    private final int messageBytes;
    private final ApiLog log;

    /**
     * Takes the longest life of a token, the maximum bytes of a publication, and in {@code journal} the
     * thread that writes the log.
     */
    public ServerApi(
            Backend backend,
            Supplier<NodeInfo> node,
            InstantSource clock,
            Duration tokenLife,
            int messageBytes,
            Executor journal) {
        this.backend = backend;
        this.node = node;
        this.clock = clock;
        this.tokenLife = tokenLife;
        this.messageBytes = messageBytes;
        this.log = new ApiLog(journal);
    }

    /** What there is to call, but for {@code batch}. */
    public static Set<String> methods() {
        return METHODS.keySet();
    }

    public static boolean knows(String method) {
        return METHODS.containsKey(method) || method.equals(BATCH);
    }

    /**
     * The answer to a method that is known, which may be that it was refused; the stage does not fail.
     *
     * @throws Disconnect if the text is malformed; nothing was done
     */
    public CompletionStage<String> call(String method, String json, Rights rights) {
        JsonScanner scanner = new JsonScanner(json);
        if (method.equals(BATCH)) {
            return batch(scanner, rights);
        }
        ApiCall call = ApiCall.read(scanner);
        scanner.end();
        return answer("result", method, call, rights);
    }

    private record Command(String method, ApiCall call) {}

    private CompletionStage<String> batch(JsonScanner json, Rights rights) {
        List<List<Command>> commands = new ArrayList<>();
        boolean[] parallel = {false};
        json.members(name -> {
            switch (name) {
                case "commands" -> {
                    if (!json.takeNull()) {
                        json.elements(() -> commands.add(commands(json)));
                    }
                }
                case "parallel" -> parallel[0] = !json.takeNull() && json.bool();
                default -> throw Disconnect.badRequest("a batch has commands and parallel");
            }
        });
        json.end();
        if (commands.size() > MAX_COMMANDS) {
            throw Disconnect.badRequest("a batch has up to " + MAX_COMMANDS + " commands");
        }
        CompletionStage<?> last = done();
        List<CompletionStage<String>> replies = new ArrayList<>();
        for (List<Command> command : commands) {
            CompletionStage<String> reply =
                    parallel[0] ? reply(command, rights) : last.thenCompose(before -> reply(command, rights));
            replies.add(reply);
            last = reply;
        }
        return all(replies).thenApply(texts -> "{\"replies\":[" + String.join(",", texts) + "]}");
    }

    /** Reads the commands of one element, without those that are null; there should be one. */
    private static List<Command> commands(JsonScanner json) {
        List<Command> commands = new ArrayList<>();
        json.members(method -> {
            if (!json.takeNull()) {
                commands.add(new Command(method, ApiCall.read(json)));
            }
        });
        return commands;
    }

    private CompletionStage<String> reply(List<Command> commands, Rights rights) {
        if (commands.size() != 1) {
            return answer("", BATCH, "", () -> {
                throw ApiCall.bad("a command has the name of one method");
            });
        }
        Command command = commands.get(0);
        return answer(command.method, command.method, command.call, rights);
    }

    private static CompletionStage<List<String>> all(List<CompletionStage<String>> stages) {
        CompletableFuture<?>[] futures =
                stages.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(futures)
                .thenApply(done -> stages.stream()
                        .map(stage -> stage.toCompletableFuture().join())
                        .toList());
    }

    private CompletionStage<String> answer(String word, String name, ApiCall call, Rights rights) {
        return answer(word, name, call.channelForLog(), () -> {
            Method method = METHODS.get(name);
            if (method == null) {
                throw ClientError.NOT_FOUND.because("there is no such method");
            }
            call.demand(method.honoured, method.ignored);
            demand(rights, method, method.isAboutOneChannel() ? call.channel() : null);
            return method.verb.run(this, call, rights);
        });
    }

    private static void demand(Rights rights, Method method, @Nullable String channel) {
        if (method != Method.BROADCAST && !rights.allow(method.word, channel)) {
            throw ClientError.PERMISSION_DENIED.because(
                    "this key is not for " + method.word + (channel == null ? "" : " in this channel"));
        }
    }

    /** Returns the result as an answer, or the error; the name and the channel are for the log. */
    private CompletionStage<String> answer(
            String word, String name, String channel, Supplier<CompletionStage<String>> verb) {
        CompletionStage<String> result;
        try {
            result = verb.get();
        } catch (RuntimeException refused) {
            result = CompletableFuture.failedFuture(refused);
        }
        return result.thenApply(json -> "{\"" + word + "\":" + json + "}").exceptionally(failure -> {
            ClientError error =
                    Client.cause(failure) instanceof ClientError refused ? explained(refused) : ClientError.INTERNAL;
            log.refused(name, channel, error);
            return ApiResults.refusal(error);
        });
    }

    private static ClientError explained(ClientError error) {
        if (error == ClientError.UNKNOWN_CHANNEL) {
            return error.because("no channel rule names its namespace");
        }
        return error == ClientError.NOT_AVAILABLE ? error.because("the channel rule does not keep it") : error;
    }

    // The methods.

    private CompletionStage<String> publish(ApiCall call, Rights rights) {
        return publish(call.channel(), call.publication(messageBytes), manner(call));
    }

    private CompletionStage<String> publish(String channel, Publication publication, Manner how) {
        return backend.publish(channel, publication, how).thenApply(ApiResults::place);
    }

    /**
     * Reads how to publish. Nothing depends on {@code delta}: it says how data may travel, not what
     * arrives.
     */
    private static Manner manner(ApiCall call) {
        call.flag("delta");
        return new Manner(call.name("idempotency_key"), call.flag("skip_history"));
    }

    private CompletionStage<String> broadcast(ApiCall call, Rights rights) {
        Publication publication = call.publication(messageBytes);
        Manner how = manner(call);
        List<String> channels = call.texts("channels");
        if (channels.isEmpty() || channels.size() > MAX_COMMANDS) {
            throw ApiCall.bad("channels has 1 to " + MAX_COMMANDS + " names");
        }
        List<CompletionStage<String>> responses = new ArrayList<>();
        for (String channel : channels) {
            responses.add(answer("result", Method.BROADCAST.word, channel, () -> {
                ApiCall.channel(channel);
                if (!rights.allow(Method.BROADCAST.word, channel)) {
                    throw ClientError.PERMISSION_DENIED.because("this key is not for broadcast in this channel");
                }
                return publish(channel, publication, how);
            }));
        }
        return all(responses).thenApply(texts -> "{\"responses\":[" + String.join(",", texts) + "]}");
    }

    private CompletionStage<String> subscribe(ApiCall call, Rights rights) {
        Grant grant = new Grant(call.json("info"), call.json("data"), ttl(call));
        return done(backend.subscribe(call.recipients(), call.channel(), grant, call.position("recover_since")));
    }

    private CompletionStage<String> unsubscribe(ApiCall call, Rights rights) {
        return done(backend.unsubscribe(call.recipients(), call.channel(), Unsubscribe.SERVER));
    }

    private CompletionStage<String> disconnect(ApiCall call, Rights rights) {
        Recipients who = call.recipients();
        ApiCall given = call.object("disconnect");
        backend.disconnect(
                who, Set.copyOf(call.texts("whitelist")), given == null ? Disconnect.FORCED : disconnect(given));
        return done();
    }

    private static Disconnect disconnect(ApiCall given) {
        given.demand(Set.of("code", "reason"), Set.of());
        String reason = given.text("reason");
        if (!given.isSet("code")) {
            if (!reason.isEmpty()) {
                throw ApiCall.bad("the code of the disconnect is missing");
            }
            return Disconnect.FORCED;
        }
        int code = (int) given.number("code", MIN_DISCONNECT, MAX_DISCONNECT);
        try {
            return new Disconnect(code, reason.isEmpty() ? NO_REASON : reason);
        } catch (IllegalArgumentException wrong) {
            throw ApiCall.bad("a reason of a disconnect has up to 123 bytes, not all of them spaces");
        }
    }

    private CompletionStage<String> refresh(ApiCall call, Rights rights) {
        Recipients who = call.recipients();
        if (call.flag("expired")) {
            backend.disconnect(who, Set.of(), Disconnect.EXPIRED);
        } else {
            backend.refresh(who, ttl(call));
        }
        return done();
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
        String pattern = given.isEmpty() ? "*" : given;
        Map<String, Integer> found = new TreeMap<>();
        backend.channels().forEach((channel, clients) -> {
            if (matches(pattern, channel)) {
                found.put(channel, clients);
            }
        });
        return CompletableFuture.completedFuture(ApiResults.channels(found));
    }

    /** {@code *} stands for any text and {@code ?} for one character; takes no longer than the product of both lengths. */
    static boolean matches(String pattern, String text) {
        int star = -1;
        int resume = 0;
        int p = 0;
        int t = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    private CompletionStage<String> info(ApiCall call, Rights rights) {
        return CompletableFuture.completedFuture(ApiResults.info(node.get()));
    }

    private CompletionStage<String> block(ApiCall call, Rights rights) {
        backend.block(call.required("user"), until(call, Instant.MAX));
        return done();
    }

    private CompletionStage<String> unblock(ApiCall call, Rights rights) {
        backend.unblock(call.required("user"));
        return done();
    }

    private CompletionStage<String> revoke(ApiCall call, Rights rights) {
        if (call.isSet("token") == call.isSet("user")) {
            throw ApiCall.bad("either token, which is its jti, or user and issued_before is needed");
        }
        Instant until = until(call, clock.instant().plus(tokenLife));
        if (call.isSet("token") && !call.isSet("issued_before")) {
            backend.revoke(call.required("token"), until);
        } else if (call.isSet("user") && call.isSet("issued_before")) {
            Instant before = Instant.ofEpochSecond(call.number("issued_before", 1, FOREVER));
            backend.revokeIssuedBefore(call.required("user"), before, until);
        } else {
            throw ApiCall.bad("issued_before belongs to user");
        }
        return done();
    }

    private Instant until(ApiCall call, Instant absent) {
        long ttl = ttl(call);
        return ttl == 0 ? absent : clock.instant().plusSeconds(ttl);
    }

    /** Seconds until {@code expire_at}; 0 if the call has none. */
    private long ttl(ApiCall call) {
        long at = call.number("expire_at", 0, FOREVER);
        if (at == 0) {
            return 0;
        }
        long ttl = at - clock.instant().getEpochSecond();
        if (ttl <= 0) {
            throw ApiCall.bad("expire_at is in the past; it is in seconds since 1970");
        }
        return ttl;
    }

    private static CompletionStage<String> done(CompletionStage<?> stage) {
        return stage.thenApply(done -> ApiResults.EMPTY);
    }

    private static CompletionStage<String> done() {
        return CompletableFuture.completedFuture(ApiResults.EMPTY);
    }
}
