package dev.switchboard.engine.redis;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures publications per second over one connection to a Redis that it starts, the CPU that
 * Redis takes for each, and the time in which a node listens to all its channels again. A main
 * program: the machine must be quiet.
 */
final class RedisEngineSpeed {

    private static final int CHANNELS = 1_000;
    private static final int PUBLICATIONS = 200_000;
    private static final int WINDOW = 5_000;
    private static final Retention HUNDRED = new Retention(100, Duration.ofMinutes(5));
    private static final int LISTENED = 100_000;
    private static final Pattern SUBSCRIBED = Pattern.compile("pubsub_channels:([0-9]+)");
    private static final Pattern CPU = Pattern.compile("used_cpu_(?:sys|user):([0-9.]+)");

    private RedisEngineSpeed() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (RedisServer server = RedisServer.started()) {
            for (int round = 0; round < 3; round++) {
                for (boolean fence : new boolean[] {true, false}) {
                    run(server, fence, true, HUNDRED);
                    run(server, fence, false, HUNDRED);
                }
                run(server, true, false, Retention.NONE);
                restart(server);
            }
        }
    }

    private static void restart(RedisServer server) throws InterruptedException {
        try (RedisNode node = new RedisNode(server.url()).listening()) {
            CompletableFuture<?>[] listened = new CompletableFuture<?>[LISTENED];
            Semaphore window = new Semaphore(WINDOW);
            for (int i = 0; i < LISTENED; i++) {
                window.acquire();
                listened[i] = node.engine
                        .listen("channel-" + i)
                        .whenComplete((done, failure) -> window.release())
                        .toCompletableFuture();
            }
            CompletableFuture.allOf(listened).join();
            server.kill();
            server.start();
            long begin = System.nanoTime();
            node.ready();
            while (subscribed(server) < LISTENED) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            System.out.printf(
                    "%,d channels: %.2f s from the start of Redis until the node listens to all of them%n",
                    LISTENED, (System.nanoTime() - begin) / 1e9);
        }
    }

    private static int subscribed(RedisServer server) {
        Matcher matcher = SUBSCRIBED.matcher(server.ask("INFO", "stats"));
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private static void run(RedisServer server, boolean fence, boolean key, Retention retention)
            throws InterruptedException {
        server.ask("FLUSHALL");
        try (RedisNode node = new RedisNode(server.url(), fence, new AtomicLong()).listening()) {
            Publication said = Publication.ofServer(Payload.json("\"" + "x".repeat(100) + "\""), Map.of(), "");
            Semaphore window = new Semaphore(WINDOW);
            AtomicLong failures = new AtomicLong();
            double cpuBefore = cpu(server);
            long begin = System.nanoTime();
            for (int i = 0; i < PUBLICATIONS; i++) {
                window.acquire();
                CompletionStage<?> stage = node.engine.publishOnce(
                        key ? "key-0123456789-" + i : "", "channel-" + i % CHANNELS, said, retention);
                var unused = stage.whenComplete((position, failure) -> {
                    if (failure != null) {
                        failures.incrementAndGet();
                    }
                    window.release();
                });
            }
            window.acquire(WINDOW);
            double seconds = (System.nanoTime() - begin) / 1e9;
            double micros = (cpu(server) - cpuBefore) * 1e6 / PUBLICATIONS;
            System.out.printf(
                    "fence %s, key %s, history %d: %,.0f publications/s, %.1f us of Redis each, %d failed%n",
                    fence, key, retention.size(), PUBLICATIONS / seconds, micros, failures.get());
        }
    }

    private static double cpu(RedisServer server) {
        Matcher matcher = CPU.matcher(server.ask("INFO", "cpu"));
        double seconds = 0;
        while (matcher.find()) {
            seconds += Double.parseDouble(matcher.group(1));
        }
        return seconds;
    }
}
