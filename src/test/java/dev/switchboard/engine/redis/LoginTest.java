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
}
