package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One link, and one server that runs. */
class ServerLinkTest {

    private static final Script APPEND =
            new Script("redis.call('publish', KEYS[1], ARGV[1]) return redis.call('rpush', KEYS[1], ARGV[1])");

    private final RedisServer server = RedisServer.started();
    private final Inbox inbox = new Inbox();
    private final Redis redis = Redis.open(RedisUrl.list(server.url()), settings(), inbox);

    @BeforeEach
    void connect() {
        await().until(() -> link().isConnected());
    }

    static LinkSettings settings() {
        return new LinkSettings("switchboard-test", "test:", Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    private Link link() {
        return redis.place("any").link();
    }

    @AfterEach
    void stop() {
        redis.close();
        server.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private @Nullable Object run(String key, String value) throws Exception {
        return link().run(APPEND, List.of(bytes(key)), List.of(bytes(value)))
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
    }

    @Test
    void a_script_runs_and_its_reply_comes_back() throws Exception {
        assertThat(run("list", "a")).isEqualTo(1L);
        assertThat(run("list", "b")).isEqualTo(2L);
    }

    @Test
    void a_message_of_a_channel_comes_after_the_confirmation() throws Exception {
        link().subscribe(bytes("list")).toCompletableFuture().get(5, TimeUnit.SECONDS);

        run("list", "a");

        await().untilAsserted(() -> assertThat(inbox.messages()).containsExactly("list: a"));
    }

    @Test
    void after_a_kill_the_link_and_its_channels_come_back() throws Exception {
        link().subscribe(bytes("list")).toCompletableFuture().get(5, TimeUnit.SECONDS);
        server.kill();
        await().until(() -> inbox.ends() == 1);
        server.start();
        await().until(() -> inbox.connections() == 2 && link().isConnected());

        assertThat(run("list", "a")).isEqualTo(1L);

        await().untilAsserted(() -> assertThat(inbox.messages()).containsExactly("list: a"));
    }
}
