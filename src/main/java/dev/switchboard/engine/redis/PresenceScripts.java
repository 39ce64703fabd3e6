package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Scripts.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.model.ClientInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Runs the scripts of presence. Any thread; the stages complete as those of {@link Link} do. */
final class PresenceScripts {

    /** How long clients are present after their node has refreshed them. */
    static final Duration LIFE = Duration.ofSeconds(60);

    private static final byte[] LIFE_MILLIS = bytes(LIFE.toMillis());

    private static final Script ENTER = Scripts.script("common", "presence", "enter");
    private static final Script EXIT = Scripts.frugalScript("common", "presence", "exit");
    private static final Script REFRESH = Scripts.frugalScript("common", "presence", "refresh");
    private static final Script PRESENT = Scripts.script("common", "presence", "present");
    private static final Script NEWS = Scripts.frugalScript("news");

    private final Scripts scripts;
    private final Keys keys;
    private final byte[] node;

    /** {@code node} is the unique id of this node; it has no spaces. */
    PresenceScripts(Scripts scripts, String node) {
        this.scripts = scripts;
        this.keys = scripts.keys();
        this.node = bytes(node);
    }

    private List<byte[]> names(Place place, String channel) {
        return List.of(keys.clients(place, channel), keys.nodes(place, channel));
    }

    /** {@code announced} says whether the join of the client was announced. */
    CompletionStage<?> enter(Place place, String channel, ClientInfo client, boolean announced) {
        return enter(place, channel, client, announced, new byte[0]);
    }

    /** Enters a client that was present. If it is not, and its join was announced, announces it again. */
    CompletionStage<?> enterAgain(Place place, String channel, ClientInfo client, boolean announced) {
        return enter(place, channel, client, announced, announced ? Message.joined(client) : new byte[0]);
    }

    private CompletionStage<?> enter(Place place, String channel, ClientInfo client, boolean announced, byte[] join) {
        List<byte[]> arguments = scripts.arguments();
        arguments.add(node);
        arguments.add(bytes(client.client()));
        arguments.add(Message.bytes(client));
        arguments.add(bytes(announced ? "1" : "0"));
        arguments.add(LIFE_MILLIS);
        arguments.add(keys.events(place, channel));
        arguments.add(Scripts.announcing(place));
        arguments.add(join);
        return place.link().run(ENTER, names(place, channel), arguments);
    }

    /**
     * Removes a client. Completes with false if it is gone although other nodes have clients there: one
     * of them has removed it, and announced its leave, while this node stood still.
     */
    CompletionStage<Boolean> exit(Place place, String channel, String client) {
        return exit(place, channel, client, false);
    }

    /** Removes a client that has left, and announces its leave if that is still to be done. */
    CompletionStage<?> exitLate(Place place, String channel, String client) {
        return exit(place, channel, client, true);
    }

    private CompletionStage<Boolean> exit(Place place, String channel, String client, boolean announcing) {
        List<byte[]> arguments = scripts.arguments();
        arguments.add(node);
        arguments.add(bytes(client));
        arguments.add(keys.events(place, channel));
        arguments.add(Scripts.announcing(place));
        arguments.add(bytes(announcing ? "1" : "0"));
        return place.link()
                .run(
                        EXIT,
                        names(place, channel),
                        arguments,
                        reply -> !Long.valueOf(0).equals(reply));
    }

    /**
     * Says that the node has so many clients in the channel, and is alive. Removes the clients of dead
     * nodes. Completes with null if Redis knows as many of them, else with the ids that it knows.
     */
    CompletionStage<@Nullable Set<String>> refresh(Place place, String channel, int clients) {
        List<byte[]> arguments = scripts.arguments();
        arguments.add(node);
        arguments.add(bytes(clients));
        arguments.add(LIFE_MILLIS);
        arguments.add(keys.events(place, channel));
        arguments.add(Scripts.announcing(place));
        return place.link().run(REFRESH, names(place, channel), arguments).thenApply(PresenceScripts::ids);
    }

    private static @Nullable Set<String> ids(@Nullable Object reply) {
        if (!(reply instanceof List<?> list)) {
            return null;
        }
        Set<String> ids = new HashSet<>();
        list.forEach(id -> ids.add(new String((byte[]) id, UTF_8)));
        return ids;
    }

    /** Completes with the clients in the channel, by client id. */
    CompletionStage<Map<String, ClientInfo>> present(Place place, String channel) {
        return place.link()
                .run(PRESENT, names(place, channel), scripts.arguments())
                .thenApply(reply -> {
                    Map<String, ClientInfo> clients = new HashMap<>();
                    for (Object info : (List<?>) Objects.requireNonNull(reply)) {
                        ClientInfo client = Message.client((byte[]) info, 0);
                        clients.put(client.client(), client);
                    }
                    return clients;
                });
    }

    CompletionStage<?> announceJoin(Place place, String channel, ClientInfo client) {
        return announce(place, channel, client, Message.joined(client), "1");
    }

    CompletionStage<?> announceLeave(Place place, String channel, ClientInfo client) {
        return announce(place, channel, client, Message.left(client), "0");
    }

    private CompletionStage<?> announce(Place place, String channel, ClientInfo client, byte[] news, String flag) {
        return place.link()
                .run(
                        NEWS,
                        List.of(keys.clients(place, channel)), // one key, so that the leave follows the join
                        List.of(
                                keys.events(place, channel),
                                Scripts.announcing(place),
                                news,
                                bytes(client.client()),
                                bytes(flag)));
    }
}
