package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.RedisNode.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.EngineContract;
import dev.switchboard.failure.Row;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Position;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests what an engine does when Redis does not do what it should. */
class RedisFaultTest {

    private static final ClientInfo ANN = new ClientInfo("1", "ann", null, null);

    private final RedisServer server = RedisServer.started();
    private final RedisNode node = new RedisNode(server.url()).listening("c");

    @AfterEach
    void stop() {
        node.close();
        server.close();
    }

    private static void assertRefused(CompletionStage<?> stage) {
        assertThatThrownBy(() -> result(stage))
                .cause()
                .isInstanceOfSatisfying(
                        ClientError.class, error -> assertThat(error.code()).isEqualTo(100));
    }

    private CompletionStage<?> publishing(String text) {
        return node.engine.publish("c", EngineContract.publication(text), RedisNode.TEN);
    }

    @Test
    void an_engine_without_redis_refuses_at_once_and_says_why() {
        server.kill();
        await().until(() -> node.engine.fault() != null);
        assertThat(node.engine.fault()).contains("no connection to Redis");
        assertRefused(publishing("1"));
        assertRefused(node.since("c", new Position("", 0)));
        assertRefused(node.engine.enter("c", ANN));
        assertRefused(node.engine.exit("c", "1"));
        assertRefused(node.engine.presence("c"));
        assertRefused(node.engine.announceJoin("c", ANN));
        assertRefused(node.engine.announceLeave("c", ANN));
        assertRefused(node.engine.removeHistory("c"));
        assertRefused(node.engine.publish("d", EngineContract.publication("1"), Retention.NONE));
        assertRefused(node.engine.listen("e"));
        server.start();
        node.ready();
        assertThat(node.publish("c", "2").offset()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(node.heard).contains("c 2 at 1"));
    }

    @Test
    @Row("R2")
    void a_publication_whose_answer_is_lost_is_published_once_when_its_key_comes_again() {
        try (Proxy way = new Proxy(server.port());
                RedisNode cut = new RedisNode("redis://127.0.0.1:" + way.port()).listening()) {
            way.mute(true);
            CompletionStage<?> lost = cut.engine.publishOnce("k", "c", EngineContract.publication("1"), RedisNode.TEN);
            await().until(() -> server.ask("EXISTS", "sb:s:c").equals("1"));
            way.cut();
            assertThatThrownBy(() -> result(lost)).cause().isInstanceOf(IOException.class);
            way.mute(false);
            cut.ready();
            assertThat(cut.publishOnce("k", "c", "1").offset()).isEqualTo(1);
            assertThat(node.texts("c")).containsExactly("1");
            await().untilAsserted(() -> assertThat(node.heard).containsExactly("c 1 at 1"));
        }
    }

    @Test
    @Row("R6")
    void a_black_hole_is_told_within_the_time_limit_and_positions_are_checked_after_it() {
        try (Proxy way = new Proxy(server.port());
                RedisNode cut = new RedisNode("redis://127.0.0.1:" + way.port()).listening("c")) {
            Position first = node.publish("c", "1");
            await().until(() -> cut.heard.contains("c 1 at 1"));
            way.hole(true);
            CompletionStage<?> call = cut.engine.publish("d", EngineContract.publication("1"), RedisNode.TEN);
            AtomicReference<@Nullable String> told = new AtomicReference<>();
            CompletionStage<?> unused = call.whenComplete((done, failure) -> told.set(cut.engine.fault()));
            node.publish("c", "2");
            assertThatThrownBy(() -> result(call)).cause().isInstanceOf(IOException.class);
            await().untilAsserted(() -> assertThat(told.get()).contains("no connection to Redis"));
            assertThat(cut.engine.fault()).contains("no connection to Redis");
            assertRefused(cut.engine.publish("d", EngineContract.publication("1"), RedisNode.TEN));
            way.hole(false);
            cut.ready();
            await().untilAsserted(
                            () -> assertThat(cut.heard).containsExactly("c 1 at 1", "c reached 2 of " + first.epoch()));
        }
    }

    @Test
    @Row("R13")
    void a_stream_without_its_meta_begins_a_new_epoch_and_gives_nothing_old() {
        Position old = node.publish("c", "1");
        server.ask("DEL", "sb:m:c");
        Position next = node.publish("c", "2");
        assertThat(next.offset()).isEqualTo(1);
        assertThat(next.epoch()).isNotEqualTo(old.epoch());
        assertThat(node.texts("c")).containsExactly("2");
        await().untilAsserted(() -> assertThat(node.heard).contains("c reached 1 of " + next.epoch()));
        server.ask("DEL", "sb:m:c");
        assertThat(node.history("c").publications()).isEmpty();
        assertThat(server.ask("EXISTS", "sb:s:c")).isEqualTo("0");
    }

    @Test
    @Row("R13")
    void a_meta_without_its_publications_keeps_its_top() {
        Position top = node.publish("c", "1");
        server.ask("DEL", "sb:s:c");
        assertThat(node.history("c").top()).isEqualTo(top);
        assertThat(node.texts("c")).isEmpty();
        assertThat(node.publish("c", "2")).isEqualTo(new Position(top.epoch(), 2));
        assertThat(Long.parseLong(server.ask("PTTL", "sb:s:c"))).isPositive();
    }

    @Test
    @Row("R14")
    void lost_scripts_are_loaded_again() {
        node.publish("c", "1");
        server.ask("SCRIPT", "FLUSH");
        assertThat(node.publish("c", "2").offset()).isEqualTo(2);
        assertThat(node.texts("c")).containsExactly("1", "2");
    }

    @Test
    @Row("R14")
    void a_full_redis_refuses_and_changes_nothing() {
        node.publish("c", "1");
        server.ask("CONFIG", "SET", "maxmemory", "1");
        assertRefused(publishing("2"));
        assertRefused(node.engine.publishOnce("k", "c", EngineContract.publication("2"), RedisNode.TEN));
        assertThat(node.texts("c")).containsExactly("1");
        node.finishRound();
        await().until(() -> String.valueOf(node.engine.fault()).contains("OOM"));
        server.ask("CONFIG", "SET", "maxmemory", "0");
        node.ready();
        assertThat(node.publishOnce("k", "c", "3").offset()).isEqualTo(2);
    }

    @Test
    @Row("R14")
    void a_redis_without_replicas_refuses_to_write_and_lets_read() {
        node.publish("c", "1");
        server.ask("CONFIG", "SET", "min-replicas-to-write", "1");
        assertRefused(publishing("2"));
        assertThat(node.texts("c")).containsExactly("1");
        server.ask("CONFIG", "SET", "min-replicas-to-write", "0");
        assertThat(node.publish("c", "3").offset()).isEqualTo(2);
    }

    @Test
    @Row("R14")
    void a_presence_that_no_node_can_refresh_is_refused_and_not_empty() {
        AtomicLong skew = new AtomicLong();
        try (RedisNode late = new RedisNode(server.url(), true, skew).listening("c")) {
            result(late.engine.enter("c", ANN));
            server.ask("CONFIG", "SET", "min-replicas-to-write", "1");
            late.thaw(Duration.ofSeconds(10));
            await().until(() -> String.valueOf(late.engine.fault()).contains("NOREPLICAS"));
            assertThat(result(late.engine.presence("c"))).containsOnlyKeys("1");
            late.thaw(Duration.ofSeconds(31));
            await().untilAsserted(() -> assertRefused(late.engine.presence("c")));
            skew.set(61_000);
            server.ask("CONFIG", "SET", "min-replicas-to-write", "0");
            late.thaw(Duration.ofSeconds(1));
            late.ready();
            await().untilAsserted(() -> assertThat(late.engine.presence("c")).succeedsWithin(Duration.ofSeconds(5)));
            assertThat(result(late.engine.presence("c"))).containsOnlyKeys("1");
        }
    }

    @Test
    @Row("R14")
    void a_master_that_became_a_replica_announces_nothing() {
        server.ask("REPLICAOF", "127.0.0.1", "1");
        assertRefused(node.engine.publish("c", EngineContract.publication("1"), Retention.NONE));
        server.ask("REPLICAOF", "NO", "ONE");
        node.ready();
        result(node.engine.publish("c", EngineContract.publication("2"), Retention.NONE));
        await().untilAsserted(() -> assertThat(node.heard).containsExactly("c 2"));
    }

    @Test
    @Row("R14")
    void a_key_of_a_wrong_type_fails_and_is_not_remembered() {
        node.publish("c", "1");
        server.ask("SET", "sb:s:c", "something else");
        assertThatThrownBy(() -> node.publishOnce("k", "c", "2"))
                .cause()
                .isInstanceOf(RedisFault.class)
                .hasMessageContaining("WRONGTYPE");
        server.ask("DEL", "sb:s:c");
        assertThat(node.publishOnce("k", "c", "3").offset()).isEqualTo(2);
        assertThat(node.texts("c")).containsExactly("3");
    }

    private RedisNode as(String user) {
        return new RedisNode(server.url().replace("redis://", "redis://" + user + ":secret@"));
    }

    @Test
    @Row("R14")
    void a_user_who_may_not_publish_is_found_before_the_first_publication() {
        server.ask("ACL", "SETUSER", "dumb", "on", ">secret", "~*", "&*", "+@all", "-publish");
        try (RedisNode dumb = as("dumb")) {
            dumb.engine.start(new EngineContract.Listener());
            await().until(() -> String.valueOf(dumb.engine.fault()).contains("trial"));
            assertRefused(dumb.engine.publish("c", EngineContract.publication("1"), RedisNode.TEN));
            assertThat(server.ask("EXISTS", "sb:s:c")).isEqualTo("0");
            server.ask("ACL", "SETUSER", "dumb", "+publish");
            dumb.ready();
            assertThat(dumb.publish("c", "1").offset()).isEqualTo(1);
        }
    }

    @Test
    void a_redis_that_hides_its_generation_is_refused_unless_the_fence_is_off() {
        server.ask("ACL", "SETUSER", "blind", "on", ">secret", "~*", "&*", "+@all", "-info");
        String url = server.url().replace("redis://", "redis://blind:secret@");
        try (RedisNode blind = new RedisNode(url)) {
            blind.engine.start(new EngineContract.Listener());
            await().until(() -> String.valueOf(blind.engine.fault()).contains("switchboard.redis.fence=false"));
            assertRefused(blind.engine.publish("c", EngineContract.publication("1"), RedisNode.TEN));
        }
        try (RedisNode careless = new RedisNode(url, false, new AtomicLong()).listening()) {
            assertThat(careless.publish("c", "1").offset()).isEqualTo(1);
        }
    }

    @Test
    @Row("R15")
    void rubbish_in_a_channel_is_dropped() {
        for (String rubbish :
                new String[] {"", "x", "p", "p e", "p e 1", "p e 1 ", "p e 1 \u0001", "n\u0002", "j\u0001abc"}) {
            server.ask("PUBLISH", "sb:c:c", rubbish);
        }
        node.publish("c", "1");
        await().untilAsserted(() -> assertThat(node.heard).containsExactly("c 1 at 1"));
    }

    @Test
    @Row("R15")
    void rubbish_in_the_presence_is_ignored() {
        result(node.engine.enter("c", ANN));
        server.ask("HSET", "sb:p:c", "x", "rubbish");
        server.ask("HSET", "sb:n:c", "y", "rubbish");
        assertThat(result(node.engine.presence("c"))).containsOnlyKeys("1");
        node.finishRound();
        result(node.engine.exit("c", "1"));
        assertThat(result(node.engine.presence("c"))).isEmpty();
    }

    @Test
    @Row("R8")
    void a_connection_that_redis_ends_comes_back_and_positions_are_checked() {
        node.publish("c", "1");
        await().until(() -> node.heard.contains("c 1 at 1"));
        int before = node.heard.size();
        server.ask("CLIENT", "KILL", "TYPE", "pubsub");
        server.ask("CLIENT", "KILL", "TYPE", "normal");
        Position top = node.ready().history("c").top();
        await().untilAsserted(() ->
                assertThat(node.heard.subList(before, node.heard.size())).contains("c reached 1 of " + top.epoch()));
        node.publish("c", "2");
        await().untilAsserted(() -> assertThat(node.heard).contains("c 2 at 2"));
    }

    @Test
    @Row("R10")
    void a_message_that_is_lost_is_noticed_at_the_next_one() {
        Position first = node.publish("c", "1");
        await().until(() -> node.heard.contains("c 1 at 1"));
        server.ask("HSET", "sb:m:c", "o", "2"); // another node has published, and the message was lost
        Position third = node.publish("c", "3");
        assertThat(third).isEqualTo(new Position(first.epoch(), 3));
        await().untilAsserted(() ->
                assertThat(node.heard).containsExactly("c 1 at 1", "c 3 at 3", "c reached 3 of " + first.epoch()));
    }

    @Test
    @Row("R10")
    void a_message_that_is_lost_is_noticed_in_the_next_round_if_none_follows() {
        Position first = node.publish("c", "1");
        await().until(() -> node.heard.contains("c 1 at 1"));
        server.ask("HSET", "sb:m:c", "o", "2");
        node.finishRound();
        await().untilAsserted(
                        () -> assertThat(node.heard).containsExactly("c 1 at 1", "c reached 2 of " + first.epoch()));
    }

    @Test
    @Row("R10")
    void each_channel_is_checked_again_and_again() {
        try (RedisNode quick = new RedisNode(server.url(), Duration.ofMillis(300)).listening("d")) {
            Position top = quick.history("d").top();
            String line = "d reached 0 of " + top.epoch();
            await().untilAsserted(() ->
                    assertThat(quick.heard).filteredOn(line::equals).hasSizeGreaterThan(2));
        }
    }

    @Test
    void the_keys_of_a_stream_expire() {
        Retention brief = new Retention(10, Duration.ofSeconds(5));
        result(node.engine.publish("c", EngineContract.publication("1"), brief));
        long stream = Long.parseLong(server.ask("PTTL", "sb:s:c"));
        long meta = Long.parseLong(server.ask("PTTL", "sb:m:c"));
        assertThat(stream).isBetween(1L, 7_000L);
        assertThat(meta).isGreaterThan(Duration.ofDays(29).toMillis());
    }
}
