package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.append;
import static dev.switchboard.engine.redis.Calls.awaitReady;
import static dev.switchboard.engine.redis.Calls.bytes;
import static dev.switchboard.engine.redis.Calls.failureOf;
import static dev.switchboard.engine.redis.Calls.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.model.ClientError;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One link through a proxy, and what happens to the server and the network. */
class LinkFailureTest {

    private final RedisServer server = RedisServer.started();
    private final Proxy proxy = new Proxy(server.port());
    private final Inbox inbox = new Inbox();
    private final Redis redis = Redis.open(RedisUrl.list("redis://127.0.0.1:" + proxy.port()), settings(), inbox);
    private final Link link = redis.place("any").link();

    @BeforeEach
    void subscribe() {
        awaitReady(redis);
        Calls.of(link.subscribe(bytes("list")));
    }

    @AfterEach
    void stop() {
        redis.close();
        proxy.close();
        server.close();
    }

    /** Waits for a new connection, and checks that commands and channels work on it. */
    private void assertBack(int connections) {
        await().until(() -> inbox.connections() >= connections && link.isConnected());
        awaitReady(redis);
        Calls.of(append(link, "list", "back"));
        await().untilAsserted(() -> assertThat(inbox.messages()).containsExactly("list: back"));
    }

    @Test
    void a_killed_server_comes_back_with_all_channels() {
        server.kill();
        await().until(() -> inbox.ends() == 1);
        assertThat(failureOf(append(link, "list", "a"))).isEqualTo(ClientError.INTERNAL);
        assertThat(redis.fault()).contains("no connection to Redis");

        server.start();

        assertBack(2);
    }

    @Test
    void a_channel_that_is_wanted_meanwhile_is_heard_later() {
        server.kill();
        await().until(() -> inbox.ends() == 1);
        assertThat(failureOf(link.subscribe(bytes("new")))).isEqualTo(ClientError.INTERNAL);
        link.unsubscribe(bytes("list"));

        server.start();
        await().until(link::isConnected);
        Calls.of(append(link, "list", "a"));
        Calls.of(append(link, "new", "b"));

        await().untilAsserted(() -> assertThat(inbox.messages()).containsExactly("new: b"));
    }

    @Test
    @Row("R9")
    void the_commands_of_a_frozen_server_fail_with_an_open_outcome_and_it_comes_back() {
        server.freeze();
        CompletionStage<?> call = append(link, "other", "a");

        assertThat(failureOf(call)).isInstanceOf(IOException.class);

        server.thaw();
        assertBack(2);
    }

    @Test
    @Row("R9")
    void a_writer_that_is_stuck_in_a_frozen_server_is_freed() {
        server.freeze();
        byte[] large = new byte[1 << 20];
        List<? extends CompletionStage<?>> calls = IntStream.range(0, 100)
                .mapToObj(i -> link.run(Calls.APPEND, List.of(bytes("other")), List.of(large)))
                .toList();

        assertThat(failureOf(calls.get(0))).isInstanceOf(IOException.class);
        assertThat(calls).allSatisfy(call -> assertThat(failureOf(call)).isNotNull()); // some never left

        server.thaw();
        assertBack(2);
    }

    @Test
    @Row("R6")
    void a_black_hole_ends_the_connection_and_its_end_is_noticed() {
        proxy.hole(true);
        CompletionStage<?> call = append(link, "other", "a");

        assertThat(failureOf(call)).isInstanceOf(IOException.class);
        assertThat(redis.fault()).isNotEmpty();

        proxy.hole(false);
        assertBack(2);
    }

    @Test
    @Row("R6")
    void an_idle_link_notices_a_black_hole_as_well() {
        proxy.hole(true);

        await().until(() -> inbox.ends() == 1);

        proxy.hole(false);
        assertBack(2);
    }

    @Test
    @Row("R9")
    void a_slow_network_delays_and_nothing_fails() {
        proxy.delay(300);

        assertThat(Calls.of(append(link, "other", "a"))).isEqualTo(1L);
        assertThat(inbox.ends()).isZero();
    }

    @Test
    void a_connection_that_an_operator_ends_comes_back() {
        server.ask("CLIENT", "KILL", "TYPE", "pubsub");

        assertBack(2);
    }

    @Test
    void a_connection_that_redis_ends_for_a_full_output_buffer_comes_back() {
        server.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 100kb 100kb 1");
        server.ask("PUBLISH", "list", "x".repeat(1_000_000));
        await().until(() -> inbox.ends() == 1);

        assertBack(2);
    }

    @Test
    @Row("R2")
    void a_connection_that_ends_between_call_and_reply_leaves_the_outcome_open() {
        proxy.delay(200);
        CompletionStage<?> call = append(link, "list", "a");
        await().pollDelay(Duration.ofMillis(50)).until(() -> true);

        proxy.cut();

        assertThat(failureOf(call)).isInstanceOf(IOException.class);
        proxy.delay(0);
        assertBack(2);
    }

    @Test
    void a_server_that_becomes_a_replica_is_left_until_it_is_a_master_again() {
        try (RedisServer other = RedisServer.started()) {
            server.ask("REPLICAOF", "127.0.0.1", Integer.toString(other.port()));

            assertThat(failureOf(append(link, "list", "a"))).isInstanceOf(ClientError.class);
            await().untilAsserted(() -> assertThat(redis.fault()).contains("is a replica and takes no writes"));

            server.ask("REPLICAOF", "NO", "ONE");
            assertBack(2);
        }
    }

    @Test
    @Row("R7")
    void a_server_that_answers_and_delivers_nothing_is_left() throws IOException {
        AtomicBoolean delivers = new AtomicBoolean();
        try (FakeServer deaf = new FakeServer(command -> delivers.get() ? null : nothingFor(command));
                Redis other = Redis.open(RedisUrl.list("redis://127.0.0.1:" + deaf.port()), settings(), new Inbox())) {
            awaitReady(other);

            await().until(() -> other.fault().contains("delivers no messages"));
            await().until(() ->
                    deaf.connections() >= 2 && other.place("any").link().isConnected());
            assertThat(other.fault()).contains("delivers no messages");

            delivers.set(true);
            awaitReady(other);
        }
    }

    private static @Nullable String nothingFor(String[] command) {
        return command[0].equals("PUBLISH") ? ":1\r\n" : null;
    }

    @Test
    void a_call_that_a_later_one_with_its_key_has_overtaken_is_refused() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        String lost = "-NOSCRIPT No matching script.\r\n";
        try (FakeServer fake = new FakeServer(command -> !command[0].equals("EVALSHA")
                        ? null
                        : switch (calls.incrementAndGet()) {
                            case 1, 2 -> "";
                            case 3 -> lost + ":2\r\n" + lost;
                            default -> ":4\r\n";
                        });
                Redis other = Redis.open(RedisUrl.list("redis://127.0.0.1:" + fake.port()), settings(), new Inbox())) {
            awaitReady(other);
            Link faked = other.place("any").link();

            CompletionStage<?> first = append(faked, "one", "a");
            CompletionStage<?> second = append(faked, "one", "b");
            CompletionStage<?> third = append(faked, "two", "c");

            assertThat(failureOf(first)).isInstanceOf(ClientError.class).hasMessageContaining("overtook");
            assertThat(Calls.of(second)).isEqualTo(2L);
            assertThat(Calls.of(third)).isEqualTo(4L);
        }
    }

    /** A Redis that cannot save refuses PING, and confirms UNSUBSCRIBE by a push alone. */
    @Test
    void each_call_gets_its_own_reply_when_the_server_cannot_save() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        try (FakeServer fake = new FakeServer(command -> switch (command[0]) {
                    case "PING" -> "-MISCONF Redis cannot save.\r\n";
                    case "UNSUBSCRIBE" ->
                        ">3\r\n$11\r\nunsubscribe\r\n$" + command[1].length() + "\r\n" + command[1] + "\r\n:1\r\n";
                    case "EVALSHA" -> ":" + calls.incrementAndGet() + "\r\n";
                    default -> null;
                });
                Redis other = Redis.open(RedisUrl.list("redis://127.0.0.1:" + fake.port()), settings(), new Inbox())) {
            awaitReady(other);
            Link faked = other.place("any").link();
            assertThat(faked.subscribe(bytes("news"))).succeedsWithin(Duration.ofSeconds(5));
            faked.unsubscribe(bytes("news"));

            List<CompletionStage<?>> appended = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                appended.add(append(faked, "list", "a"));
            }

            for (int i = 0; i < 10; i++) {
                assertThat(Calls.of(appended.get(i))).isEqualTo(i + 1L);
            }
        }
    }

    @Test
    @Row("R1")
    void a_start_without_a_server_works_and_the_link_waits_for_it() {
        try (RedisServer late = RedisServer.stopped();
                Redis early = Redis.open(RedisUrl.list(late.url()), settings(), new Inbox())) {
            assertThat(early.fault()).contains("no connection to Redis");
            CompletableFuture<?> call =
                    append(early.place("any").link(), "list", "a").toCompletableFuture();
            assertThat(failureOf(call)).isEqualTo(ClientError.INTERNAL);

            late.start();

            awaitReady(early);
            assertThat(Calls.of(append(early.place("any").link(), "list", "a"))).isEqualTo(1L);
        }
    }
}
