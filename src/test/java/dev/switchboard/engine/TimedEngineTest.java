package dev.switchboard.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.Frame;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimedEngineTest implements EngineContract {

    private final FakeClock clock = new FakeClock();
    private final FaultyEngine slow = new FaultyEngine(new MemoryEngine(100_000, clock, Runnable::run));
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final TimedEngine engine = new TimedEngine(slow, Duration.ofMillis(20), timer, Runnable::run);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Override
    public Engine engine() {
        return engine;
    }

    @Override
    public void pass(Duration time) {
        clock.advance(time);
    }

    @Test
    void a_stage_fails_for_good_when_the_engine_does_not_answer_in_time() {
        engine.start(new Listener());
        slow.fallBehind();
        List<CompletableFuture<?>> asked = List.of(
                engine.publish("c", EngineContract.publication("1"), THREE).toCompletableFuture(),
                engine.history("c", HistoryQuery.POSITION, THREE).toCompletableFuture(),
                engine.enter("c", ANN).toCompletableFuture(),
                engine.exit("c", "1").toCompletableFuture(),
                engine.presence("c").toCompletableFuture(),
                engine.announceJoin("c", ANN).toCompletableFuture(),
                engine.announceLeave("c", ANN).toCompletableFuture());
        for (CompletableFuture<?> answer : asked) {
            assertThatThrownBy(answer::join).hasCauseInstanceOf(TimeoutException.class);
        }
        slow.catchUp();
        assertThat(asked).allSatisfy(answer -> assertThat(answer).isCompletedExceptionally());
    }

    @Test
    void a_stage_completes_when_the_engine_answers_late_but_in_time() {
        TimedEngine patient = new TimedEngine(slow, Duration.ofMinutes(1), timer, Runnable::run);
        patient.start(new Listener());
        slow.fallBehind();
        var answer = patient.publish("c", EngineContract.publication("1"), Retention.NONE)
                .toCompletableFuture();
        assertThat(answer).isNotDone();
        slow.catchUp();
        assertThat(answer).isCompleted();
    }

    @Test
    @Row("S12")
    void every_client_gets_error_100_and_no_thread_waits_when_the_engine_does_not_answer() {
        Hub hub = new Hub(Nodes.of(
                Nodes.limits(100_000), engine, new OpenAccess(), System::nanoTime, Runnable::run, Runnable::run));
        List<ScriptedTransport> transports = new ArrayList<>();
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            ScriptedTransport transport = ScriptedTransport.inline();
            Client client = hub.connect(
                    transport,
                    CentrifugeProtocol.json(new CentrifugeProtocol.Quota(1_000, 1_000, 100, 65_536), System::nanoTime));
            client.receive(Frame.text("{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"c\"}}"));
            transports.add(transport);
            clients.add(client);
        }
        slow.fallBehind();
        for (Client client : clients) { // if one of these calls blocked, the next client would get no answer
            client.receive(Frame.text("{\"id\":3,\"publish\":{\"channel\":\"c\",\"data\":1}}"));
        }
        await().untilAsserted(() -> assertThat(transports).allSatisfy(transport -> {
            assertThat(answers(transport)).contains("\"id\":3,\"error\":{\"code\":100", "\"temporary\":true");
            assertThat(transport.closes()).isEmpty();
        }));
    }

    private static String answers(ScriptedTransport transport) {
        return String.join("\n", transport.sent());
    }
}
