package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.RedisNode.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.EngineContract;
import dev.switchboard.engine.redis.RedisBug.Promise;
import dev.switchboard.model.Position;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Judges the engine by its promises while Redis goes back, and checks that the judgement finds bugs
 * of the kind that other relays have.
 */
class PlantedBugTest {

    private final RedisServer server = RedisServer.started();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void an_engine_without_a_bug_breaks_no_promise() {
        assertThat(broken(RedisBug.NONE)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void each_bug_breaks_its_promise(RedisBug bug) {
        assertThat(broken(bug)).contains(Objects.requireNonNull(bug.breaks()));
    }

    private Set<Promise> broken(RedisBug bug) {
        Set<Promise> broken = EnumSet.noneOf(Promise.class);
        try (RedisNode here = new RedisNode(server.url(), true, bug).listening();
                RedisNode there = new RedisNode(server.url(), true, bug).listening("c")) {
            there.history("c");
            there.history("c"); // after its answer each node listens, with and without a bug
            live(here, there, broken);
            goBack(here, there, broken);
        }
        server.ask("FLUSHALL");
        try (RedisNode unfenced = new RedisNode(server.url(), false, bug).listening("c")) {
            goBackUnseen(unfenced, broken);
        }
        return broken;
    }

    /** Nothing fails. */
    private static void live(RedisNode here, RedisNode there, Set<Promise> broken) {
        List<? extends CompletionStage<?>> published = IntStream.rangeClosed(1, 10)
                .mapToObj(i -> here.engine.publish("c", EngineContract.publication("" + i), RedisNode.TEN))
                .toList();
        published.forEach(RedisNode::result);
        List<String> expected = IntStream.rangeClosed(1, 10)
                .mapToObj(i -> "c " + i + " at " + i)
                .toList();
        await().until(() -> there.heard.containsAll(expected));
        if (!there.heard.stream().filter(expected::contains).toList().equals(expected)) {
            broken.add(Promise.PUBLICATIONS_COME_IN_ORDER);
        }
        result(there.engine.listen("d"));
        there.publish("d", "first");
        there.publish("d", "second");
        await().until(() -> there.heard.contains("d second at 2"));
        if (!there.heard.contains("d first at 1")) {
            broken.add(Promise.A_SUBSCRIPTION_HEARS_ALL_THAT_FOLLOWS);
        }
    }

    /** Redis restarts from a snapshot that is older than some publications. */
    private void goBack(RedisNode here, RedisNode there, Set<Promise> broken) {
        Position keyed = here.publishOnce("k", "c", "keyed");
        server.ask("SAVE");
        Set<Position> before = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            before.add(here.publish("c", "lost"));
        }
        Position lost = new Position(keyed.epoch(), keyed.offset() + 3);
        server.kill();
        server.start();
        here.ready();
        there.ready();
        Position next = there.publish("c", "next");
        if (before.contains(next)) {
            broken.add(Promise.A_POSITION_HAS_ONE_PUBLICATION);
        }
        if (!here.publishOnce("k", "c", "again").epoch().equals(next.epoch())) {
            broken.add(Promise.A_KEY_ANSWERS_WITH_A_LIVE_EPOCH);
        }
        boolean refused = here.since("c", lost)
                .handle((page, failure) -> failure != null)
                .toCompletableFuture()
                .join();
        if (!refused && !lost.epoch().equals(next.epoch())) {
            broken.add(Promise.A_DEAD_EPOCH_DOES_NOT_RECOVER);
        }
    }

    /** The stream goes back, and nothing but its offsets shows it. */
    private void goBackUnseen(RedisNode node, Set<Promise> broken) {
        for (int i = 1; i <= 5; i++) {
            node.publish("c", "" + i);
        }
        server.ask("HSET", "sb:m:c", "o", "2");
        server.ask("DEL", "sb:s:c");
        Position back = node.publish("c", "back");
        node.publish("d", "later"); // after the message that shows it
        node.history("c"); // after the answer to the check
        if (!node.heard.contains("c reached " + back.offset() + " of " + back.epoch())) {
            broken.add(Promise.A_LOSS_IS_TOLD);
        }
    }
}
