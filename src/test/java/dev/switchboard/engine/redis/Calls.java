package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What the tests of links have in common. */
final class Calls {

    /** Appends the argument to the list {@code KEYS[1]}, publishes it there, and returns the length. */
    static final Script APPEND = script("publish");

    /** Does the same in a cluster. */
    static final Script SHARD_APPEND = script("spublish");

    private Calls() {}

    /** The write comes first: a server that refuses writes lets a script publish before it fails. */
    private static Script script(String publish) {
        return new Script("local length = redis.call('rpush', KEYS[1], ARGV[1]) redis.call('" + publish
                + "', KEYS[1], ARGV[1]) return length");
    }

    static LinkSettings settings() {
        return new LinkSettings("switchboard-test", "test:", Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static CompletionStage<@Nullable Object> append(Link link, String key, String value) {
        return link.run(APPEND, List.of(bytes(key)), List.of(bytes(value)));
    }

    /** Waits for the reply. */
    static @Nullable Object of(CompletionStage<?> stage) {
        try {
            return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for the failure. */
    static Throwable failureOf(CompletionStage<?> stage) {
        try {
            Object reply = stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
            return fail("succeeded with " + reply);
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    static void awaitReady(Redis redis) {
        await().atMost(Duration.ofSeconds(20)).until(() -> redis.fault().isEmpty());
    }
}
