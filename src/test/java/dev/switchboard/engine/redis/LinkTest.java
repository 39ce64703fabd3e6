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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One link, and one server that runs without faults. */
class LinkTest {

    private final RedisServer server = RedisServer.started();
    private final Inbox inbox = new Inbox();
    private final Redis redis = Redis.open(RedisUrl.list(server.url()), settings(), inbox);
    private final Link link = redis.place("any").link();

    @BeforeEach
    void connect() {
        awaitReady(redis);
    }

    @AfterEach
    void stop() {
        redis.close();
        server.close();
    }

    @Test
    void a_script_runs_and_its_reply_comes_back() {
        assertThat(Calls.of(append(link, "list", "a"))).isEqualTo(1L);
        assertThat(Calls.of(append(link, "list", "b"))).isEqualTo(2L);
    }

    @Test
    void replies_are_numbers_bytes_lists_and_null() {
        Script script = new Script("return {1, ARGV[1], {2}, false}");

        List<?> reply = Objects.requireNonNull((List<?>)
                Calls.of(link.run(script, List.of(), List.of(new byte[] {0, 13, 10, -1}))));

        assertThat(reply.get(0)).isEqualTo(1L);
        assertThat((byte[]) reply.get(1)).containsExactly(0, 13, 10, -1);
        assertThat(reply.get(2)).isEqualTo(List.of(2L));
        assertThat(reply.get(3)).isNull();
    }

    @Test
    void calls_run_in_the_order_in_which_they_were_given() {
        List<CompletionStage<?>> calls = new ArrayList<>();
        for (int i = 1; i <= 5_000; i++) {
            calls.add(append(link, "list", Integer.toString(i)));
        }

        List<Object> lengths = calls.stream().map(Calls::of).toList();

        assertThat(lengths)
                .isEqualTo(IntStream.rangeClosed(1, 5_000)
                        .mapToObj(i -> (Object) (long) i)
                        .toList());
    }

    @Test
    void a_channel_is_heard_from_the_confirmation_to_the_end_of_the_subscription() {
        Calls.of(link.subscribe(bytes("list")));
        Calls.of(append(link, "list", "a"));
        link.unsubscribe(bytes("list"));
        Calls.of(append(link, "list", "b"));
        Calls.of(append(link, "list", "c"));

        assertThat(inbox.messages()).containsExactly("list: a");
    }

    @Test
    void a_channel_may_be_subscribed_twice() {
        Calls.of(link.subscribe(bytes("list")));
        Calls.of(link.subscribe(bytes("list")));
        Calls.of(append(link, "list", "a"));
        Calls.of(append(link, "list", "b"));

        assertThat(inbox.messages()).containsExactly("list: a", "list: b");
    }

    @Test
    void a_reply_comes_after_all_messages_that_the_server_sent_before_it() {
        Script count = new Script("return redis.call('llen', KEYS[1])");
        try (Redis other = Redis.open(RedisUrl.list(server.url()), settings(), new Inbox())) {
            awaitReady(other);
            Calls.of(link.subscribe(bytes("list")));
            List<CompletionStage<?>> writes = new ArrayList<>();
            List<CompletionStage<Boolean>> reads = new ArrayList<>();

            for (int i = 0; i < 3_000; i++) {
                writes.add(append(other.place("any").link(), "list", "x"));
                reads.add(link.run(
                        count,
                        List.of(bytes("list")),
                        List.of(),
                        length -> Long.valueOf(inbox.messages().size()).equals(length)));
            }

            writes.forEach(Calls::of);
            assertThat(reads.stream().map(Calls::of).distinct()).containsExactly(true);
        }
    }

    @Test
    void a_lost_script_is_loaded_again_and_no_call_is_lost_or_overtaken() {
        List<CompletionStage<?>> calls = new ArrayList<>();
        for (int i = 1; i <= 4_000; i++) {
            calls.add(append(link, "list", Integer.toString(i)));
            if (i % 1_000 == 0) {
                server.ask("SCRIPT", "FLUSH");
            }
        }
        calls.forEach(Calls::of);

        assertThat(server.ask("LRANGE", "list", "0", "-1"))
                .isEqualTo(String.join(
                        "\n",
                        IntStream.rangeClosed(1, 4_000)
                                .mapToObj(Integer::toString)
                                .toList()));
        assertThat(inbox.ends()).isZero();
    }

    @Test
    void no_call_overtakes_another_one_with_its_key_while_a_second_node_loads_the_script() {
        try (Redis second = Redis.open(RedisUrl.list(server.url()), settings(), new Inbox())) {
            awaitReady(second);
            List<CompletionStage<?>> calls = new ArrayList<>();
            AtomicInteger refused = new AtomicInteger();
            for (int i = 1; i <= 4_000; i++) {
                calls.add(append(link, "list", String.format("%05d", i)).exceptionally(failure -> {
                    assertThat(failure).isInstanceOf(ClientError.class);
                    return refused.incrementAndGet();
                }));
                calls.add(append(second.place("any").link(), "other", "x").exceptionally(failure -> failure));
                if (i % 500 == 0) {
                    server.ask("SCRIPT", "FLUSH");
                }
            }
            calls.forEach(Calls::of);

            List<String> list = List.of(server.ask("LRANGE", "list", "0", "-1").split("\n"));
            assertThat(list).isSorted().doesNotHaveDuplicates().hasSize(4_000 - refused.get());
        }
    }

    @Test
    void an_error_of_a_script_leaves_the_outcome_open() {
        Script broken = new Script("redis.call('set', KEYS[1], 'written') return redis.call('lpush', KEYS[1], 'x')");

        Throwable failure = failureOf(link.run(broken, List.of(bytes("key")), List.of()));

        assertThat(failure).isInstanceOf(RedisFault.class).hasMessageContaining("WRONGTYPE");
        assertThat(server.ask("GET", "key")).isEqualTo("written");
        assertThat(inbox.ends()).isZero();
    }

    @Test
    void full_memory_and_missing_replicas_are_refusals_before_anything_was_done() {
        server.ask("CONFIG", "SET", "maxmemory", "1mb");
        assertThat(failureOf(append(link, "list", "a")))
                .isInstanceOf(ClientError.class)
                .hasMessageContaining("OOM");
        server.ask("CONFIG", "SET", "maxmemory", "0");
        server.ask("CONFIG", "SET", "min-replicas-to-write", "1");
        assertThat(failureOf(append(link, "list", "a")))
                .isInstanceOf(ClientError.class)
                .hasMessageContaining("NOREPLICAS");
        server.ask("CONFIG", "SET", "min-replicas-to-write", "0");

        assertThat(Calls.of(append(link, "list", "a"))).isEqualTo(1L);
        assertThat(inbox.ends()).isZero();
    }

    @Test
    @Row("R9")
    void more_than_ten_thousand_requests_are_refused_and_the_others_go_on() {
        server.freeze();
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 11_000; i++) {
            calls.add(append(link, "list", "x").toCompletableFuture());
        }
        List<CompletableFuture<?>> refused =
                calls.stream().filter(CompletableFuture::isDone).toList();

        assertThat(refused).hasSizeBetween(1_000, 1_010); // pings count as well
        assertThat(refused).allSatisfy(call -> assertThat(failureOf(call)).isEqualTo(ClientError.TOO_MANY_REQUESTS));
        server.thaw();
        assertThat(calls.stream()
                        .filter(call -> !call.isCompletedExceptionally())
                        .map(Calls::of))
                .hasSize(11_000 - refused.size());
    }

    @Test
    @Row("R9")
    void more_than_32_mebibytes_of_requests_are_refused_and_a_single_one_may_be_larger() {
        server.freeze();
        byte[] large = new byte[1 << 20];
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            calls.add(link.run(Calls.APPEND, List.of(bytes("other")), List.of(large))
                    .toCompletableFuture());
        }
        List<CompletableFuture<?>> refused =
                calls.stream().filter(CompletableFuture::isDone).toList();

        assertThat(refused).hasSize(40 - 31); // the keys count as well
        assertThat(refused).allSatisfy(call -> assertThat(failureOf(call)).isEqualTo(ClientError.TOO_MANY_REQUESTS));
        server.thaw();
        calls.stream().filter(call -> !refused.contains(call)).forEach(Calls::of);
        assertThat(Calls.of(link.run(Calls.APPEND, List.of(bytes("other")), List.of(new byte[40 << 20]))))
                .isEqualTo(32L);
    }

    @Test
    void all_threads_end_with_the_link() {
        String thread = "-127.0.0.1:" + server.port();
        assertThat(Thread.getAllStackTraces().keySet())
                .anyMatch(each -> each.getName().endsWith(thread));

        redis.close();

        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(each -> each.getName().endsWith(thread)));
        assertThat(failureOf(append(link, "list", "a"))).isEqualTo(ClientError.INTERNAL);
        assertThat(failureOf(link.subscribe(bytes("list")))).isEqualTo(ClientError.INTERNAL);
    }
}
