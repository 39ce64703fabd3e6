package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Ledger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests what a node opens, with the configuration of Redis that is shipped. */
class RedisStorageTest {

    private static final Path CONFIGURATION = Path.of("server-config/redis/redis.conf");
    private static final Retention TEN = new Retention(10, Duration.ofMinutes(1));
    private static final ClientInfo ANN = new ClientInfo("1", "ann", null, null);

    /** The test asks as the default user, and chooses the port. */
    private static String[] shipped() throws IOException {
        return Files.readAllLines(CONFIGURATION).stream()
                .filter(line -> !line.matches("(bind|port|save|user default) .*"))
                .toArray(String[]::new);
    }

    private static <T extends @Nullable Object> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private static Publication publication(String text) {
        return Publication.ofServer(Payload.json(text), Map.of(), "");
    }

    @Test
    void the_user_of_the_shipped_configuration_may_do_all_that_a_node_does() throws IOException {
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
        try (RedisServer server = RedisServer.started(shipped())) {
            RedisSettings settings = new RedisSettings(
                    RedisUrl.list("redis://switchboard:change-me@127.0.0.1:" + server.port()),
                    "switchboard",
                    true,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(2));
            try (RedisStorage storage = new RedisStorage(
                    settings, "node", InstantSource.system(), System::nanoTime, timer, Runnable::run)) {
                List<String> heard = new CopyOnWriteArrayList<>();
                Engine engine = storage.engine();
                engine.start(new Listener(heard));
                await().untilAsserted(() -> assertThat(engine.fault()).isNull());
                now(engine.listen("room"));
                now(engine.publish("room", publication("1").withVersion(new Version(1, "")), TEN));
                now(engine.publishOnce("key", "room", publication("2"), TEN));
                now(engine.publishOnce("key", "room", publication("3"), Retention.NONE));
                now(engine.enter("room", ANN));
                now(engine.announceJoin("room", ANN));
                assertThat(now(engine.presence("room"))).containsOnlyKeys("1");
                now(engine.exit("room", "1"));
                now(engine.announceLeave("room", ANN));
                assertThat(now(engine.history("room", HistoryQuery.newest(5), TEN))
                                .publications())
                        .hasSize(2);
                now(engine.removeHistory("room"));
                engine.unlisten("room");
                await().untilAsserted(() -> assertThat(heard).contains("1", "2", "+ann", "-ann"));
                Ledger ledger = storage.ledger();
                Instant end = Instant.now().plusSeconds(60);
                now(ledger.put("blocked", "ann", "", end));
                now(ledger.remove("blocked", "ann"));
                assertThat(now(ledger.claim("token", "a", end))).isTrue();
                assertThat(now(ledger.claim("token", "a", end))).isFalse();
                assertThat(server.ask("ACL", "LOG")).isEmpty();
            }
        } finally {
            timer.shutdownNow();
        }
    }

    private record Listener(List<String> heard) implements Engine.Feed {
        @Override
        public Runnable published(String channel, Publication publication) {
            heard.add(String.valueOf(publication.data().frame().text()));
            return () -> {};
        }

        @Override
        public Runnable joined(String channel, ClientInfo client) {
            heard.add("+" + client.user());
            return () -> {};
        }

        @Override
        public Runnable left(String channel, ClientInfo client) {
            heard.add("-" + client.user());
            return () -> {};
        }
    }
}
