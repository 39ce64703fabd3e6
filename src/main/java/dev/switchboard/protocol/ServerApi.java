package dev.switchboard.protocol;

import dev.switchboard.hub.Backend;
import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Grant;
import dev.switchboard.hub.History;
import dev.switchboard.hub.HistoryQuery;
import dev.switchboard.hub.HistoryQuery.Order;
import dev.switchboard.hub.Position;
import dev.switchboard.hub.Publication;
import dev.switchboard.hub.Recipients;
import dev.switchboard.hub.Unsubscribe;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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

    /** Of one page of a history, in bytes of data; more is got with another one. */
    private static final int MAX_PAGE = 1 << 20;

    private static final int MIN_DISCONNECT = 3_000;
    private static final int MAX_DISCONNECT = 4_999;

    /** Beyond this many seconds no {@link Instant} goes, nor anybody's plan. */
    private static final long FOREVER = 100_000_000_000L;

    private static final String DONE = "{}";

    enum Method {
        PUBLISH(ServerApi::publish, "channel", "data", "b64data", "tags", "idempotency_key", "sender"),
        BROADCAST(ServerApi::broadcast, "channels", "data", "b64data", "tags", "idempotency_key", "sender"),
        SUBSCRIBE(ServerApi::subscribe, "channel", "user", "client", "info", "data", "expire_at"),
        UNSUBSCRIBE(ServerApi::unsubscribe, "channel", "user", "client"),
        DISCONNECT(ServerApi::disconnect, "user", "client", "disconnect"),
        REFRESH(ServerApi::refresh, "user", "client", "expired", "expire_at"),
        PRESENCE(ServerApi::presence, "channel"),
        PRESENCE_STATS(ServerApi::presenceStats, "channel"),
        HISTORY(ServerApi::history, "channel", "limit", "since", "reverse"),
        HISTORY_REMOVE(ServerApi::removeHistory, "channel"),
        CHANNELS(ServerApi::channels, "pattern"),
        INFO(ServerApi::info),
        BLOCK(ServerApi::block, "user", "expire_at"),
        UNBLOCK(ServerApi::unblock, "user"),
        REVOKE(ServerApi::revoke, "token", "user", "issued_before", "expire_at");

        /** The result, a JSON object. */
        private interface Verb {
            CompletionStage<String> run(ServerApi api, ApiCall call, Rights rights);
        }

        final String word = name().toLowerCase(Locale.ROOT);
        private final Verb verb;
        final Set<String> members;

        Method(Verb verb, String... members) {
            this.verb = verb;
            this.members = Set.of(members);
        }

        boolean isAboutOneChannel() {
            return members.contains("channel");
        }
    }

    private static final Map<String, Method> METHODS = Arrays.stream(Method.values())
            .collect(Collectors.toUnmodifiableMap(method -> method.word, method -> method));

    private final Backend backend;
    private final Supplier<NodeInfo> node;
    private final InstantSource clock;
    private final Duration tokenLife;
    private final int messageBytes;

    /** {@code tokenLife} is how long a token may be of use at most, {@code messageBytes} how large a publication may be. */
    public ServerApi(
            Backend backend, Supplier<NodeInfo> node, InstantSource clock, Duration tokenLife, int messageBytes) {
        this.backend = backend;
        this.node = node;
        this.clock = clock;
        this.tokenLife = tokenLife;
        this.messageBytes = messageBytes;
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

    /** An answer that nothing was done. */
    private static String refusal(ClientError error) {
        StringBuilder json = new StringBuilder("{");
        JsonFraming.name(json, "error").append('{');
        JsonFraming.number(json, "code", error.code());
        JsonFraming.string(json, "message", error.text());
        return json.append("}}").toString();
    }

    private record Command(String method, ApiCall call) {}

    private CompletionStage<String> batch(JsonScanner json, Rights rights) {
        List<List<Command>> commands = new ArrayList<>();
        boolean[] parallel = {false};
        json.members(name -> {
            switch (name) {
                case "commands" -> json.elements(() -> commands.add(commands(json)));
                case "parallel" -> parallel[0] = json.bool();
                default -> throw Disconnect.badRequest("a batch has commands and parallel");
            }
        });
        json.end();
        if (commands.size() > MAX_COMMANDS) {
            throw Disconnect.badRequest("a batch has up to " + MAX_COMMANDS + " commands");
        }
        CompletionStage<?> last = CompletableFuture.completedFuture(DONE);
        List<CompletionStage<String>> replies = new ArrayList<>();
        for (List<Command> command : commands) {
            CompletionStage<String> reply =
                    parallel[0] ? reply(command, rights) : last.thenCompose(before -> reply(command, rights));
            replies.add(reply);
            last = reply;
        }
        return all(replies).thenApply(texts -> "{\"replies\":[" + String.join(",", texts) + "]}");
    }

    /** Those of one element, which is to have one. */
    private static List<Command> commands(JsonScanner json) {
        List<Command> commands = new ArrayList<>();
        json.members(method -> commands.add(new Command(method, ApiCall.read(json))));
        return commands;
    }

    private CompletionStage<String> reply(List<Command> commands, Rights rights) {
        if (commands.size() != 1) {
            return CompletableFuture.completedFuture(error(ApiCall.bad("a command has the name of one method")));
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
        return answer(word, () -> {
            Method method = METHODS.get(name);
            if (method == null) {
                throw ApiCall.bad("there is no such method");
            }
            call.demand(method.members);
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

    /** What comes of it, or why not. */
    private static CompletionStage<String> answer(String word, Supplier<CompletionStage<String>> verb) {
        CompletionStage<String> result;
        try {
            result = verb.get();
        } catch (RuntimeException refused) {
            result = CompletableFuture.failedFuture(refused);
        }
        return result.thenApply(json -> "{\"" + word + "\":" + json + "}").exceptionally(ServerApi::error);
    }

    private static String error(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        ClientError error = cause instanceof ClientError refused ? explained(refused) : ClientError.INTERNAL;
        return refusal(error);
    }

    private static ClientError explained(ClientError error) {
        if (error == ClientError.UNKNOWN_CHANNEL) {
            return error.because("no channel rule names its namespace");
        }
        return error == ClientError.NOT_AVAILABLE ? error.because("the channel rule does not keep it") : error;
    }

    // The methods.

    private CompletionStage<String> publish(ApiCall call, Rights rights) {
        return publish(call.channel(), call.publication(messageBytes), call.name("idempotency_key"));
    }

    private CompletionStage<String> publish(String channel, Publication publication, String key) {
        CompletionStage<@Nullable Position> place =
                key.isEmpty() ? backend.publish(channel, publication) : backend.publishOnce(key, channel, publication);
        return place.thenApply(at -> at == null ? DONE : result(json -> position(json, at)));
    }

    private CompletionStage<String> broadcast(ApiCall call, Rights rights) {
        Publication publication = call.publication(messageBytes);
        String key = call.name("idempotency_key");
        List<String> channels = call.texts("channels");
        if (channels.isEmpty() || channels.size() > MAX_COMMANDS) {
            throw ApiCall.bad("channels has 1 to " + MAX_COMMANDS + " names");
        }
        List<CompletionStage<String>> responses = new ArrayList<>();
        for (String channel : channels) {
            responses.add(answer("result", () -> {
                ApiCall.channel(channel);
                if (!rights.allow(Method.BROADCAST.word, channel)) {
                    throw ClientError.PERMISSION_DENIED.because("this key is not for broadcast in this channel");
                }
                return publish(channel, publication, key);
            }));
        }
        return all(responses).thenApply(texts -> "{\"responses\":[" + String.join(",", texts) + "]}");
    }

    private CompletionStage<String> subscribe(ApiCall call, Rights rights) {
        Grant grant = new Grant(call.json("info"), call.json("data"), ttl(call));
        return done(backend.subscribe(call.recipients(), call.channel(), grant));
    }

    private CompletionStage<String> unsubscribe(ApiCall call, Rights rights) {
        return done(backend.unsubscribe(call.recipients(), call.channel(), Unsubscribe.SERVER));
    }

    private CompletionStage<String> disconnect(ApiCall call, Rights rights) {
        Recipients who = call.recipients();
        ApiCall given = call.object("disconnect");
        backend.disconnect(who, given == null ? Disconnect.FORCED : disconnect(given));
        return done();
    }

    private static Disconnect disconnect(ApiCall given) {
        given.demand(Set.of("code", "reason"));
        if (!given.has("code")) {
            throw ApiCall.bad("the code of the disconnect is missing");
        }
        int code = (int) given.number("code", MIN_DISCONNECT, MAX_DISCONNECT);
        try {
            return new Disconnect(code, given.text("reason"));
        } catch (IllegalArgumentException wrong) {
            throw ApiCall.bad("a reason of a disconnect has 1 to 123 bytes");
        }
    }

    private CompletionStage<String> refresh(ApiCall call, Rights rights) {
        Recipients who = call.recipients();
        long ttl = ttl(call);
        if (call.flag("expired")) {
            backend.disconnect(who, Disconnect.EXPIRED);
        } else {
            backend.refresh(who, ttl);
        }
        return done();
    }

    private CompletionStage<String> presence(ApiCall call, Rights rights) {
        return backend.presence(call.channel())
                .thenApply(present -> result(json -> {
                    JsonFraming.name(json, "presence").append('{');
                    present.forEach((client, info) -> {
                        JsonFraming.comma(json);
                        JsonText.quote(client, json);
                        JsonFraming.info(json.append(':'), info);
                    });
                    json.append('}');
                }));
    }

    private CompletionStage<String> presenceStats(ApiCall call, Rights rights) {
        return backend.presenceStats(call.channel())
                .thenApply(stats -> result(json -> {
                    JsonFraming.number(json, "num_clients", stats.clients());
                    JsonFraming.number(json, "num_users", stats.users());
                }));
    }

    private CompletionStage<String> history(ApiCall call, Rights rights) {
        long asked = call.number("limit", -1, Integer.MAX_VALUE);
        int limit = asked < 0 ? MAX_PUBLICATIONS : (int) Math.min(asked, MAX_PUBLICATIONS);
        Order order = call.flag("reverse") ? Order.NEWEST_FIRST : Order.OLDEST_FIRST;
        return backend.history(call.channel(), new HistoryQuery(call.since(), limit, order))
                .thenApply(page -> result(json -> page(json, page)));
    }

    private static void page(StringBuilder json, History page) {
        JsonFraming.name(json, "publications").append('[');
        int bytes = 0;
        for (Publication publication : page.publications()) {
            bytes += publication.size();
            if (bytes > MAX_PAGE) {
                break;
            }
            JsonFraming.comma(json);
            publication(json, publication);
        }
        json.append(']');
        position(json, page.top());
    }

    private static void publication(StringBuilder json, Publication publication) {
        json.append('{');
        String data = JsonText.of(publication.data());
        if (data != null) {
            JsonFraming.raw(json, "data", data);
        } else if (publication.data().frame() instanceof Frame.Binary binary) {
            JsonFraming.string(json, "b64data", base64(binary.bytes()));
        }
        JsonFraming.beside(json, publication);
        json.append('}');
    }

    private static String base64(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return Base64.getEncoder().encodeToString(copy);
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
        return done(json -> {
            JsonFraming.name(json, "channels").append('{');
            found.forEach((channel, clients) -> {
                JsonFraming.comma(json);
                JsonText.quote(channel, json);
                JsonFraming.number(json.append(":{"), "num_clients", clients);
                json.append('}');
            });
            json.append('}');
        });
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
        NodeInfo info = node.get();
        return done(json -> {
            JsonFraming.name(json, "nodes").append("[{");
            JsonFraming.string(json, "uid", info.uid());
            JsonFraming.string(json, "name", info.name());
            JsonFraming.string(json, "version", Framing.VERSION);
            JsonFraming.number(json, "num_clients", info.clients());
            JsonFraming.number(json, "num_users", info.users());
            JsonFraming.number(json, "num_channels", info.channels());
            JsonFraming.number(json, "uptime", info.uptime().toSeconds());
            json.append("}]");
        });
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
        if (call.has("token") == call.has("user")) {
            throw ApiCall.bad("either token, which is its jti, or user and issued_before is needed");
        }
        Instant until = until(call, clock.instant().plus(tokenLife));
        if (call.has("token") && !call.has("issued_before")) {
            backend.revoke(call.required("token"), until);
        } else if (call.has("user") && call.has("issued_before")) {
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
        return stage.thenApply(done -> DONE);
    }

    private static CompletionStage<String> done() {
        return CompletableFuture.completedFuture(DONE);
    }

    private static CompletionStage<String> done(Consumer<StringBuilder> writer) {
        return CompletableFuture.completedFuture(result(writer));
    }

    private static String result(Consumer<StringBuilder> members) {
        StringBuilder json = new StringBuilder("{");
        members.accept(json);
        return json.append('}').toString();
    }

    private static void position(StringBuilder json, Position position) {
        JsonFraming.offset(json, position.offset());
        JsonFraming.string(json, "epoch", position.epoch());
    }
}
