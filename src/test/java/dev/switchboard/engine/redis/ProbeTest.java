package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;

class ProbeTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final long TICK = Duration.ofMillis(100).toNanos();

    private static final Session.Receiver NOBODY = new Session.Receiver() {

        @Override
        public void message(byte[] channel, byte[] message) {}

        @Override
        public void unsubscribed(byte[] channel) {}

        @Override
        public void refused(Verdict verdict, String error) {}
    };

    @Test
    void a_process_that_stood_still_gives_the_server_its_time_again() throws IOException {
        try (RedisServer server = RedisServer.started();
                RedisConnection connection = RedisConnection.open(
                        new HostAndPort("127.0.0.1", server.port()),
                        RedisUrl.list(server.url()).get(0).login(),
                        settings())) {
            Session session = new Session(connection, NOBODY);
            new Thread(session::write).start();
            server.freeze();
            session.sendAnyway(Request.command(Command.PING));
            Probe probe = new Probe(Calls.bytes("probe"));
            long start = System.nanoTime();
            await().until(() -> session.isStuck(start + TIMEOUT.toNanos(), TIMEOUT.toNanos() / 2));
            assertThat(probe.check(start, false, session, TIMEOUT)).isNull();

            long woken = start + Duration.ofSeconds(60).toNanos();

            for (long now = woken; now < woken + TIMEOUT.toNanos(); now += TICK) {
                assertThat(probe.check(now, false, session, TIMEOUT)).isNull();
            }
            assertThat(probe.check(woken + TIMEOUT.toNanos(), false, session, TIMEOUT))
                    .isEqualTo("no reply for 2000 ms");
            session.end("the test is over");
        }
    }
}
