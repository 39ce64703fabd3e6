package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Threads race to subscribe, unsubscribe and end one client (failures catalogue I10). */
class ChurnTest {

    private static final int ROUNDS = 3000;
    private static final Quota QUOTA = new Quota(1_000_000, 1_000_000, 1_000_000, 65_536);

    private static final Pattern CHANGE =
            Pattern.compile("\"(join|leave)\":\\{\"info\":\\{\"user\":\"\",\"client\":\"([^\"]+)\"");

    private final ExecutorService threads = Executors.newFixedThreadPool(3);
    private final ExecutorService writers = Executors.newFixedThreadPool(2);
    private final Engine engine = Nodes.memory(System::nanoTime);
    private final OpenAccess access = new OpenAccess()
            .with(
                    "room",
                    ChannelOptions.PLAIN
                            .with(new Retention(10, Duration.ofMinutes(1)))
                            .withPresence(true)
                            .withJoinLeave(Offer.FORCED)
                            .withRecovery(Offer.FORCED));
    private final Hub hub =
            new Hub(Nodes.of(Nodes.limits(10_000_000), engine, access, System::nanoTime, writers, writers));

    private final Logger logger = Logger.getLogger(Client.class.getName());

    @BeforeEach
    void silence() {
        logger.setLevel(Level.WARNING); // else thousands of clients fill the log
    }

    @AfterEach
    void stop() {
        logger.setLevel(null);
        threads.shutdownNow();
        writers.shutdownNow();
    }

    private Client connect(Transport transport) {
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, System::nanoTime));
        client.receive(Frame.text("{\"connect\":{},\"id\":1}"));
        return client;
    }

    private void together(Runnable... tasks) throws Exception {
        CyclicBarrier start = new CyclicBarrier(tasks.length);
        List<Future<?>> running = new ArrayList<>();
        for (Runnable task : tasks) {
            running.add(threads.submit(() -> {
                start.await();
                task.run();
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get(1, TimeUnit.MINUTES);
        }
    }

    private boolean isPresent(Client client) {
        return engine.presence("room").toCompletableFuture().join().containsKey(client.id());
    }

    /** Returns whether the client is in the channel: then it cannot subscribe. */
    private static boolean isIn(Client client) {
        try {
            SubscribeRequest again = new SubscribeRequest("room", "", Set.of(), null, null, Echo.ON);
            assertThat(client.subscribe(again, result -> List.of())).isCompleted();
            return false;
        } catch (ClientError already) {
            return already.equals(ClientError.ALREADY_SUBSCRIBED);
        }
    }

    /** Returns the last announcement of each client, by its id: join or leave. */
    private static Map<String, String> lastHeardOfEach(ScriptedTransport listener) {
        Map<String, String> last = new HashMap<>();
        for (String frame : listener.sent()) {
            Matcher change = CHANGE.matcher(frame);
            while (change.find()) {
                last.put(change.group(2), change.group(1));
            }
        }
        return last;
    }

    @Test
    void hub_presence_and_announcements_agree_when_threads_race() throws Exception {
        ScriptedTransport heard = ScriptedTransport.inline();
        Client listener = connect(heard);
        listener.receive(Frame.text("{\"subscribe\":{\"channel\":\"room\"},\"id\":2}"));
        List<Client> stayed = new ArrayList<>();
        List<Client> ended = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            Client client = connect(ScriptedTransport.inline());
            boolean ends = round % 2 == 0;
            (ends ? ended : stayed).add(client);
            together(
                    () -> {
                        client.receive(Frame.text("{\"subscribe\":{\"channel\":\"room\"},\"id\":2}\n"
                                + "{\"unsubscribe\":{\"channel\":\"room\"},\"id\":3}"));
                        client.receive(Frame.text("{\"subscribe\":{\"channel\":\"room\"},\"id\":4}"));
                    },
                    () -> client.unsubscribe("room", Unsubscribe.INSUFFICIENT_STATE),
                    () -> {
                        if (ends) {
                            client.closed(1006, "");
                        } else {
                            CompletionStage<?> unused = engine.publish(
                                    "room",
                                    new Publication(Payload.json("1"), null, null),
                                    new Retention(10, Duration.ofMinutes(1)));
                        }
                    });
        }
        await().untilAsserted(() -> assertThat(ended).noneMatch(this::isPresent));
        await().untilAsserted(() -> {
            Map<String, String> last = lastHeardOfEach(heard);
            assertThat(stayed)
                    .allMatch(client -> isPresent(client)
                            == last.getOrDefault(client.id(), "").equals("join"));
            assertThat(ended)
                    .noneMatch(client -> last.getOrDefault(client.id(), "").equals("join"));
        });
        assertThat(stayed).allMatch(client -> isPresent(client) == isIn(client));
        stayed.forEach(client -> client.closed(1006, ""));
        listener.closed(1006, "");
        await().untilAsserted(() -> assertThat(hub.channelCount()).isZero());
        assertThat(hub.clientCount()).isZero();
    }
}
