package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.RedisNode.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.spi.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RedisLedgerTest {

    private static final Instant START = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private static final Instant LATER = START.plusSeconds(600);

    private final RedisServer server = RedisServer.started();
    private final AtomicReference<Instant> clock = new AtomicReference<>(START);
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final Node here = new Node();
    private final Node there = new Node();

    /** A ledger with a connection of its own, as a node has. */
    private final class Node implements Ledger.Reader, AutoCloseable {

        final List<String> heard = new CopyOnWriteArrayList<>();
        final Redis redis;
        final RedisLedger ledger;

        Node() {
            Listeners listeners = new Listeners();
            LinkSettings settings = new LinkSettings("test", "sb:", Duration.ofSeconds(1), Duration.ofSeconds(3));
            redis = Redis.open(RedisUrl.list(server.url()), settings, listeners);
            InstantSource now = clock::get;
            ledger = new RedisLedger(redis, new Keys("sb"), now, timer);
            listeners.add(ledger);
            await().until(() -> redis.fault().isEmpty());
        }

        @Override
        public void fact(String name, String value, Instant end) {
            heard.add("+" + name + "=" + value + " until "
                    + Duration.between(START, end).toSeconds());
        }

        @Override
        public void removed(String name) {
            heard.add("-" + name);
        }

        void awaitHeard(String... lines) {
            await().untilAsserted(() -> assertThat(heard).containsExactly(lines));
        }

        @Override
        public void close() {
            ledger.close();
            redis.close();
        }
    }

    @AfterEach
    void stop() {
        here.close();
        there.close();
        timer.shutdownNow();
        server.close();
    }

    @Test
    void other_nodes_hear_of_facts_at_once() {
        there.ledger.follow("k", there);
        result(here.ledger.put("k", "a b", "1 2", LATER));
        result(here.ledger.put("other", "x", "", LATER));
        result(here.ledger.put("k", "a b", "3", LATER.plusSeconds(1)));
        result(here.ledger.remove("k", "a b"));
        result(here.ledger.remove("k", "nothing"));
        there.awaitHeard("+a b=1 2 until 600", "+a b=3 until 601", "-a b");
    }

    @Test
    void a_node_that_comes_later_gets_the_facts_that_have_not_ended() {
        result(here.ledger.put("k", "brief", "", START.plusSeconds(5)));
        result(here.ledger.put("k", "long", "", LATER));
        result(here.ledger.put("k", "ended", "", START));
        clock.set(START.plusSeconds(5));
        there.ledger.follow("k", there);
        there.awaitHeard("+long= until 600");
    }

    @Test
    void a_fact_without_an_end_is_kept() {
        result(here.ledger.put("k", "n", "v", Instant.MAX));
        List<String> names = new CopyOnWriteArrayList<>();
        there.ledger.follow("k", (name, value, end) -> names.add(name));
        await().untilAsserted(() -> assertThat(names).contains("n"));
    }

    @Test
    void a_name_is_claimed_once() {
        assertThat(result(here.ledger.claim("k", "n", LATER))).isTrue();
        assertThat(result(there.ledger.claim("k", "n", LATER))).isFalse();
        assertThat(result(there.ledger.claim("k", "m", LATER))).isTrue();
        assertThat(result(there.ledger.claim("j", "n", LATER))).isTrue();
        assertThat(Long.parseLong(server.ask("PTTL", "sb:u:1:k:n")))
                .isBetween(600_001L, 660_000L); // the clocks of nodes may differ by a minute
    }

    @Test
    void what_was_put_and_removed_while_a_node_was_away_is_found_when_it_comes_back() {
        there.ledger.follow("k", there);
        result(here.ledger.put("k", "a", "", LATER));
        there.awaitHeard("+a= until 600");
        server.ask("HDEL", "sb:f:k", "a"); // as another node does, and no news comes
        server.ask("HSET", "sb:f:k", "b", LATER.toEpochMilli() + " v");
        server.ask("SET", "sb:v:k", "another change");
        server.ask("CLIENT", "KILL", "TYPE", "pubsub");
        await().untilAsserted(() ->
                assertThat(there.heard).containsExactlyInAnyOrder("+a= until 600", "+b=v until 600", "-a"));
    }

    @Test
    void a_redis_that_lost_everything_gets_the_facts_back() {
        there.ledger.follow("k", there);
        result(here.ledger.put("k", "a", "v", LATER));
        result(here.ledger.put("k", "gone", "v", LATER));
        result(here.ledger.remove("k", "gone"));
        there.awaitHeard("+a=v until 600", "+gone=v until 600", "-gone");
        server.kill();
        server.start();
        await().untilAsserted(() -> assertThat(server.ask("HKEYS", "sb:f:k")).isEqualTo("a"));
        there.awaitHeard("+a=v until 600", "+gone=v until 600", "-gone");
    }

    @Test
    void redis_forgets_what_has_ended_for_long() {
        result(here.ledger.put("k", "a", "", START.plusSeconds(5)));
        result(here.ledger.put("k", "b", "", LATER));
        clock.set(START.plusSeconds(5).plus(Duration.ofHours(1)).plusMillis(1));
        there.ledger.follow("k", there);
        await().untilAsserted(() -> assertThat(server.ask("HKEYS", "sb:f:k")).isEqualTo("b"));
        long left = Long.parseLong(server.ask("PTTL", "sb:f:k"));
        assertThat(left).isBetween(1L, Duration.ofHours(2).toMillis());
    }
}
