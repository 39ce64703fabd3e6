package dev.switchboard.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests what {@link Engine} promises; every engine passes these tests. */
public interface EngineContract {

    long TIME = 1_764_000_000_123L;

    Retention THREE = new Retention(3, Duration.ofMinutes(1));

    ClientInfo ANN = new ClientInfo("1", "ann", "{\"n\":1e2}", null);
    ClientInfo BOB = new ClientInfo("2", "bob", null, "[1]");

    /** Returns a new engine that has not been started. */
    Engine engine();

    /** Moves the clock of the engine on. */
    void pass(Duration time);

    /** Records each call of the engine, and that the engine has run the writes. */
    final class Listener implements Engine.Feed {
        public final List<String> heard = Collections.synchronizedList(new ArrayList<>());
        final List<Publication> publications = new CopyOnWriteArrayList<>();

        @Override
        public Runnable published(String channel, Publication publication) {
            publications.add(publication);
            Position position = publication.position();
            heard.add(channel + " " + text(publication) + (position == null ? "" : " at " + position.offset()));
            return () -> heard.add("written");
        }

        @Override
        public Runnable joined(String channel, ClientInfo client) {
            heard.add(channel + " +" + client.user());
            return () -> {};
        }

        @Override
        public Runnable left(String channel, ClientInfo client) {
            heard.add(channel + " -" + client.user());
            return () -> {};
        }
    }

    /** Starts the engine, and waits until it brings the events of the channels. */
    static Listener listening(Engine engine, String... channels) {
        Listener listener = new Listener();
        engine.start(listener);
        for (String channel : channels) {
            now(engine.listen(channel));
        }
        return listener;
    }

    /** Waits until exactly these lines were heard: the feed may get an event after its stage completes. */
    static void awaitHeard(Listener listener, String... lines) {
        await().untilAsserted(() -> assertThat(listener.heard).containsExactly(lines));
    }

    static String text(Publication publication) {
        return ((Frame.Text) publication.data().frame()).text();
    }

    static Publication publication(String text) {
        return new Publication(Payload.json(text), ANN, null);
    }

    static <T extends @Nullable Object> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private static History page(Engine engine, HistoryQuery query) {
        return now(engine.history("c", query, THREE));
    }

    private static List<String> texts(History page) {
        return page.publications().stream().map(EngineContract::text).toList();
    }

    private static Position publish(Engine engine, String text) {
        return Objects.requireNonNull(now(engine.publish("c", publication(text), THREE)));
    }

    private Engine started() {
        Engine engine = engine();
        engine.start(new Listener());
        return engine;
    }

    @Test
    default void a_feed_gets_a_publication_before_its_writes_run() {
        Engine engine = engine();
        Listener listener = listening(engine, "c");
        assertThat(now(engine.publish("c", publication("1"), Retention.NONE))).isNull();
        Position first = publish(engine, "2");
        assertThat(first.offset()).isEqualTo(1);
        assertThat(first.epoch()).isNotEmpty().isNotEqualTo("_");
        awaitHeard(listener, "c 1", "written", "c 2 at 1", "written");
    }

    @Test
    default void a_key_publishes_nothing_and_gets_the_same_position_when_it_is_used_again() {
        Engine engine = engine();
        Listener listener = listening(engine, "c", "d");
        Position first = now(engine.publishOnce("k", "c", publication("1"), THREE));
        pass(Duration.ofSeconds(299));
        assertThat(now(engine.publishOnce("k", "c", publication("2"), THREE))).isEqualTo(first);
        assertThat(now(engine.publishOnce("k", "d", publication("3"), Retention.NONE)))
                .isNull();
        assertThat(now(engine.publishOnce("k", "d", publication("4"), Retention.NONE)))
                .isNull();
        assertThat(now(engine.publishOnce("l", "c", publication("5"), THREE))).isNotEqualTo(first);
        awaitHeard(listener, "c 1 at 1", "written", "d 3", "written", "c 5 at 2", "written");
    }

    @Test
    default void a_key_publishes_again_after_300_seconds() {
        Engine engine = started();
        Position first = now(engine.publishOnce("k", "c", publication("1"), THREE));
        pass(Duration.ofSeconds(301));
        assertThat(now(engine.publishOnce("k", "c", publication("2"), THREE))).isNotEqualTo(first);
    }

    @Test
    default void a_key_publishes_once_when_several_threads_use_it_at_a_time() throws Exception {
        Engine engine = engine();
        Listener listener = listening(engine, "c");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<@Nullable Position>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String key = "k" + i / 4;
                answers.add(threads.submit(() -> now(engine.publishOnce(key, "c", publication(key), THREE))));
            }
            for (int i = 0; i < 40; i++) {
                assertThat(answers.get(i).get(1, TimeUnit.MINUTES))
                        .isNotNull()
                        .isEqualTo(answers.get(i / 4 * 4).get(1, TimeUnit.MINUTES));
            }
        } finally {
            threads.shutdownNow();
        }
        now(engine.publishOnce("last", "c", publication("last"), THREE));
        await().until(() -> listener.heard.contains("c last at 11"));
        assertThat(listener.heard).filteredOn(line -> !line.equals("written")).hasSize(11);
    }

    @Test
    default void a_stream_keeps_its_epoch_and_its_top_when_its_history_is_removed() {
        Engine engine = started();
        publish(engine, "1");
        Position top = publish(engine, "2");
        now(engine.removeHistory("c"));
        History page = page(engine, HistoryQuery.newest(9));
        assertThat(page.publications()).isEmpty();
        assertThat(page.top()).isEqualTo(top);
        assertThat(publish(engine, "3")).isEqualTo(new Position(top.epoch(), 3));
    }

    @Test
    default void a_history_keeps_the_tags_the_sender_and_the_time_of_a_publication() {
        Engine engine = started();
        Publication said = Publication.ofServer(Payload.json("1"), Map.of("lang", "de"), "tab-7")
                .withTime(TIME);
        now(engine.publish("c", said, THREE));
        assertThat(page(engine, HistoryQuery.newest(1)).publications())
                .singleElement()
                .satisfies(kept -> assertThat(kept.at(new Position("", 0))).isEqualTo(said.at(new Position("", 0))));
    }

    @Test
    default void a_feed_gets_the_tags_the_sender_and_the_time_of_a_publication() {
        Engine engine = engine();
        Listener listener = listening(engine, "c");
        Publication said = Publication.ofServer(Payload.json("1"), Map.of("lang", "de"), "tab-7")
                .withTime(TIME);
        now(engine.publish("c", said, Retention.NONE));
        Position position = Objects.requireNonNull(now(engine.publish("c", said, THREE)));
        await().untilAsserted(() -> assertThat(listener.publications).containsExactly(said, said.at(position)));
    }

    @Test
    default void a_stream_has_an_epoch_before_it_has_a_publication() {
        Engine engine = started();
        Position start = page(engine, HistoryQuery.POSITION).top();
        assertThat(start.offset()).isZero();
        assertThat(publish(engine, "1")).isEqualTo(new Position(start.epoch(), 1));
        assertThat(now(engine.history("other", HistoryQuery.POSITION, THREE))
                        .top()
                        .epoch())
                .isNotEqualTo(start.epoch());
    }

    @Test
    default void a_history_keeps_the_newest_publications() {
        Engine engine = started();
        IntStream.rangeClosed(1, 5).forEach(i -> publish(engine, "" + i));
        History all = page(engine, new HistoryQuery(null, -1, Order.OLDEST_FIRST));
        assertThat(texts(all)).containsExactly("3", "4", "5");
        assertThat(all.top().offset()).isEqualTo(5);
        assertThat(all.publications())
                .allSatisfy(publication -> assertThat(publication.publisher()).isEqualTo(ANN));
    }

    @Test
    default void a_page_has_the_order_and_the_limit_of_its_query() {
        Engine engine = started();
        String epoch = publish(engine, "1").epoch();
        publish(engine, "2");
        publish(engine, "3");
        assertThat(texts(page(engine, new HistoryQuery(null, 2, Order.OLDEST_FIRST))))
                .containsExactly("1", "2");
        assertThat(texts(page(engine, HistoryQuery.newest(2)))).containsExactly("3", "2");
        assertThat(texts(page(engine, new HistoryQuery(new Position(epoch, 1), 1, Order.OLDEST_FIRST))))
                .containsExactly("2");
        assertThat(texts(page(engine, new HistoryQuery(new Position("", 3), -1, Order.NEWEST_FIRST))))
                .containsExactly("2", "1");
        assertThat(texts(page(engine, new HistoryQuery(new Position("", -1), -1, Order.OLDEST_FIRST))))
                .isEmpty();
        assertThat(texts(page(engine, new HistoryQuery(new Position("", -1), -1, Order.NEWEST_FIRST))))
                .containsExactly("3", "2", "1");
        assertThat(texts(page(engine, HistoryQuery.POSITION))).isEmpty();
    }

    @Test
    default void a_page_begins_after_since_wherever_since_is_in_the_history() {
        Engine engine = started();
        Retention ten = new Retention(10, Duration.ofMinutes(1));
        IntStream.rangeClosed(1, 15).forEach(i -> now(engine.publish("c", publication("" + i), ten)));
        for (int since = 0; since <= 16; since++) {
            for (int limit : new int[] {-1, 0, 1, 3, 20}) {
                HistoryQuery query = new HistoryQuery(new Position("", since), limit, Order.OLDEST_FIRST);
                List<String> expected = IntStream.rangeClosed(Math.max(6, since + 1), 15)
                        .limit(limit < 0 ? 20 : limit)
                        .mapToObj(Integer::toString)
                        .toList();
                assertThat(texts(now(engine.history("c", query, ten))))
                        .as("since %d, limit %d", since, limit)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    default void a_query_fails_when_it_has_another_epoch() {
        Engine engine = started();
        publish(engine, "1");
        CompletionStage<History> asked =
                engine.history("c", new HistoryQuery(new Position("other", 0), 1, Order.OLDEST_FIRST), THREE);
        assertThatThrownBy(() -> now(asked)).hasCause(ClientError.UNRECOVERABLE_POSITION);
    }

    @Test
    default void a_stream_keeps_its_top_when_its_publications_expire() {
        Engine engine = started();
        publish(engine, "1");
        pass(Duration.ofSeconds(30));
        Position second = publish(engine, "2");
        pass(Duration.ofSeconds(30));
        assertThat(texts(page(engine, HistoryQuery.newest(9)))).containsExactly("2");
        pass(Duration.ofSeconds(30));
        History page = page(engine, HistoryQuery.newest(9));
        assertThat(page.publications()).isEmpty();
        assertThat(page.top()).isEqualTo(second);
    }

    @Test
    default void the_presence_shows_a_change_when_the_stage_completes() {
        Engine engine = started();
        assertThat(now(engine.presence("c"))).isEmpty();
        now(engine.enter("c", ANN));
        now(engine.enter("c", BOB));
        now(engine.enter("d", ANN));
        assertThat(now(engine.presence("c"))).containsOnly(Map.entry("1", ANN), Map.entry("2", BOB));
        now(engine.exit("c", "1"));
        now(engine.exit("c", "1"));
        now(engine.exit("nowhere", "1"));
        assertThat(now(engine.presence("c"))).containsOnlyKeys("2");
        assertThat(now(engine.presence("d"))).containsOnlyKeys("1");
    }

    @Test
    default void a_feed_gets_joins_and_leaves() {
        Engine engine = engine();
        Listener listener = listening(engine, "c");
        now(engine.announceJoin("c", ANN));
        now(engine.announceLeave("c", ANN));
        awaitHeard(listener, "c +ann", "c -ann");
    }

    @Test
    default void a_feed_gets_publications_in_the_order_of_offsets_when_several_threads_publish() throws Exception {
        Engine engine = engine();
        Listener listener = listening(engine, "c");
        int publishers = 4;
        int each = 500;
        ExecutorService threads = Executors.newFixedThreadPool(publishers);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int p = 0; p < publishers; p++) {
                done.add(threads.submit(() -> IntStream.range(0, each).forEach(i -> publish(engine, "" + i))));
            }
            for (Future<?> publisher : done) {
                publisher.get(1, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
        await().until(() -> listener.heard.size() == 2 * publishers * each);
        List<String> offsets = listener.heard.stream()
                .filter(line -> !line.equals("written"))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .toList();
        assertThat(offsets)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, publishers * each)
                        .mapToObj(Integer::toString)
                        .toList());
    }

    @Test
    default void a_stream_drops_a_publication_when_its_version_is_outdated() {
        Engine engine = engine();
        Listener listener = listening(engine, "a");
        Position first = now(engine.publish("a", publication("2").withVersion(new Version(2, "")), THREE));
        assertThat(now(engine.publish("a", publication("1").withVersion(new Version(1, "")), THREE)))
                .isEqualTo(first);
        Position next = now(engine.publish("a", publication("x").withVersion(new Version(1, "x")), THREE));
        assertThat(Objects.requireNonNull(next).offset()).isEqualTo(2);
        pass(Duration.ofMinutes(2));
        assertThat(now(engine.publish("a", publication("x").withVersion(new Version(1, "x")), THREE)))
                .as("after its publication is evicted")
                .isEqualTo(next);
        assertThat(now(engine.publish("a", publication("n").withVersion(new Version(1, "")), Retention.NONE)))
                .isNull();
        awaitHeard(listener, "a 2 at 1", "written", "a x at 2", "written", "a n", "written");
    }
}
