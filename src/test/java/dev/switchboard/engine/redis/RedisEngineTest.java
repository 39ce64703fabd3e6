package dev.switchboard.engine.redis;

import dev.switchboard.engine.EngineContract;
import dev.switchboard.engine.LongRecovery;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Runs the contract on one server. */
class RedisEngineTest implements EngineContract {

    /** Does to the keys what time does. */
    static final String AGE = """
            for _, key in ipairs(redis.call('KEYS', '*')) do
                local left = redis.call('PTTL', key)
                if left > 0 then
                    redis.call('PEXPIRE', key, left - ARGV[1])
                end
            end
            """;

    private static RedisServer server;

    private final AtomicLong skew = new AtomicLong();

    @SuppressWarnings("NullAway") // JUnit calls start() first
    private final RedisNode node = new RedisNode(server.url(), true, skew);

    @BeforeAll
    static void start() {
        server = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void close() {
        node.close();
        server.ask("FLUSHALL");
    }

    @Override
    public Engine engine() {
        return node.ready().engine;
    }

    @Override
    public void pass(Duration time) {
        skew.addAndGet(time.toMillis());
        server.ask("EVAL", AGE, "0", Long.toString(time.toMillis()));
    }

    @Test
    void a_client_recovers_a_thousand_publications() {
        LongRecovery.check(engine());
    }
}
