package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.RedisNode.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.EngineContract;
import dev.switchboard.failure.Row;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests what two nodes on one Redis see of one another. */
class RedisNodesTest {

    private static final ClientInfo ANN = new ClientInfo("1", "ann", "{\"n\":1e2}", null);
    private static final ClientInfo BOB = new ClientInfo("2", "bob", null, "[1]");

    private static final ClientInfo CID = new ClientInfo("3", "cid", null, null);

    private static RedisServer server;

    private final AtomicLong skew = new AtomicLong();

    @SuppressWarnings("NullAway") // JUnit calls start() first
    private final RedisNode here = new RedisNode(server.url(), true, skew);

    @SuppressWarnings("NullAway") // JUnit calls start() first
    private final RedisNode there = new RedisNode(server.url(), true, skew);

    @BeforeAll
    static void start() {
        server = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
        server.ask("FLUSHALL");
    }

    @Test
    void a_node_gets_what_another_one_publishes_in_order() {
        here.listening();
        there.listening("c");
        List<String> expected = IntStream.rangeClosed(1, 500)
                .mapToObj(i -> "c " + i + " at " + i)
                .toList();
        for (int i = 1; i <= 500; i++) {
            here.engine.publish("c", EngineContract.publication("" + i), RedisNode.TEN);
        }
        await().untilAsserted(() -> assertThat(there.heard).isEqualTo(expected));
        assertThat(there.texts("c"))
                .containsExactly("491", "492", "493", "494", "495", "496", "497", "498", "499", "500");
    }

    @Test
    void a_node_gets_only_the_events_of_channels_that_it_needs() {
        here.listening();
        there.listening("c", "d");
        there.engine.unlisten("d");
        here.publish("d", "1");
        here.publish("c", "2");
        await().untilAsserted(() -> assertThat(there.heard).containsExactly("c 2 at 1"));
    }

    @Test
    void bytes_and_channel_names_travel_as_they_are() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        Publication said = new Publication(Payload.opaque(Frame.binary(all)), ANN, null, Map.of("k", "ü"), "me");
        String channel = "a b:{x}\n☃";
        here.listening();
        there.listening(channel);
        result(here.engine.publish(channel, said, RedisNode.TEN));
        assertThat(there.history(channel).publications())
                .singleElement()
                .satisfies(kept -> assertThat(kept.data()).isEqualTo(said.data()));
        await().untilAsserted(
                        () -> assertThat(there.heard).containsExactly(channel + " " + said.size() + " bytes at 1"));
    }

    @Test
    void joins_and_leaves_cross() {
        here.listening("c");
        there.listening("c");
        result(here.engine.enter("c", ANN));
        assertThat(result(there.engine.presence("c"))).containsOnly(Map.entry("1", ANN));
        result(here.engine.announceJoin("c", ANN));
        result(here.engine.exit("c", "1"));
        result(here.engine.announceLeave("c", ANN));
        assertThat(result(there.engine.presence("c"))).isEmpty();
        await().untilAsserted(() -> assertThat(there.heard).containsExactly("c +ann", "c -ann"));
    }

    @Test
    void a_key_publishes_once_in_both_nodes() {
        here.listening();
        there.listening();
        assertThat(here.publishOnce("k", "c", "1")).isEqualTo(there.publishOnce("k", "c", "2"));
        Publication plain = EngineContract.publication("3");
        result(there.engine.listen("d"));
        result(here.engine.publishOnce("k", "d", plain, Retention.NONE));
        result(there.engine.publishOnce("k", "d", plain, Retention.NONE));
        there.publish("d", "4");
        await().untilAsserted(() -> assertThat(there.heard).containsExactly("d 3", "d 4 at 1"));
    }

    /** Lets so much time pass for the scripts, and for the nodes a round. */
    private void pass(Duration time) {
        skew.addAndGet(time.toMillis());
    }

    @Test
    @Row("K1")
    void the_clients_of_a_killed_node_leave_once() {
        here.listening("c");
        there.listening("c");
        RedisNode third = new RedisNode(server.url(), true, skew).listening("c");
        try {
            result(here.engine.enter("c", ANN));
            result(here.engine.announceJoin("c", ANN));
            result(here.engine.enter("c", new ClientInfo("9", "silent", null, null)));
            result(there.engine.enter("c", BOB));
            result(third.engine.enter("c", CID));
            here.freeze();
            here.close();
            pass(Duration.ofSeconds(61));
            assertThat(result(there.engine.presence("c"))).doesNotContainKey("1");
            there.finishRound();
            third.finishRound();
            await().untilAsserted(() -> assertThat(there.heard).contains("c -ann"));
            await().untilAsserted(
                            () -> assertThat(result(there.engine.presence("c"))).containsOnlyKeys("2", "3"));
            there.publish("c", "last");
            await().untilAsserted(() -> assertThat(there.heard).contains("c last at 1"));
            assertThat(there.heard).containsOnlyOnce("c -ann").doesNotContain("c -silent");
            assertThat(server.ask("HLEN", "sb:p:c")).isEqualTo("2");
        } finally {
            third.close();
        }
    }

    @Test
    @Row("K2")
    void the_clients_of_a_frozen_node_come_back_once() {
        here.listening("c");
        there.listening("c");
        result(here.engine.enter("c", ANN));
        result(here.engine.announceJoin("c", ANN));
        result(there.engine.enter("c", BOB));
        here.freeze();
        pass(Duration.ofSeconds(80));
        there.finishRound();
        await().untilAsserted(() -> assertThat(there.heard).contains("c -ann"));
        here.thaw(Duration.ofSeconds(80));
        await().untilAsserted(
                        () -> assertThat(result(there.engine.presence("c"))).containsOnlyKeys("1", "2"));
        here.finishRound();
        here.engine.exit("c", "nobody");
        here.publish("c", "last");
        await().untilAsserted(() -> assertThat(there.heard).contains("c last at 1"));
        assertThat(there.heard).filteredOn(line -> line.endsWith("ann")).containsExactly("c +ann", "c -ann", "c +ann");
        assertThat(result(there.engine.presence("c"))).containsEntry("1", ANN);
    }

    @Test
    @Row("K2")
    void a_client_that_leaves_when_its_frozen_node_goes_on_has_left_once() {
        here.listening("c");
        there.listening("c");
        for (ClientInfo client : List.of(ANN, CID)) {
            result(here.engine.enter("c", client));
            result(here.engine.announceJoin("c", client));
        }
        result(there.engine.enter("c", BOB));
        here.freeze();
        pass(Duration.ofSeconds(80));
        there.finishRound();
        await().untilAsserted(() -> assertThat(there.heard).contains("c -ann", "c -cid"));
        result(here.engine.exit("c", "1")); // before the node has found out that it stood still
        result(here.engine.announceLeave("c", ANN));
        here.thaw(Duration.ofSeconds(80));
        await().until(() -> result(there.engine.presence("c")).containsKey("3"));
        result(here.engine.exit("c", "3"));
        result(here.engine.announceLeave("c", CID));
        here.publish("c", "last");
        await().untilAsserted(() -> assertThat(there.heard).contains("c last at 1"));
        assertThat(there.heard).filteredOn(line -> line.endsWith("ann")).containsExactly("c +ann", "c -ann");
        assertThat(there.heard)
                .filteredOn(line -> line.endsWith("cid"))
                .containsExactly("c +cid", "c -cid", "c +cid", "c -cid");
    }

    @Test
    @Row("K2")
    void a_client_that_comes_again_leaves_again_although_nothing_asked_to_announce_its_first_leave() {
        here.listening("c");
        there.listening("c");
        result(here.engine.enter("c", ANN));
        result(here.engine.announceJoin("c", ANN));
        result(there.engine.enter("c", BOB));
        here.freeze();
        pass(Duration.ofSeconds(80));
        there.finishRound();
        await().until(() -> there.heard.contains("c -ann"));
        result(here.engine.exit("c", "1")); // the leave of another node counts, and no one here announces it
        result(here.engine.enter("c", ANN));
        result(here.engine.announceJoin("c", ANN));
        result(here.engine.exit("c", "1"));
        result(here.engine.announceLeave("c", ANN));
        here.publish("c", "last");
        await().until(() -> there.heard.contains("c last at 1"));
        assertThat(there.heard)
                .filteredOn(line -> line.endsWith("ann"))
                .containsExactly("c +ann", "c -ann", "c +ann", "c -ann");
    }

    @Test
    void an_older_client_leaves_when_redis_came_back_empty_and_a_newer_client_of_its_node_is_there() {
        here.listening("c");
        there.listening("c");
        result(here.engine.enter("c", ANN));
        result(here.engine.announceJoin("c", ANN));
        server.ask("FLUSHALL");
        result(here.engine.enter("c", BOB));
        result(here.engine.exit("c", "1"));
        result(here.engine.announceLeave("c", ANN));
        here.publish("c", "last");
        await().until(() -> there.heard.contains("c last at 1"));
        assertThat(there.heard).contains("c +ann", "c -ann");
    }

    @Test
    void expired_publications_are_removed_by_those_that_follow() {
        here.listening();
        Retention brief = new Retention(10, Duration.ofSeconds(5));
        Retention lasting = new Retention(10, Duration.ofSeconds(500));
        result(here.engine.publish("c", EngineContract.publication("1"), brief));
        result(here.engine.publish("c", EngineContract.publication("2"), brief));
        result(here.engine.publish("c", EngineContract.publication("3"), lasting));
        pass(Duration.ofSeconds(6));
        assertThat(here.texts("c")).containsExactly("3");
        assertThat(server.ask("XLEN", "sb:s:c")).isEqualTo("3");
        pass(Duration.ofSeconds(200));
        result(here.engine.publish("c", EngineContract.publication("4"), lasting));
        assertThat(server.ask("XLEN", "sb:s:c")).isEqualTo("2");
        assertThat(here.texts("c")).containsExactly("3", "4");
    }

    @Test
    void a_node_keeps_its_clients_present() {
        here.listening();
        there.listening();
        result(here.engine.enter("c", ANN));
        for (int i = 0; i < 4; i++) {
            pass(Duration.ofSeconds(30));
            here.finishRound();
            await().until(() -> result(there.engine.presence("c")).containsKey("1"));
        }
    }

    @Test
    void a_client_that_left_while_redis_was_away_is_removed_later_and_its_leave_is_announced_once() {
        there.listening("c");
        try (Proxy way = new Proxy(server.port());
                RedisNode cut = new RedisNode("redis://127.0.0.1:" + way.port()).listening("c")) {
            for (ClientInfo client : List.of(ANN, BOB)) {
                result(cut.engine.enter("c", client));
                result(cut.engine.announceJoin("c", client));
            }
            way.lead(1); // nothing listens there
            way.cut();
            await().until(() -> cut.engine.fault() != null);
            assertThat(cut.engine.exit("c", "1")).isCompletedExceptionally();
            assertThat(cut.engine.announceLeave("c", ANN)).isCompletedExceptionally();
            way.lead(server.port());
            cut.ready();
            await().untilAsserted(
                            () -> assertThat(result(there.engine.presence("c"))).containsOnlyKeys("2"));
            result(cut.engine.exit("c", "2"));
            result(cut.engine.announceLeave("c", BOB));
            await().until(() -> there.heard.contains("c -bob"));
            assertThat(there.heard).filteredOn("c -ann"::equals).hasSize(1);
            assertThat(there.heard).filteredOn("c -bob"::equals).hasSize(1);
        }
    }
}
