package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.RedisNode.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Position;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests that no position is taken for another one after Redis has gone back. */
class RedisFenceTest {

    private static final ClientInfo ANN = new ClientInfo("1", "ann", null, null);
    private static final ClientInfo BOB = new ClientInfo("2", "bob", null, null);

    private final RedisServer server = RedisServer.started();

    @AfterEach
    void stop() {
        server.close();
    }

    private static Position publish(RedisNode node, int from, int to) {
        for (int i = from; i < to; i++) {
            node.publish("c", "" + i);
        }
        return node.publish("c", "" + to);
    }

    private void goBack() {
        server.kill();
        server.start();
    }

    private static void assertDoesNotRecover(RedisNode node, Position old) {
        assertThatThrownBy(() -> result(node.since("c", old))).hasCause(ClientError.UNRECOVERABLE_POSITION);
    }

    private static void awaitReached(RedisNode node, Position top) {
        await().untilAsserted(
                        () -> assertThat(node.heard).contains("c reached " + top.offset() + " of " + top.epoch()));
    }

    @Test
    @Row("R4")
    void an_older_snapshot_changes_the_epoch_and_keeps_what_it_has() {
        try (RedisNode node = new RedisNode(server.url()).listening("c")) {
            publish(node, 1, 5);
            server.ask("SAVE");
            Position lost = publish(node, 6, 10);
            goBack();
            node.ready();
            Position top = node.history("c").top();
            assertThat(top.offset()).isEqualTo(5);
            assertThat(top.epoch()).isNotEqualTo(lost.epoch());
            assertThat(node.texts("c")).containsExactly("1", "2", "3", "4", "5");
            awaitReached(node, top);
            assertDoesNotRecover(node, lost);
            assertDoesNotRecover(node, new Position(lost.epoch(), 5));
            assertThat(publish(node, 11, 11)).isEqualTo(new Position(top.epoch(), 6));
            assertThat(node.texts("c")).containsExactly("1", "2", "3", "4", "5", "11");
        }
    }

    @Test
    @Row("R4")
    void the_first_publication_after_an_older_snapshot_has_the_new_epoch() {
        try (RedisNode node = new RedisNode(server.url()).listening()) {
            publish(node, 1, 5);
            server.ask("SAVE");
            Position lost = publish(node, 6, 10);
            goBack();
            node.ready();
            Position next = publish(node, 11, 11);
            assertThat(next.offset()).isEqualTo(6);
            assertThat(next.epoch()).isNotEqualTo(lost.epoch());
            assertDoesNotRecover(node, lost);
        }
    }

    @Test
    @Row("R5")
    void a_replica_that_lagged_changes_the_epoch_when_it_becomes_the_master() {
        try (Proxy replication = new Proxy(server.port());
                RedisServer replica = RedisServer.started("replicaof 127.0.0.1 " + replication.port());
                RedisNode before = new RedisNode(server.url()).listening("c")) {
            publish(before, 1, 5);
            await().until(() -> replica.ask("XLEN", "sb:s:c").equals("5"));
            replication.hole(true);
            Position lost = publish(before, 6, 10);
            server.kill();
            replica.ask("REPLICAOF", "NO", "ONE");
            try (RedisNode after = new RedisNode(replica.url()).listening("c")) {
                assertDoesNotRecover(after, lost);
                Position next = publish(after, 11, 11);
                assertThat(next.offset()).isEqualTo(6);
                assertThat(next.epoch()).isNotEqualTo(lost.epoch());
                assertThat(after.texts("c")).containsExactly("1", "2", "3", "4", "5", "11");
            }
        }
    }

    @Test
    @Row("R5")
    void a_connection_that_outlives_a_demotion_and_a_promotion_sees_another_epoch() {
        try (RedisServer other = RedisServer.started();
                RedisNode node = new RedisNode(server.url()).listening("c")) {
            Position old = publish(node, 1, 5);
            server.ask("REPLICAOF", "127.0.0.1", "" + other.port());
            server.ask("REPLICAOF", "NO", "ONE");
            node.ready();
            await().ignoreExceptions().untilAsserted(() -> assertDoesNotRecover(node, old));
        }
    }

    @Test
    @Row("R10")
    void an_offset_that_goes_back_without_the_fence_is_checked_at_once() {
        try (RedisNode node = new RedisNode(server.url(), false, new AtomicLong()).listening("c")) {
            publish(node, 1, 5);
            server.ask("HSET", "sb:m:c", "o", "2"); // as after a loss that nothing shows
            server.ask("DEL", "sb:s:c");
            Position back = publish(node, 6, 6);
            assertThat(back.offset()).isEqualTo(3);
            awaitReached(node, back);
            assertThat(node.heard).containsSubsequence("c 5 at 5", "c 6 at 3", "c reached 3 of " + back.epoch());
            publish(node, 7, 7);
            await().untilAsserted(() -> assertThat(node.heard).contains("c 7 at 4"));
            assertThat(node.heard).filteredOn(line -> line.contains("reached")).hasSize(1);
        }
    }

    @Test
    void a_key_of_a_dead_epoch_publishes_anew() {
        try (RedisNode node = new RedisNode(server.url()).listening()) {
            Position first = node.publishOnce("k", "c", "1");
            server.ask("SAVE");
            goBack();
            node.ready();
            Position second = node.publishOnce("k", "c", "2");
            assertThat(second.offset()).isEqualTo(2);
            assertThat(second.epoch()).isNotEqualTo(first.epoch());
            assertThat(node.publishOnce("k", "c", "3")).isEqualTo(second);
            assertThat(node.texts("c")).containsExactly("1", "2");
        }
    }

    @Test
    @Row("R3")
    void an_empty_redis_has_another_epoch_and_gets_the_presence_back_at_once() {
        try (RedisNode node = new RedisNode(server.url()).listening("c")) {
            Position lost = publish(node, 1, 5);
            result(node.engine.enter("c", ANN));
            result(node.engine.announceJoin("c", ANN));
            goBack();
            node.ready();
            await().until(() -> result(node.engine.presence("c")).containsKey("1"));
            awaitReached(node, new Position(node.history("c").top().epoch(), 0));
            assertDoesNotRecover(node, lost);
            assertThat(publish(node, 6, 6).offset()).isEqualTo(1);
            assertThat(node.texts("c")).containsExactly("6");
            await().untilAsserted(() -> assertThat(node.heard).contains("c 6 at 1"));
            assertThat(node.heard).filteredOn("c +ann"::equals).hasSize(2);
        }
    }

    @Test
    @Row("R5")
    void a_restart_that_loses_nothing_keeps_the_presence_and_announces_no_join_again() {
        try (RedisNode here = new RedisNode(server.url()).listening("c");
                RedisNode there = new RedisNode(server.url()).listening("c")) {
            result(here.engine.enter("c", ANN));
            result(here.engine.announceJoin("c", ANN));
            result(there.engine.enter("c", BOB));
            String generation = generations().get(0);
            server.ask("SAVE");
            goBack();
            here.ready();
            there.ready();
            assertThat(result(here.engine.presence("c"))).containsOnlyKeys("1", "2");
            await().untilAsserted(() -> assertThat(generations()).hasSize(2).doesNotContain(generation));
            assertThat(result(here.engine.presence("c"))).containsOnlyKeys("1", "2");
            publish(here, 1, 1);
            await().untilAsserted(() -> assertThat(there.heard).contains("c 1 at 1"));
            assertThat(there.heard).filteredOn(line -> line.endsWith("ann")).containsExactly("c +ann");
        }
    }

    /** Returns in which generation each node has compared its clients with those that Redis knows. */
    private List<String> generations() {
        return server.ask("HVALS", "sb:n:c")
                .lines()
                .map(field -> field.substring(field.lastIndexOf(' ') + 1))
                .toList();
    }

    @Test
    @Row("R4")
    void a_client_that_left_after_the_snapshot_does_not_stay_although_another_one_came() {
        try (RedisNode node = new RedisNode(server.url()).listening()) {
            result(node.engine.enter("c", ANN));
            server.ask("SAVE");
            result(node.engine.exit("c", "1"));
            result(node.engine.enter("c", BOB));
            goBack();
            node.ready();
            await().untilAsserted(
                            () -> assertThat(result(node.engine.presence("c"))).containsOnlyKeys("2"));
        }
    }

    @Test
    void the_clients_of_a_node_that_died_with_redis_vanish_when_they_expire() {
        AtomicLong skew = new AtomicLong();
        try (RedisNode node = new RedisNode(server.url()).listening()) {
            result(node.engine.enter("c", ANN));
            server.ask("SAVE");
        }
        goBack();
        try (RedisNode node = new RedisNode(server.url(), true, skew).listening()) {
            assertThat(result(node.engine.presence("c"))).containsOnlyKeys("1");
            skew.set(61_000);
            assertThat(result(node.engine.presence("c"))).isEmpty();
        }
    }
}
