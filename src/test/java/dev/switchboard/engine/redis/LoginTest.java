package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.append;
import static dev.switchboard.engine.redis.Calls.awaitReady;
import static dev.switchboard.engine.redis.Calls.bytes;
import static dev.switchboard.engine.redis.Calls.failureOf;
import static dev.switchboard.engine.redis.Calls.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.model.ClientError;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a link enters a server, and what an ACL forbids. */
class LoginTest {

    private static final String COMMANDS =
            "user app on >secret ~* &* -@all +hello +auth +ping +client|setname +select +subscribe +unsubscribe +publish"
                    + " +evalsha +script|load +rpush";

    private static Redis open(RedisServer server, String userInfo, String path) {
        return Redis.open(
                RedisUrl.list("redis://" + userInfo + "@127.0.0.1:" + server.port() + path), settings(), new Inbox());
    }

    @Test
    void a_user_with_these_commands_can_do_all_that_the_link_does() {
        try (RedisServer server = RedisServer.started(COMMANDS, "user default off");
                Redis redis = open(server, "app:secret", "/3")) {
            awaitReady(redis);
            Calls.of(redis.place("list").link().subscribe(bytes("list")));
            assertThat(Calls.of(append(redis.place("list").link(), "list", "a")))
                    .isEqualTo(1L);
            redis.place("list").link().unsubscribe(bytes("list"));
            assertThat(Calls.of(append(redis.place("list").link(), "list", "a")))
                    .isEqualTo(2L);
        }
    }

    @Test
    void the_database_of_the_url_holds_the_keys() {
        try (RedisServer server = RedisServer.started("requirepass secret");
                Redis redis = open(server, ":secret", "/3")) {
            awaitReady(redis);
            Calls.of(append(redis.place("list").link(), "list", "a"));

            assertThat(server.askAs("default", "secret", "INFO", "keyspace"))
                    .contains("db3:keys=1")
                    .doesNotContain("db0");
        }
    }

    @Test
    void a_wrong_password_is_a_fault_with_a_reason_until_it_is_right() {
        try (RedisServer server = RedisServer.started("user app on >other ~* &* +@all");
                Redis redis = open(server, "app:secret", "")) {
            await().untilAsserted(() ->
                    assertThat(redis.fault()).contains("WRONGPASS").doesNotContain("secret"));

            server.ask("ACL", "SETUSER", "app", ">secret");

            awaitReady(redis);
        }
    }

    @Test
    void a_script_that_the_user_may_not_call_is_refused_and_the_outcome_of_one_that_fails_within_is_open() {
        try (RedisServer server = RedisServer.started(COMMANDS);
                Redis redis = open(server, "app:secret", "")) {
            awaitReady(redis);
            Link link = redis.place("list").link();
            Script within = new Script("redis.call('rpush', KEYS[1], 'x') return redis.call('get', KEYS[1])");
            assertThat(failureOf(link.run(within, List.of(bytes("list")), List.of())))
                    .isInstanceOf(RedisFault.class);
            assertThat(server.ask("LLEN", "list")).isEqualTo("1");

            server.ask("ACL", "SETUSER", "app", "-evalsha");

            assertThat(failureOf(append(link, "list", "a")))
                    .isInstanceOf(ClientError.class)
                    .hasMessageContaining("evalsha");
            assertThat(server.ask("LLEN", "list")).isEqualTo("1");
        }
    }

    @Test
    void a_user_that_may_not_load_scripts_gets_an_answer_for_each_call() {
        try (RedisServer server = RedisServer.started(COMMANDS + " -script|load");
                Redis redis = open(server, "app:secret", "")) {
            awaitReady(redis);

            assertThat(failureOf(append(redis.place("list").link(), "list", "a")))
                    .isInstanceOf(ClientError.class);
        }
    }

    @Test
    void a_user_that_may_not_subscribe_is_a_fault_that_names_the_command() {
        try (RedisServer server = RedisServer.started(COMMANDS + " -subscribe");
                Redis redis = open(server, "app:secret", "")) {
            await().untilAsserted(() -> assertThat(redis.fault()).contains("'subscribe'"));
        }
    }

    @Test
    void a_url_of_one_server_does_not_lead_into_a_cluster() {
        try (RedisServer server = RedisServer.started("cluster-enabled yes", "cluster-port " + RedisServer.freePort());
                Redis redis = Redis.open(RedisUrl.list(server.url()), settings(), new Inbox())) {
            await().untilAsserted(() -> assertThat(redis.fault()).contains("begins with redis+cluster://"));
        }
    }

    @Test
    void a_url_of_a_cluster_does_not_lead_to_a_server_without_one() {
        String url = "redis+cluster://127.0.0.1:";
        try (RedisServer server = RedisServer.started();
                Redis redis = Redis.open(RedisUrl.list(url + server.port()), settings(), new Inbox())) {
            await().untilAsserted(() -> assertThat(redis.fault()).contains("cluster support disabled"));
        }
    }

    @Test
    void in_a_cluster_a_user_needs_these_commands() {
        String commands = COMMANDS + " +ssubscribe +sunsubscribe +spublish +cluster|info +cluster|slots";
        try (RedisServer server =
                        RedisServer.started(commands, "cluster-enabled yes", "cluster-port " + RedisServer.freePort());
                Redis redis = Redis.open(
                        RedisUrl.list("redis+cluster://app:secret@127.0.0.1:" + server.port()),
                        settings(),
                        new Inbox())) {
            server.ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
            awaitReady(redis);
            Place place = redis.place("list");
            byte[] key = bytes("{" + place.tag() + "}list");

            Calls.of(place.link().subscribe(key));
            assertThat(Calls.of(place.link().run(Calls.SHARD_APPEND, List.of(key), List.of(bytes("a")))))
                    .isEqualTo(1L);
            place.link().unsubscribe(key);
            assertThat(Calls.of(place.link().run(Calls.SHARD_APPEND, List.of(key), List.of(bytes("a")))))
                    .isEqualTo(2L);
        }
    }
}
