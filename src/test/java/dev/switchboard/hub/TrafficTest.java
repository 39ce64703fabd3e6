package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.Trials;
import dev.switchboard.access.Log;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.Traffic;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Replay;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.spi.Witness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares the counters of a hub with what its clients got, and with its log. */
class TrafficTest extends HubClients {

    private static final Pattern END =
            Pattern.compile("^disconnect .*?(?: messages=(\\d+))?(?: bytes=\\d+)? code=(\\d+)");

    private static final String SUBSCRIBED = "subscribed";

    private Node counted(OpenAccess policy) {
        Node plain = Nodes.of(Nodes.limits(20_000), Nodes.memory(clock), policy, clock, Runnable::run, Runnable::run);
        return new Node(
                plain.limits(),
                plain.engine(),
                plain.cluster(),
                plain.access(),
                plain.application(),
                plain.revocations(),
                plain.clock(),
                plain.nanoTime(),
                plain.uptime(),
                plain.admission(),
                new Counters(List.of("disconnect", "latest", "drop_oldest")),
                plain.writers(),
                plain.background(),
                plain.losses(),
                plain.journal(),
                plain.events(),
                Witness.NONE);
    }

    /** Runs clients of each policy, half of which read slowly. */
    private final class Run {
        final OpenAccess policies = new OpenAccess();
        final Node node;
        final Hub hub;
        final List<String> channels = new ArrayList<>();
        final List<TestClient> subscribers = new ArrayList<>();
        final TestClient publisher;
        final Random random;
        int publications;

        Run(Random random) {
            this.random = random;
            for (SlowPolicy policy : SlowPolicy.values()) {
                String channel = policy.name().toLowerCase(Locale.ROOT) + ":" + random.nextInt();
                channels.add(channel);
                policies.with(
                        channel,
                        ChannelOptions.PLAIN
                                .with(new Retention(1000, Duration.ofMinutes(5)))
                                .with(policy));
            }
            node = counted(policies);
            hub = new Hub(node);
            publisher = new TestClient(ScriptedTransport.inline(), hub, PlainEncoding.QUIET);
        }

        void play() {
            for (int i = 0; i < 8; i++) {
                subscribe(i % 2 == 0 ? ScriptedTransport.inline() : ScriptedTransport.late());
            }
            for (int i = 0; i < 400; i++) {
                publisher.client.received(); // it must stay
                TestClient some = subscribers.get(random.nextInt(subscribers.size()));
                switch (random.nextInt(20)) {
                    case 0, 1, 2, 3, 4 -> read(some);
                    case 5 -> hub.check();
                    case 6 -> clock.advance(Duration.ofSeconds(random.nextInt(3)));
                    case 7 -> {
                        if (random.nextInt(20) == 0) {
                            some.client.closed(1001, "");
                        }
                    }
                    default -> {
                        String channel = channels.get(random.nextInt(channels.size()));
                        Payload data = Payload.json("\"" + "x".repeat(random.nextInt(3000)) + "\"");
                        assertThat(publisher.client.publish(channel, data)).isCompleted();
                        publications++;
                    }
                }
            }
            hub.stop(Disconnect.SHUTDOWN);
        }

        private void subscribe(ScriptedTransport transport) {
            TestClient client = new TestClient(transport, hub, PlainEncoding.QUIET);
            for (String channel : channels) {
                assertThat(client.subscribe(new SubscribeRequest(channel, "", Set.of(), null, null, Echo.ON)))
                        .isCompleted();
            }
            while (client.client.outbox().bytes() > 0) {
                transport.complete();
            }
            subscribers.add(client);
        }

        private static void read(TestClient some) {
            if (some.client.outbox().bytes() > 0) {
                some.transport.complete();
            }
        }

        /** Returns the number of publications that all subscribers got. */
        long received() {
            return frames().filter(frame -> frame.startsWith("\"")).count();
        }

        /** Returns all frames, also pings and answers. */
        Stream<String> frames() {
            return Stream.concat(subscribers.stream(), Stream.of(publisher)).flatMap(client -> client.sent().stream());
        }

        long sum(ToLongFunction<Traffic.Namespace> figure) {
            return node.counters().traffic().byNamespace().values().stream()
                    .mapToLong(figure)
                    .sum();
        }
    }

    @Test
    void each_delivery_was_received_or_dropped_or_lost_and_the_log_says_the_same() {
        Map<String, Long> dropped = new HashMap<>();
        long[] lost = {0};
        Trials.run(30, random -> {
            Run run = new Run(random);
            List<MatchResult> ends;
            try (Log log = new Log()) {
                run.play();
                ends = log.texts("INFO").stream()
                        .flatMap(line -> END.matcher(line).results())
                        .toList();
            }
            Counters counters = run.node.counters();
            Map<String, Long> drops = counters.drops().counts();
            long here = drops.getOrDefault("latest", 0L) + drops.getOrDefault("drop_oldest", 0L);

            assertThat(run.sum(Traffic.Namespace::deliveries))
                    .isEqualTo(run.received() + here + counters.lostFrames().sum());
            assertThat(run.sum(Traffic.Namespace::publications)).isEqualTo(run.publications);
            assertThat(counters.traffic().byNamespace())
                    .containsOnlyKeys("disconnect", "drop_oldest", "latest", Traffic.OTHER)
                    .allSatisfy((name, traffic) ->
                            assertThat(traffic.deliveries()).as(name).isPositive());

            assertThat(ends).hasSize(run.subscribers.size() + 1);
            assertThat(ends.stream()
                            .mapToLong(end -> end.group(1) == null ? 0 : Long.parseLong(end.group(1)))
                            .sum())
                    .isEqualTo(run.frames().count());
            Map<String, Long> codes = new HashMap<>();
            ends.forEach(end -> codes.merge(end.group(2).equals("1001") ? "client" : end.group(2), 1L, Long::sum));
            assertThat(counters.disconnects().counts()).containsExactlyInAnyOrderEntriesOf(codes);

            drops.forEach((policy, count) -> dropped.merge(policy, count, Long::sum));
            lost[0] += counters.lostFrames().sum();
        });
        assertThat(dropped).as("the trials drop").containsOnlyKeys("drop_oldest", "latest", "rewind");
        assertThat(lost[0]).as("the trials lose").isPositive();
    }

    @Test
    void bytes_are_those_of_the_data_and_of_the_frames() {
        Node own = counted(new OpenAccess());
        Hub at = new Hub(own);
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            TestClient client = new TestClient(ScriptedTransport.inline(), at, PlainEncoding.QUIET);
            assertThat(client.subscribe(new SubscribeRequest("latest:1", "", Set.of(), null, null, Echo.OFF)))
                    .isCompleted();
            clients.add(client);
        }
        assertThat(clients.get(0).client.publish("latest:1", Payload.json("\"1234\"")))
                .isCompleted();

        Traffic.Namespace traffic = own.counters().traffic().of("latest");
        assertThat(traffic.publications()).isEqualTo(1);
        assertThat(traffic.publicationBytes()).isEqualTo(6);
        assertThat(traffic.deliveries()).isEqualTo(2);
        assertThat(traffic.deliveryBytes()).isEqualTo(12);
        assertThat(own.counters().traffic().of("unknown").publications()).isZero();
        assertThat(own.counters().traffic().fanOuts().count()).isEqualTo(1);
        assertThat(clients.get(1).sent()).containsExactly(SUBSCRIBED, "\"1234\"");
    }

    @Test
    void recoveries_count_by_their_outcome() {
        TestClient first = new TestClient();
        assertThat(first.subscribe(RECOVERABLE, null)).isCompleted();
        Position before = position(first.result());
        first.publish("1");
        assertThat(new TestClient().subscribe(RECOVERABLE, before)).isCompleted();
        assertThat(node.counters().recoveries().counts()).isEqualTo(Map.of("recovered", 1L));

        assertThat(new TestClient().subscribe(RECOVERABLE, new Position("other", 1)))
                .isCompleted();
        assertThat(node.counters().recoveries().counts()).isEqualTo(Map.of("recovered", 1L, "failed", 1L));

        engine.lose(publication -> true);
        first.publish("2");
        engine.lose(publication -> false);
        first.publish("3");
        assertThat(node.counters().recoveries().counts())
                .as("all three miss one")
                .isEqualTo(Map.of("recovered", 1L, "failed", 1L, "gap", 3L));
    }

    @Test
    void a_recovery_counts_only_if_a_client_asks_for_it_and_the_channel_offers_it() {
        TestClient client = new TestClient();
        client.subscribe(new SubscribeRequest("plain", "", RECOVERABLE, new Position("e", 1), null, Echo.ON));
        assertThat(client.result().recovery()).isEqualTo(Recovery.FAILED);
        TestClient reader = new TestClient();
        reader.subscribe(new SubscribeRequest("plain", "", Set.of(), null, new Replay(500, 0, true), Echo.ON));
        assertThat(reader.result().recovery()).isEqualTo(Recovery.FAILED);
        TestClient another = new TestClient();
        another.subscribe(new SubscribeRequest("room", "", Set.of(), null, new Replay(500, 7, true), Echo.ON));
        assertThat(another.result().recovery()).isEqualTo(Recovery.FAILED);
        assertThat(node.counters().recoveries().counts()).isEmpty();
    }

    @Test
    void the_delay_of_one_of_64_writes_is_measured() {
        Node own = counted(new OpenAccess());
        Hub at = new Hub(own);
        ScriptedTransport transport = ScriptedTransport.late();
        TestClient client = new TestClient(transport, at, PlainEncoding.QUIET);
        assertThat(client.subscribe(new SubscribeRequest("c", "", Set.of(), null, null, Echo.ON)))
                .isCompleted();
        transport.complete();
        for (int i = 0; i < 10 * Backlog.MEASURED - 1; i++) {
            assertThat(client.client.publish("c", Payload.json("1"))).isCompleted();
            clock.advance(Duration.ofMillis(3));
            transport.complete();
        }
        assertThat(own.counters().traffic().delays().count()).isEqualTo(10);
        assertThat(own.counters().traffic().delays().sum())
                .isBetween(
                        Duration.ofMillis(27).toNanos(), Duration.ofMillis(30).toNanos());
    }
}
