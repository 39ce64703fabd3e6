package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.append;
import static dev.switchboard.engine.redis.Calls.awaitReady;
import static dev.switchboard.engine.redis.Calls.bytes;
import static dev.switchboard.engine.redis.Calls.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A master, a replica, and a sentinel that watches them; all need a password. */
class SentinelsTest {

    private final RedisServer master = RedisServer.started("requirepass secret", "masterauth secret");
    private final RedisServer replica = RedisServer.started(
            "requirepass secret",
            "masterauth secret",
            "replicaof 127.0.0.1 " + master.port(),
            "repl-diskless-sync-delay 0");
    private final RedisServer sentinel = RedisServer.stopped(
            "requirepass watch",
            "sentinel monitor orders 127.0.0.1 " + master.port() + " 1",
            "sentinel auth-pass orders secret",
            "sentinel down-after-milliseconds orders 500",
            "sentinel failover-timeout orders 2000");
    private final Inbox inbox = new Inbox();
    private final Redis redis = Redis.open(
            RedisUrl.list("redis+sentinel://:secret@127.0.0.1:1,127.0.0.1:" + sentinel.port()
                    + "/orders?sentinel_password=watch"),
            settings(),
            inbox);
    private final Link link = redis.place("any").link();

    @AfterEach
    void stop() {
        redis.close();
        sentinel.close();
        replica.close();
        master.close();
    }

    private void subscribe() {
        sentinel.startAsSentinel();
        awaitReady(redis);
        Calls.of(link.subscribe(bytes("list")));
    }

    private String lengthAt(RedisServer server) {
        return server.askAs("default", "secret", "LLEN", "list");
    }

    @Test
    void after_the_death_of_the_master_the_link_goes_to_the_promoted_replica() {
        subscribe();
        await().until(() -> sentinel.askAs("default", "watch", "SENTINEL", "REPLICAS", "orders")
                .contains(Integer.toString(replica.port())));

        master.kill();

        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> Objects.equals(Calls.of(append(link, "list", "a")), 1L));
        assertThat(lengthAt(replica)).isEqualTo("1");
        await().untilAsserted(() -> assertThat(inbox.messages()).containsExactly("list: a"));
    }

    @Test
    @Row("R7")
    void a_master_that_lives_on_is_left_when_the_sentinels_name_another_one() {
        subscribe();
        replica.askAs("default", "secret", "REPLICAOF", "NO", "ONE");

        sentinel.askAs("default", "watch", "SENTINEL", "REMOVE", "orders");
        sentinel.askAs(
                "default",
                "watch",
                "SENTINEL",
                "MONITOR",
                "orders",
                "127.0.0.1",
                Integer.toString(replica.port()),
                "1");

        await().until(() -> inbox.connections() == 2 && link.isConnected());
        Calls.of(append(link, "list", "a"));
        assertThat(lengthAt(replica)).isEqualTo("1");
        assertThat(lengthAt(master)).isEqualTo("0");
    }

    @Test
    void without_a_sentinel_that_knows_the_name_the_fault_says_so() {
        await().untilAsserted(() -> assertThat(redis.fault()).contains("sentinel 127.0.0.1:" + sentinel.port()));
        sentinel.startAsSentinel();
        awaitReady(redis);
        sentinel.askAs("default", "watch", "SENTINEL", "REMOVE", "orders");
        master.kill();

        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(redis.fault()).contains("knows no master orders"));
    }
}
