package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.model.ChannelEvent;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Observers, which give events to the application. */
class ObserverTest extends HubClients {

    private static final Duration PATIENCE = Duration.ofMillis(100);
    private static final ClientInfo ANNA = new ClientInfo("c1", "anna", null, null);

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger(Observer.class.getName());
    private final Handler recorder = new Handler() {
        @Override
        public void publish(LogRecord record) {
            log.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };
    private final CountDownLatch stuck = new CountDownLatch(1);

    @BeforeEach
    void record() {
        logger.setUseParentHandlers(false);
        logger.addHandler(recorder);
    }

    @AfterEach
    void end() throws InterruptedException {
        stuck.countDown();
        hub.endObservers(PATIENCE);
        await().untilAsserted(() -> assertThat(threads()).isEmpty());
        logger.removeHandler(recorder);
        logger.setUseParentHandlers(true);
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("switchboard-observer"))
                .toList();
    }

    private void publish(String channel, String text) {
        var unused = engine.publish(channel, unplaced(text), Retention.NONE);
    }

    private static String text(ChannelEvent event) {
        return event instanceof ChannelEvent.Published published
                ? texts(List.of(published.publication())).get(0)
                : event.toString();
    }

    private Observer observe(Consumer<String> observer) {
        return hub.observe(event -> true, event -> observer.accept(text(event)));
    }

    /** Returns an observer that is stuck in its first event until the test releases it. */
    private Observer stuck() {
        CountDownLatch begun = new CountDownLatch(1);
        Observer observation = observe(text -> {
            begun.countDown();
            try {
                stuck.await();
            } catch (InterruptedException ended) {
                heard.add("interrupted");
            }
            heard.add(text);
        });
        publish("room", "first");
        await().until(() -> begun.getCount() == 0);
        return observation;
    }

    @Test
    void an_observer_receives_wanted_events_in_order_on_its_own_thread() {
        Set<Thread> on = new CopyOnWriteArraySet<>();
        hub.observe(event -> event.channel().equals("news"), event -> {
            on.add(Thread.currentThread());
            heard.add(text(event));
        });

        List<String> all = IntStream.range(0, 1_000).mapToObj(Integer::toString).toList();
        for (String each : all) {
            publish("news", each);
            publish("other", each);
        }

        await().untilAsserted(() -> assertThat(heard).isEqualTo(all));
        assertThat(on).isEqualTo(Set.copyOf(threads()));
    }

    @Test
    void an_observer_receives_joins_and_leaves() {
        observe(heard::add);

        CompletionStage<?> unused = engine.announceJoin("news", ANNA);
        unused = engine.announceLeave("news", ANNA);

        await().untilAsserted(() -> assertThat(heard)
                .containsExactly(
                        new ChannelEvent.Joined("news", ANNA).toString(),
                        new ChannelEvent.Left("news", ANNA).toString()));
    }

    @Test
    void observers_receive_one_order_when_many_threads_publish() throws InterruptedException {
        new TestClient().subscribe(Set.of(), null);
        List<String> second = new CopyOnWriteArrayList<>();
        Predicate<ChannelEvent> publications = ChannelEvent.Published.class::isInstance; // the join may still come
        hub.observe(publications, event -> heard.add(text(event)));
        hub.observe(publications, event -> second.add(text(event)));

        List<Thread> publishers = IntStream.range(0, 4)
                .mapToObj(publisher -> new Thread(
                        () -> IntStream.range(0, 500).forEach(number -> publish("room", publisher + "" + number))))
                .toList();
        publishers.forEach(Thread::start);
        for (Thread publisher : publishers) {
            publisher.join();
        }

        await().untilAsserted(() -> assertThat(heard).hasSize(2_000).isEqualTo(second));
    }

    @Test
    void an_observer_goes_on_when_the_application_throws() {
        observe(text -> {
            heard.add(text);
            throw new IllegalStateException(text);
        });

        publish("room", "1");
        publish("room", "2");

        await().untilAsserted(() -> assertThat(log).hasSize(2));
        assertThat(heard).containsExactly("1", "2");
    }

    @Test
    void an_observer_goes_on_when_the_application_interrupts_its_thread() {
        observe(text -> {
            heard.add(text);
            Thread.currentThread().interrupt();
        });

        publish("room", "1");
        await().until(() -> heard.size() == 1);
        publish("room", "2");

        await().untilAsserted(() -> assertThat(heard).containsExactly("1", "2"));
    }

    @Test
    void an_observer_loses_and_counts_events_when_the_application_is_stuck() {
        stuck();
        observe(text -> heard.add("other " + text.length()));
        String large = "x".repeat(1 << 20);

        for (int published = 1; published <= 20; published++) {
            publish("room", large);
            int others = published;
            await().until(() -> heard.size() == others); // the other observer also has a limit
        }

        assertThat(node.counters().lostEvents().sum()).isEqualTo(5);
        assertThat(log).hasSize(1);
        stuck.countDown();
        await().untilAsserted(
                        () -> assertThat(heard.stream().filter(large::equals)).hasSize(15));
        assertThat(heard).contains("first").filteredOn("other 1048576"::equals).hasSize(20);
        publish("room", "again");
        await().untilAsserted(() -> assertThat(heard).contains("again"));
    }

    @Test
    void an_observer_drops_events_and_ends_its_thread_when_it_is_closed() {
        Observer observation = stuck();
        publish("room", "second");
        observation.close();
        observation.close();
        publish("room", "third");
        stuck.countDown();

        await().untilAsserted(() -> assertThat(threads()).isEmpty());
        assertThat(heard).containsExactly("first");
    }

    @Test
    void an_observer_ends_when_the_application_closes_it_from_its_thread() {
        AtomicReference<@Nullable Observer> self = new AtomicReference<>();
        self.set(observe(text -> {
            heard.add(text);
            Observer own = self.get();
            if (own != null) {
                own.close();
            }
        }));

        publish("room", "1");
        publish("room", "2");

        await().untilAsserted(() -> assertThat(threads()).isEmpty());
        assertThat(heard).containsExactly("1");
    }

    @Test
    void all_observer_threads_end_when_the_hub_ends_observers() throws Exception {
        stuck();
        observe(heard::add);

        hub.endObservers(PATIENCE);
        await().untilAsserted(() -> assertThat(heard).containsExactly("interrupted", "first"));

        observe(heard::add);
        await().untilAsserted(() -> assertThat(threads()).isEmpty());
    }
}
