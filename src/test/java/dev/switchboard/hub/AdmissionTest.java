package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.failure.Row;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.Admission.Refusal;
import dev.switchboard.limits.NodeLimits;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.spi.Encoding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

public class AdmissionTest {

    private static final Peer HERE = new Peer("192.0.2.1", null);
    private static final int MANY = 1_000_000;

    private final FakeClock clock = new FakeClock();
    private final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    private final List<Runnable> writers = new ArrayList<>();
    private Node node = node(new NodeLimits(MANY, MANY, MANY, MANY, MANY, MANY, MANY));
    private Hub hub = new Hub(node);

    private Node node(NodeLimits capacity) {
        return Nodes.of(
                Nodes.limits(100_000), capacity, Nodes.memory(clock), access, clock, writers::add, Runnable::run);
    }

    private void with(NodeLimits capacity) {
        node = node(capacity);
        hub = new Hub(node);
    }

    private Admission admission() {
        return node.admission();
    }

    private @Nullable Refusal refusal() {
        return admission().refusal(HERE.address());
    }

    /** A protocol that ignores messages: the test calls the verbs of the client. */
    public static final class SilentProtocol implements Protocol {
        @Override
        public @Nullable String channel() {
            return null;
        }

        @Override
        public Encoding encoding() {
            return PlainEncoding.STEADY;
        }

        @Override
        public void open(Client client) {
            client.awaitConnect();
        }

        @Override
        public void receive(Client client, Frame frame) {}
    }

    private Client newClient(ScriptedTransport transport) {
        return hub.connect(transport.from(HERE), new SilentProtocol());
    }

    private Client newClient() {
        return newClient(ScriptedTransport.inline());
    }

    private static CompletableFuture<?> connect(Client client, String token) {
        return client.connect(token, null, Map.of(), result -> Frame.text("connected"))
                .toCompletableFuture();
    }

    @Test
    void a_handshake_is_refused_when_the_node_has_all_its_connections() {
        with(new NodeLimits(2, MANY, MANY, MANY, MANY, MANY, MANY));
        Client first = newClient();
        assertThat(refusal()).isNull();
        newClient();
        assertThat(refusal()).isEqualTo(Refusal.CONNECTIONS);
        first.closed(1000, "");
        first.closed(1000, "");
        assertThat(refusal()).isNull();
        assertThat(admission().admitted())
                .as("the handshakes that were not refused")
                .isEqualTo(2);
    }

    /** Returns how many of sixty simultaneous handshakes get a place. */
    private int placesOfSixty() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(60);
        CyclicBarrier start = new CyclicBarrier(60);
        List<Callable<Boolean>> handshakes = Collections.nCopies(60, () -> {
            start.await();
            return admission().take(HERE.address()) instanceof Admission.Place;
        });
        try {
            int places = 0;
            for (Future<Boolean> handshake : threads.invokeAll(handshakes)) {
                places += handshake.get() ? 1 : 0;
            }
            return places;
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    @Row("C18")
    void simultaneous_handshakes_get_no_more_places_than_the_limit() throws Exception {
        for (NodeLimits capacity : List.of(
                new NodeLimits(10, MANY, MANY, MANY, MANY, MANY, MANY),
                new NodeLimits(MANY, MANY, 10, MANY, MANY, MANY, MANY),
                new NodeLimits(MANY, MANY, MANY, 10, MANY, MANY, MANY))) {
            with(capacity);
            assertThat(placesOfSixty()).as(capacity.toString()).isEqualTo(10);
        }
    }

    @Test
    void a_place_is_free_once_when_it_is_given_back_twice() {
        with(new NodeLimits(1, MANY, 1, 1, MANY, MANY, MANY));
        Admission.Place place = (Admission.Place) admission().take(HERE.address());
        assertThat(refusal()).isEqualTo(Refusal.CONNECTIONS);
        place.leave();
        place.leave();
        assertThat(admission().connections()).isZero();
        assertThat(admission().waiting()).isZero();
        assertThat(refusal()).isNull();
    }

    @Test
    void a_client_keeps_the_place_of_its_handshake_until_it_ends() {
        Admission.Place place = (Admission.Place) admission().take(HERE.address());
        Client client = hub.connect(ScriptedTransport.inline().at(place), new SilentProtocol());
        assertThat(admission().connections()).isOne();
        assertThat(admission().waiting()).isOne();
        client.closed(1000, "");
        assertThat(admission().connections()).isZero();
        assertThat(admission().waiting()).isZero();
    }

    @Test
    void an_address_has_its_own_limit_unless_it_is_unknown() {
        with(new NodeLimits(MANY, MANY, 1, MANY, MANY, MANY, MANY));
        Client client = newClient();
        assertThat(refusal()).isEqualTo(Refusal.ADDRESS);
        assertThat(admission().refusal("192.0.2.2")).isNull();
        hub.connect(ScriptedTransport.inline(), new SilentProtocol());
        assertThat(admission().refusal("")).isNull();
        client.disconnect(Disconnect.SLOW);
        assertThat(refusal()).isNull();
    }

    @Test
    void a_client_counts_as_waiting_until_it_connects_or_ends() {
        with(new NodeLimits(MANY, MANY, MANY, 2, MANY, MANY, MANY));
        Client first = newClient();
        Client second = newClient();
        assertThat(refusal()).isEqualTo(Refusal.WAITING);
        connect(first, "ann");
        assertThat(refusal()).isNull();
        newClient();
        assertThat(refusal()).isEqualTo(Refusal.WAITING);
        second.closed(1006, "");
        assertThat(refusal()).isNull();
        assertThat(admission().waiting()).isEqualTo(1);
    }

    @Test
    void handshakes_above_the_rate_are_refused_until_time_has_passed() {
        with(new NodeLimits(MANY, MANY, MANY, MANY, 2, 5, MANY));
        IntStream.range(0, 5).forEach(i -> assertThat(refusal()).isNull());
        assertThat(refusal()).isEqualTo(Refusal.RATE);
        clock.advance(Duration.ofSeconds(1));
        assertThat(refusal()).isNull();
        assertThat(refusal()).isNull();
        assertThat(refusal()).isEqualTo(Refusal.RATE);
    }

    @Test
    void a_user_with_too_many_connections_is_refused_until_one_ends() {
        with(new NodeLimits(MANY, 2, MANY, MANY, MANY, MANY, MANY));
        ScriptedTransport third = ScriptedTransport.inline();
        Client first = newClient();
        connect(first, "ann");
        connect(newClient(), "ann");
        assertThatThrownBy(connect(newClient(third), "ann")::join).hasCause(Disconnect.CONNECTION_LIMIT);
        assertThat(connect(newClient(), "bob")).isCompleted();
        IntStream.range(0, 5).forEach(i -> assertThat(connect(newClient(), "")).isCompleted());
        first.disconnect(Disconnect.SLOW);
        assertThat(connect(newClient(), "ann")).isCompleted();
        assertThatThrownBy(connect(newClient(), "ann")::join).hasCause(Disconnect.CONNECTION_LIMIT);
    }

    @Test
    void a_user_is_not_counted_when_it_is_known_after_the_end() {
        with(new NodeLimits(MANY, 1, MANY, MANY, MANY, MANY, MANY));
        access.answerLater();
        Client gone = newClient();
        CompletableFuture<?> connecting = connect(gone, "ann");
        gone.closed(1006, "");
        access.answer();
        assertThat(connecting).isDone();
        assertThat(connect(newClient(), "ann")).isCompleted();
    }

    @Test
    void counts_are_zero_when_all_clients_have_ended() {
        List<Client> clients = IntStream.range(0, 50).mapToObj(i -> newClient()).toList();
        for (int i = 0; i < clients.size(); i++) {
            Client client = clients.get(i);
            if (i % 3 > 0) {
                connect(client, i % 3 == 1 ? "ann" : "");
            }
            client.send(Frame.text("x".repeat(10_000)));
            if (i % 2 == 0) {
                client.closed(1000, "");
            }
            client.disconnect(Disconnect.SLOW);
        }
        assertThat(admission().connections()).isZero();
        assertThat(admission().waiting()).isZero();
        assertThat(admission().outboxBytes()).isZero();
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    @Row("S11")
    void the_client_with_most_waiting_bytes_is_disconnected_when_the_budget_is_exceeded() {
        with(new NodeLimits(MANY, MANY, MANY, MANY, MANY, MANY, 100_000));
        ScriptedTransport most = ScriptedTransport.late();
        ScriptedTransport less = ScriptedTransport.late();
        Client greedy = newClient(most);
        Client modest = newClient(less);
        modest.send(Frame.text("x".repeat(30_000)));
        greedy.send(Frame.text("x".repeat(60_000)));
        assertThat(writers).isEmpty();
        assertThat(refusal()).isNull();
        greedy.send(Frame.text("x".repeat(20_000)));
        assertThat(refusal()).isEqualTo(Refusal.MEMORY);
        greedy.send(Frame.text("again"));
        assertThat(writers).hasSize(1);
        writers.remove(0).run();
        assertThat(most.closes()).containsExactly(Disconnect.SLOW);
        assertThat(less.closes()).isEmpty();
        assertThat(refusal()).isNull();
        assertThat(admission().outboxBytes()).isBetween(28_000L, 34_000L);
    }

    /** Another thread sends while a publisher writes to a large channel. */
    @Test
    void a_client_is_not_disconnected_before_a_frame_was_written_to_it() {
        with(new NodeLimits(MANY, MANY, MANY, MANY, MANY, MANY, 100_000));
        Client other = newClient();
        ScriptedTransport first = ScriptedTransport.inline();
        List<ScriptedTransport> transports = new ArrayList<>(List.of(first));
        IntStream.range(0, 9).forEach(i -> transports.add(ScriptedTransport.inline()));
        for (ScriptedTransport transport : transports) {
            SubscribeRequest request = new SubscribeRequest("c", "", Set.of(), null, null, Echo.ON);
            assertThat(newClient(transport)
                            .subscribe(request, result -> List.of())
                            .toCompletableFuture())
                    .isCompleted();
        }
        first.follow((frame, completion) -> {
            other.send(Frame.text("x"));
            assertThat(writers).hasSize(1);
            writers.remove(0).run();
            completion.completed(null);
        });
        assertThat(newClient().publish("c", Payload.json("x".repeat(30_000))).toCompletableFuture())
                .isCompleted();
        assertThat(transports).allSatisfy(transport -> {
            assertThat(transport.closes()).isEmpty();
            assertThat(transport.sent()).hasSize(1);
        });
        assertThat(admission().outboxBytes()).isZero();
    }

    @Test
    void bytes_that_a_client_sent_ahead_count_as_waiting_bytes() {
        with(new NodeLimits(MANY, MANY, MANY, MANY, MANY, MANY, 100_000));
        ScriptedTransport transport = ScriptedTransport.inline();
        Client eager = newClient(transport);
        eager.sentAhead(200_000);
        assertThat(refusal()).isEqualTo(Refusal.MEMORY);
        hub.check();
        writers.remove(0).run();
        assertThat(transport.closes()).containsExactly(Disconnect.SLOW);
        eager.sentAhead(200_000);
        assertThat(admission().outboxBytes()).isZero();
    }

    @Test
    void bytes_of_an_incomplete_message_count_until_it_is_complete() {
        with(new NodeLimits(MANY, MANY, MANY, MANY, MANY, MANY, 100_000));
        Client honest = newClient(ScriptedTransport.inline());
        honest.receiving(50_000);
        assertThat(admission().outboxBytes()).isBetween(46_000L, 50_000L);
        honest.receive(Frame.text("whole"));
        assertThat(admission().outboxBytes()).isZero();

        ScriptedTransport transport = ScriptedTransport.inline();
        Client attacker = newClient(transport);
        honest.receiving(50_000);
        attacker.receiving(90_000);
        writers.remove(0).run();
        assertThat(transport.closes()).containsExactly(Disconnect.SLOW);
        attacker.receiving(95_000);
        assertThat(admission().outboxBytes()).isBetween(46_000L, 50_000L);
        assertThat(honest.isEnded()).isFalse();
    }

    @Test
    void a_node_is_relieved_each_time_when_the_budget_is_exceeded() {
        with(new NodeLimits(MANY, MANY, MANY, MANY, MANY, MANY, 100_000));
        for (int round = 0; round < 3; round++) {
            ScriptedTransport transport = ScriptedTransport.late();
            Client client = newClient(transport);
            client.send(Frame.text("x".repeat(60_000)));
            client.send(Frame.text("x".repeat(39_000)));
            newClient(ScriptedTransport.late()).send(Frame.text("x".repeat(10_000)));
            writers.forEach(Runnable::run);
            writers.clear();
            assertThat(transport.closes()).containsExactly(Disconnect.SLOW);
        }
    }

    @Test
    void bytes_do_not_count_when_they_are_written() {
        ScriptedTransport transport = ScriptedTransport.late();
        Client client = newClient(transport);
        IntStream.range(0, 5).forEach(i -> client.send(Frame.text("x".repeat(10_000))));
        assertThat(admission().outboxBytes()).isBetween(46_000L, 51_000L);
        transport.complete();
        writers.forEach(Runnable::run);
        assertThat(admission().outboxBytes()).isBetween(36_000L, 41_000L);
        connect(client, "");
        client.closed(1000, "");
        assertThat(admission().outboxBytes()).isZero();
        assertThat(admission().highestOutboxBytes()).as("the most at a time").isBetween(46_000L, 51_000L);
    }
}
