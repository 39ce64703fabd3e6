package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.awaitReady;
import static dev.switchboard.engine.redis.Calls.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The end of a relay while no master of a cluster answers. */
class ClusterEndTest {

    /** One second for the replies of each would be longer than an end may last. */
    private static final int MASTERS = 5;

    private static final int SLOTS = 16_384;

    /** No connection ends for its silence. */
    private static final LinkSettings SLOW =
            new LinkSettings("switchboard-test", "test:", Duration.ofSeconds(1), Duration.ofSeconds(60));

    private final List<FakeServer> masters = new ArrayList<>();
    private final AtomicBoolean silent = new AtomicBoolean();

    @AfterEach
    void stop() throws IOException {
        for (FakeServer master : masters) {
            master.close();
        }
    }

    /** Returns what a master of the cluster answers until a script comes. */
    private String answer(String[] command) {
        if (silent.get() || command[0].equals("EVALSHA")) {
            silent.set(true);
            return "";
        }
        return switch (command[0]) {
            case "CLUSTER" ->
                command[1].equals("INFO") ? bulk("cluster_state:ok\r\ncluster_current_epoch:1\r\n") : slots();
            case "HELLO" -> "%1\r\n" + bulk("role") + bulk("master");
            case "SUBSCRIBE" -> ">3\r\n" + bulk("subscribe") + bulk(command[1]) + ":1\r\n";
            case "SCRIPT" -> bulk("sha");
            default -> "+OK\r\n";
        };
    }

    private String slots() {
        StringBuilder slots = new StringBuilder("*" + MASTERS + "\r\n");
        for (int i = 0; i < MASTERS; i++) {
            int first = i * SLOTS / MASTERS;
            int last = (i + 1) * SLOTS / MASTERS - 1;
            slots.append("*3\r\n:" + first + "\r\n:" + last + "\r\n*2\r\n" + bulk("127.0.0.1") + ":"
                    + masters.get(i).port() + "\r\n");
        }
        return slots.toString();
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    private Stream<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.equals("switchboard-redis-cluster")
                        || masters.stream().anyMatch(master -> name.endsWith("reader-127.0.0.1:" + master.port())));
    }

    @Test
    void no_thread_is_left_when_the_end_returns_although_no_master_answers() throws IOException {
        for (int i = 0; i < MASTERS; i++) {
            masters.add(new FakeServer(this::answer));
        }
        Redis redis = Redis.open(
                RedisUrl.list("redis+cluster://127.0.0.1:" + masters.get(0).port()), SLOW, new Inbox());
        awaitReady(redis);
        List<CompletionStage<?>> calls = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Place place = redis.place("channel " + i);
            calls.add(place.link()
                    .run(Calls.SHARD_APPEND, List.of(bytes("{" + place.tag() + "}list")), List.of(bytes("a"))));
        }
        assertThat(threads()).hasSize(1 + MASTERS);

        redis.close();

        assertThat(threads()).isEmpty();
        assertThat(calls)
                .allSatisfy(call -> assertThat(call.toCompletableFuture()).isCompletedExceptionally());
    }
}
