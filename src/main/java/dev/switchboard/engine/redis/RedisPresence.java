package dev.switchboard.engine.redis;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the clients of this node present in Redis, where they expire 60 s after the last refresh.
 *
 * <p>It remembers who entered here. Once in a round it compares the number with that in Redis, and
 * repairs what is missing or too much there: after a time in which this node stood still, or Redis
 * came back empty, or the outcome of a call was unknown. Any thread.
 */
final class RedisPresence {

    /** Maximum number of repairs in one channel at a time; a link takes 10,000 requests. */
    private static final int MAX_REPAIRS = 1_000;

    private record Member(ClientInfo info, boolean announced) {}

    private final Redis redis;
    private final PresenceScripts scripts;
    private final Readiness readiness;
    /** Calls for one channel go out while its entry is locked, so that Redis gets them in their order. */
    private final Map<String, Map<String, Member>> own = new ConcurrentHashMap<>();

    private final Rounds<String> rounds;

    /** The channels and ids of clients whose leave another node has announced. */
    private final Set<List<String>> gone = ConcurrentHashMap.newKeySet();

    /** Refreshes each channel once in so many calls of {@link #tick}. */
    RedisPresence(Redis redis, PresenceScripts scripts, Readiness readiness, int ticks) {
        this.redis = redis;
        this.scripts = scripts;
        this.readiness = readiness;
        this.rounds = new Rounds<>(ticks);
    }

    /** Holds what a call that went out under a lock returned. */
    private static final class Sent {
        CompletionStage<?> stage = CompletableFuture.completedStage(null);

        @Nullable
        Member before;

        @Nullable
        Member after;
    }

    private CompletionStage<?> refused() {
        return CompletableFuture.failedStage(ClientError.INTERNAL);
    }

    CompletionStage<?> enter(String channel, ClientInfo client) {
        Place place = redis.place(channel);
        if (!readiness.allows(place.link())) {
            return refused();
        }
        gone.remove(List.of(channel, client.client()));
        Sent sent = new Sent();
        own.compute(channel, (name, existing) -> {
            Map<String, Member> members = existing == null ? new HashMap<>() : existing;
            sent.before = members.get(client.client());
            sent.after = new Member(client, sent.before != null && sent.before.announced);
            members.put(client.client(), sent.after);
            sent.stage = scripts.enter(place, channel, client, sent.after.announced);
            rounds.add(channel);
            return members;
        });
        return sent.stage.whenComplete((done, failure) -> {
            if (failure != null && Failure.cause(failure) instanceof ClientError) {
                undo(channel, client.client(), sent);
            }
        });
    }

    /** Remembers again what was before, unless another call came meanwhile. */
    private void undo(String channel, String client, Sent sent) {
        own.computeIfPresent(channel, (name, members) -> {
            if (members.get(client) == sent.after) {
                members.remove(client);
                if (sent.before != null) {
                    members.put(client, sent.before);
                }
            }
            return orGone(name, members);
        });
    }

    private @Nullable Map<String, Member> orGone(String channel, Map<String, Member> members) {
        if (members.isEmpty()) {
            rounds.remove(channel);
            return null;
        }
        return members;
    }

    /** If this fails, the client is no longer refreshed, or removed by the next refresh. */
    CompletionStage<?> exit(String channel, String client) {
        Place place = redis.place(channel);
        Sent sent = new Sent();
        own.compute(channel, (name, members) -> {
            Member before = members == null ? null : members.remove(client);
            sent.stage = readiness.allows(place.link()) ? exit(place, channel, client, before) : refused();
            return members == null ? null : orGone(name, members);
        });
        return sent.stage;
    }

    private CompletionStage<?> exit(Place place, String channel, String client, @Nullable Member before) {
        CompletionStage<Boolean> removed = scripts.exit(place, channel, client);
        return before == null || !before.announced
                ? removed
                : removed.whenComplete((here, failure) -> {
                    if (failure == null && !here) {
                        gone.add(List.of(channel, client));
                    }
                });
    }

    CompletionStage<Map<String, ClientInfo>> present(String channel) {
        Place place = redis.place(channel);
        return readiness.showsPresence(place.link())
                ? scripts.present(place, channel)
                : CompletableFuture.failedStage(ClientError.INTERNAL);
    }

    CompletionStage<?> announceJoin(String channel, ClientInfo client) {
        Place place = redis.place(channel);
        gone.remove(List.of(channel, client.client())); // it has come again, so its next leave counts
        own.computeIfPresent(channel, (name, members) -> {
            members.computeIfPresent(client.client(), (id, member) -> new Member(member.info, true));
            return members;
        });
        return readiness.allows(place.link()) ? scripts.announceJoin(place, channel, client) : refused();
    }

    CompletionStage<?> announceLeave(String channel, ClientInfo client) {
        if (gone.remove(List.of(channel, client.client()))) {
            return CompletableFuture.completedStage(null);
        }
        Place place = redis.place(channel);
        return readiness.allows(place.link()) ? scripts.announceLeave(place, channel, client) : refused();
    }

    /** Refreshes all channels of the link soon. */
    void refreshAll(Link link) {
        for (String channel : own.keySet()) {
            if (redis.place(channel).link() == link) {
                rounds.hurry(channel);
            }
        }
    }

    /** Refreshes all channels soon. */
    void refreshAll() {
        own.keySet().forEach(rounds::hurry);
    }

    void tick() {
        rounds.tick().forEach(this::refresh);
    }

    private void refresh(String channel) {
        Place place = redis.place(channel);
        if (!readiness.allows(place.link())) {
            return;
        }
        List<CompletionStage<@Nullable Set<String>>> sent = new ArrayList<>(1);
        own.computeIfPresent(channel, (name, members) -> {
            sent.add(scripts.refresh(place, channel, members.size()));
            return members;
        });
        for (CompletionStage<@Nullable Set<String>> stage : sent) {
            var unused = stage.whenComplete((known, failure) -> {
                if (known != null) {
                    repair(place, channel, known);
                } else if (failure != null && Failure.cause(failure) == ClientError.TOO_MANY_REQUESTS) {
                    rounds.hurry(channel);
                }
            });
        }
    }

    /**
     * Enters the clients that Redis does not know, and removes those that are no longer here: they
     * left while Redis could not be reached. A call that was under way meanwhile is repeated by that,
     * which changes nothing.
     */
    private void repair(Place place, String channel, Set<String> known) {
        own.computeIfPresent(channel, (name, members) -> {
            int repairs = 0;
            for (Member member : members.values()) {
                if (!known.contains(member.info.client()) && repairs++ < MAX_REPAIRS) {
                    CompletionStage<?> unused = scripts.enterAgain(place, channel, member.info, member.announced);
                }
            }
            for (String client : known) {
                if (!members.containsKey(client) && repairs++ < MAX_REPAIRS) {
                    CompletionStage<?> unused = scripts.exitLate(place, channel, client);
                }
            }
            if (repairs > MAX_REPAIRS) {
                rounds.hurry(channel);
            }
            return members;
        });
    }
}
