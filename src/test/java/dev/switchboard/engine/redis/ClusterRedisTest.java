package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.awaitReady;
import static dev.switchboard.engine.redis.Calls.bytes;
import static dev.switchboard.engine.redis.Calls.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A cluster of three masters, and what happens when its slots move. */
class ClusterRedisTest {

    private final RedisCluster cluster = RedisCluster.started(1);
    private final Inbox inbox = new Inbox();
    private final Redis redis = Redis.open(RedisUrl.list(cluster.url()), settings(), inbox);

    @AfterEach
    void stop() {
        redis.close();
        cluster.close();
    }

    private String key(String channel) {
        return "test:{" + redis.place(channel).tag() + "}" + channel;
    }

    private CompletionStage<@Nullable Object> append(String channel, String value) {
        return redis.place(channel).link().run(Calls.SHARD_APPEND, List.of(bytes(key(channel))), List.of(bytes(value)));
    }

    private CompletionStage<?> subscribe(String channel) {
        return redis.place(channel).link().subscribe(bytes(key(channel)));
    }

    /** Publishes until the channel works again, and waits until its last message is heard. */
    private void assertWorks(String channel, String value) {
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> Calls.of(append(channel, value)) != null);
        await().untilAsserted(() -> assertThat(inbox.messages()).contains(key(channel) + ": " + value));
    }

    @Test
    void channels_live_on_all_masters_and_survive_a_moved_slot_and_a_failover() {
        awaitReady(redis);
        List<String> channels =
                IntStream.range(0, 200).mapToObj(i -> "channel " + i).toList();
        channels.stream().map(this::subscribe).toList().forEach(Calls::of);

        channels.stream().map(channel -> append(channel, "first")).toList().forEach(Calls::of);

        await().untilAsserted(() -> assertThat(inbox.messages())
                .containsExactlyInAnyOrderElementsOf(channels.stream()
                        .map(channel -> key(channel) + ": first")
                        .toList()));
        assertThat(channels.stream().map(channel -> redis.place(channel).sharded()))
                .containsOnly(true);
        Set<Long> sizes = new TreeSet<>();
        IntStream.range(0, 3)
                .forEach(i -> sizes.add(Long.valueOf(cluster.master(i).ask("DBSIZE"))));
        assertThat(sizes).allMatch(size -> size > 30);

        // A slot moves.
        String moved = channels.get(7);
        RedisServer from = cluster.ownerOf(key(moved));
        RedisServer to = from == cluster.master(1) ? cluster.master(2) : cluster.master(1);
        cluster.move(key(moved), from, to);
        assertWorks(moved, "second");
        assertThat(to.ask("LRANGE", key(moved), "0", "-1")).isEqualTo("first\nsecond");

        // Without a publication, the subscription moves as well.
        String quiet = channels.stream()
                .filter(channel ->
                        redis.place(channel).link() != redis.place(moved).link())
                .findFirst()
                .orElseThrow();
        from = cluster.ownerOf(key(quiet));
        RedisServer next = from == cluster.master(1) ? cluster.master(2) : cluster.master(1);
        cluster.move(key(quiet), from, next);
        await().until(() -> next.ask("PUBSUB", "SHARDCHANNELS", key(quiet)).equals(key(quiet)));
        awaitReady(redis);

        // A master dies.
        String orphan = channels.stream()
                .filter(channel -> cluster.ownerOf(key(channel)) == cluster.master(0))
                .findFirst()
                .orElseThrow();
        cluster.master(0).kill();
        assertWorks(orphan, "third");
        awaitReady(redis);
        channels.stream().map(channel -> append(channel, "last")).toList().forEach(Calls::of);
        await().untilAsserted(() -> assertThat(inbox.messages())
                .containsAll(channels.stream()
                        .map(channel -> key(channel) + ": last")
                        .toList()));
    }
}
