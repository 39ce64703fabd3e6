package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.engine.EngineContract;
import dev.switchboard.engine.LongRecovery;
import dev.switchboard.spi.Engine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the contract on one server, of each program of Redis or Valkey that this machine has. */
@ParameterizedClass
@MethodSource("dev.switchboard.engine.redis.RedisServer#programs")
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

    @SuppressWarnings("NullAway.Init") // JUnit calls start() first
    private static RedisServer server;

    private final AtomicLong skew = new AtomicLong();

    private final RedisNode node = new RedisNode(server.url(), true, skew);

    RedisEngineTest(Path program) {
        assertThat(program).isExecutable();
    }

    @BeforeParameterizedClassInvocation
    static void start(Path program) {
        server = RedisServer.started(program);
    }

    @AfterParameterizedClassInvocation
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
