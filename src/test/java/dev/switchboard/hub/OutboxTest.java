package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.spi.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {

    private static final int ROOM = 10 * (100 + Frame.OVERHEAD);

    private final FakeClock clock = new FakeClock();
    private final List<Throwable> failures = new ArrayList<>();

    private Outbox outbox(Transport transport) {
        return new Outbox(transport, PlainEncoding.QUIET, Nodes.clocked(ROOM, clock, Runnable::run), failures::add);
    }

    /** Offers a frame, and writes if this thread is the writer. */
    private static Outbox.Offer put(Outbox outbox, String text) {
        Frame frame = Frame.text(text);
        Outbox.Offer offer = outbox.offer(frame);
        if (offer == Outbox.Offer.READY) {
            drain(outbox, frame);
        }
        return offer;
    }

    private static void drain(Outbox outbox, @Nullable Frame first) {
        boolean more = outbox.sendNext(first, 0);
        while (more) {
            more = outbox.sendNext();
        }
    }

    @Test
    void an_offer_writes_nothing() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Outbox outbox = outbox(transport);

        Frame first = Frame.text("a");
        assertThat(outbox.offer(first)).isEqualTo(Outbox.Offer.READY);
        assertThat(outbox.offer(Frame.text("b"))).isEqualTo(Outbox.Offer.QUEUED);
        assertThat(transport.sent()).isEmpty();

        drain(outbox, first);
        assertThat(transport.sent()).containsExactly("a", "b");
    }

    private Outbox joining(Transport transport, int room) {
        return new Outbox(transport, PlainEncoding.STEADY, Nodes.clocked(room, clock, Runnable::run), failures::add);
    }

    @Test
    void waiting_frames_leave_in_one_write_when_the_protocol_can_join_them() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = joining(transport, ROOM);
        for (String text : List.of("a", "b", "c", "d", "e", "f")) {
            put(outbox, text);
        }
        transport.complete();
        transport.complete();
        transport.complete();
        assertThat(transport.sent()).containsExactly("a", "b|c|d|e", "f");
        assertThat(outbox.offer(Frame.text("x".repeat(ROOM - Frame.OVERHEAD))))
                .isEqualTo(Outbox.Offer.READY); // the bytes of all frames are returned
    }

    @Test
    void a_batch_has_a_limit_in_bytes() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = joining(transport, 1_000_000);
        put(outbox, "first");
        put(outbox, "x".repeat(40_000));
        put(outbox, "y".repeat(25_535));
        put(outbox, "z".repeat(70_000));
        put(outbox, "last");
        while (transport.sent().size() < 4) {
            transport.complete();
        }
        assertThat(transport.sent().stream().map(String::length)).containsExactly(5, 65_536, 70_000, 4);
    }

    @Test
    void a_priority_frame_leaves_first_when_the_outbox_is_full() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "in flight");
        while (put(outbox, "x".repeat(100)) != Outbox.Offer.FULL) {
            clock.advance(Duration.ofMillis(1));
        }
        assertThat(outbox.offerFirst(Frame.text("ping"))).isEqualTo(Outbox.Offer.QUEUED);
        clock.advance(Duration.ofSeconds(10));
        assertThat(outbox.overdue()).isEqualTo(Disconnect.SLOW); // the others keep their age
        transport.complete();
        assertThat(transport.sent()).containsExactly("in flight", "ping");
        outbox.close();
        assertThat(outbox.offerFirst(Frame.text("ping"))).isEqualTo(Outbox.Offer.CLOSED);
    }

    @Test
    void a_priority_frame_keeps_the_age_of_queued_frames() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "in flight");
        put(outbox, "next");
        put(outbox, "waits");
        clock.advance(Duration.ofSeconds(6));
        transport.complete();
        outbox.offerFirst(Frame.text("ping"));
        clock.advance(Duration.ofSeconds(5));
        assertThat(outbox.overdue()).isEqualTo(Disconnect.SLOW);
    }

    @Test
    void a_priority_frame_takes_room_until_it_is_written() {
        Outbox outbox = outbox(ScriptedTransport.inline());
        Frame ping = Frame.text("ping");
        assertThat(outbox.offerFirst(ping)).isEqualTo(Outbox.Offer.READY);
        drain(outbox, ping);
        assertThat(outbox.offer(Frame.text("x".repeat(ROOM - Frame.OVERHEAD)))).isEqualTo(Outbox.Offer.READY);
        assertThat(outbox.offer(Frame.text(""))).isEqualTo(Outbox.Offer.FULL);
    }

    @Test
    void room_completes_for_all_callers_when_a_quarter_is_free() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        for (int i = 0; i < 4; i++) {
            put(outbox, "x".repeat(100));
        }
        CompletableFuture<?> first = outbox.room();
        CompletableFuture<?> second = outbox.room();
        transport.complete();
        assertThat(first).as("more than a quarter is taken still").isNotDone();
        transport.complete();
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(outbox.room()).isCompleted();
    }

    @Test
    void room_completes_on_a_writer_thread() {
        List<Runnable> writers = new ArrayList<>();
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = new Outbox(
                transport,
                PlainEncoding.QUIET,
                Nodes.of(Nodes.limits(ROOM), Nodes.memory(clock), new OpenAccess(), clock, writers::add, Runnable::run),
                failures::add);
        put(outbox, "x".repeat(1000));
        CompletableFuture<?> room = outbox.room();
        transport.complete();
        assertThat(room).isNotDone();
        writers.forEach(Runnable::run);
        assertThat(room).isCompleted();
    }

    @Test
    void a_claimed_outbox_is_idle_again_when_nothing_was_offered() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Outbox outbox = outbox(transport);
        assertThat(outbox.claim()).isTrue();
        assertThat(outbox.claim()).isFalse();
        assertThat(put(outbox, "a")).isEqualTo(Outbox.Offer.QUEUED);
        outbox.write();
        assertThat(transport.sent()).containsExactly("a");
        assertThat(outbox.claim()).isTrue();
        outbox.write();
        assertThat(put(outbox, "b")).isEqualTo(Outbox.Offer.READY);
        assertThat(transport.sent()).containsExactly("a", "b");
    }

    @Test
    void a_frame_leaves_when_the_write_before_has_completed() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        put(outbox, "b");
        put(outbox, "c");
        assertThat(transport.sent()).containsExactly("a");

        transport.complete();
        assertThat(transport.sent()).containsExactly("a", "b");
        transport.complete();
        transport.complete();
        assertThat(transport.sent()).containsExactly("a", "b", "c");
        assertThat(put(outbox, "d")).isEqualTo(Outbox.Offer.READY);
        assertThat(transport.violations()).isEmpty();
    }

    @Test
    @Row("S2")
    void inline_completions_do_not_recurse() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = new Outbox(
                transport, PlainEncoding.QUIET, Nodes.clocked(Integer.MAX_VALUE, clock, Runnable::run), failures::add);
        IntStream.range(0, 10_000).forEach(i -> put(outbox, "m" + i));
        transport.follow((frame, completion) -> completion.completed(null));

        transport.complete();

        assertThat(transport.sent()).hasSize(10_000);
        assertThat(transport.maxDepth()).isEqualTo(1);
        assertThat(transport.violations()).isEmpty();
    }

    @Test
    @Row("S2")
    void a_completion_that_comes_twice_frees_the_slot_once() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        put(outbox, "b");
        put(outbox, "c");

        Transport.Completion first = transport.complete();
        first.completed(null);
        first.completed(new IOException("and now it failed"));

        assertThat(transport.sent()).containsExactly("a", "b");
        assertThat(failures).isEmpty();
        assertThat(transport.violations()).isEmpty();
    }

    @Test
    @Row("S2")
    void a_completion_that_comes_twice_inline_frees_the_slot_once() {
        ScriptedTransport transport = ScriptedTransport.scripted((frame, completion) -> {
            completion.completed(null);
            completion.completed(null);
        });
        Outbox outbox = outbox(transport);
        Frame first = Frame.text("a");
        outbox.offer(first);
        outbox.offer(Frame.text("b"));

        assertThat(outbox.sendNext(first, 0)).isTrue();
        assertThat(transport.sent()).containsExactly("a");
        assertThat(outbox.sendNext()).isFalse();
        assertThat(transport.sent()).containsExactly("a", "b");
    }

    @Test
    @Row("S2")
    void a_completion_after_the_close_writes_nothing() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        put(outbox, "b");

        outbox.close();
        transport.complete();

        assertThat(transport.sent()).containsExactly("a");
        assertThat(put(outbox, "c")).isEqualTo(Outbox.Offer.CLOSED);
        clock.advance(Duration.ofMinutes(1));
        assertThat(outbox.overdue()).as("nothing waits any more").isNull();
    }

    @Test
    void a_failure_is_ignored_when_the_outbox_is_closed() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        outbox.close();
        transport.complete(new IOException("late"));
        assertThat(failures).isEmpty();
    }

    @Test
    void a_close_within_a_send_stops_the_writer() {
        List<Outbox> self = new ArrayList<>();
        ScriptedTransport transport = ScriptedTransport.scripted((frame, completion) -> {
            self.get(0).close();
            completion.completed(null);
        });
        Outbox outbox = outbox(transport);
        self.add(outbox);
        Frame first = Frame.text("a");
        outbox.offer(first);
        outbox.offer(Frame.text("b"));

        assertThat(outbox.sendNext(first, 0)).isFalse();
        assertThat(transport.sent()).containsExactly("a");
    }

    @Test
    void a_send_that_throws_is_a_failure_reported_once() {
        ScriptedTransport transport = ScriptedTransport.scripted((frame, completion) -> {
            throw new IllegalStateException("TEXT_FULL_WRITING");
        });
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        put(outbox, "b");

        assertThat(failures).singleElement().isInstanceOf(IllegalStateException.class);
        assertThat(transport.sent()).containsExactly("a");
    }

    @Test
    void a_send_that_fails_and_throws_is_a_failure_reported_once() {
        ScriptedTransport transport = ScriptedTransport.scripted((frame, completion) -> {
            completion.completed(new IOException("broken"));
            throw new StackOverflowError();
        });
        put(outbox(transport), "a");
        assertThat(failures).singleElement().isInstanceOf(IOException.class);
    }

    @Test
    void a_late_failure_is_reported_once_and_nothing_more_is_written() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        put(outbox, "b");

        Transport.Completion write = transport.complete(new IOException("broken"));
        write.completed(new IOException("again"));
        write.completed(null);

        assertThat(failures).hasSize(1);
        assertThat(transport.sent()).containsExactly("a");
    }

    @Test
    void an_outbox_is_full_when_queue_and_write_use_its_bytes() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        for (int i = 0; i < 10; i++) {
            assertThat(put(outbox, "x".repeat(100))).isNotEqualTo(Outbox.Offer.FULL);
        }
        assertThat(put(outbox, "")).isEqualTo(Outbox.Offer.FULL);

        transport.complete();
        assertThat(put(outbox, "é".repeat(50))).as("sizes are those of UTF-8").isEqualTo(Outbox.Offer.QUEUED);
        assertThat(put(outbox, "")).isEqualTo(Outbox.Offer.FULL);
    }

    @Test
    void empty_frames_fill_an_outbox() {
        Outbox outbox = outbox(ScriptedTransport.late());
        long taken = IntStream.range(0, 1000)
                .filter(i -> put(outbox, "") != Outbox.Offer.FULL)
                .count();
        assertThat(taken).isEqualTo(ROOM / Frame.OVERHEAD);
    }

    @Test
    void a_client_is_slow_when_frames_wait_too_long() {
        Outbox outbox = outbox(ScriptedTransport.late());
        put(outbox, "a");
        put(outbox, "b");
        clock.advance(Duration.ofSeconds(10));
        assertThat(outbox.overdue()).isNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(outbox.overdue()).isEqualTo(Disconnect.SLOW);
    }

    @Test
    void a_client_is_slow_when_frames_wait_too_long_behind_quick_writes() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        put(outbox, "b");
        put(outbox, "c");
        clock.advance(Duration.ofSeconds(6));
        transport.complete();
        assertThat(outbox.overdue()).isNull();
        clock.advance(Duration.ofSeconds(6));
        assertThat(outbox.overdue()).isEqualTo(Disconnect.SLOW);
    }

    @Test
    @Row("S1")
    void a_single_write_is_an_error_when_it_never_completes() {
        Outbox outbox = outbox(ScriptedTransport.late());
        put(outbox, "a");
        clock.advance(Duration.ofSeconds(10));
        assertThat(outbox.overdue()).isNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(outbox.overdue()).isEqualTo(Disconnect.WRITE_ERROR);
    }

    @Test
    void the_write_timeout_counts_from_the_start_of_the_write() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        clock.advance(Duration.ofSeconds(9));
        transport.complete();
        clock.advance(Duration.ofHours(1));
        assertThat(outbox.overdue()).as("idle").isNull();
        put(outbox, "b");
        clock.advance(Duration.ofSeconds(9));
        assertThat(outbox.overdue()).isNull();
    }

    @Test
    void a_ping_is_written_when_the_outbox_is_idle() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        assertThat(outbox.ping()).isTrue();
        assertThat(put(outbox, "a")).isEqualTo(Outbox.Offer.QUEUED);
        assertThat(outbox.ping()).isFalse();
        assertThat(transport.sent()).containsExactly("ping");

        transport.complete();
        assertThat(transport.sent()).containsExactly("ping", "a");
        assertThat(outbox.ping()).isFalse();
        transport.complete();
        assertThat(outbox.ping()).isTrue();
        assertThat(transport.violations()).isEmpty();
    }

    @Test
    void a_ping_is_a_failure_when_it_cannot_be_written() {
        Outbox outbox = outbox(
                ScriptedTransport.scripted((frame, completion) -> completion.completed(new IOException("gone"))));
        outbox.ping();
        assertThat(failures).hasSize(1);
    }

    @Test
    void a_client_is_not_slow_when_only_a_latest_publication_waits() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        put(outbox, "b");
        outbox.offer(Frame.text("latest"), new Lane(SlowPolicy.LATEST));
        clock.advance(Duration.ofSeconds(6));
        transport.complete();
        clock.advance(Duration.ofSeconds(6));
        assertThat(outbox.overdue()).isNull();
        transport.complete();
        assertThat(transport.sent()).containsExactly("a", "b", "latest");
    }

    @Test
    void a_priority_frame_does_not_take_the_age_of_a_latest_publication() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        put(outbox, "a");
        outbox.offer(Frame.text("b"), new Lane(SlowPolicy.LATEST));
        outbox.offer(Frame.text("c"), new Lane(SlowPolicy.LATEST));
        clock.advance(Duration.ofSeconds(6));
        transport.complete();
        outbox.offerFirst(Frame.text("ping"));
        clock.advance(Duration.ofSeconds(6));
        assertThat(outbox.overdue()).isNull();
        clock.advance(Duration.ofSeconds(6));
        assertThat(outbox.overdue()).isEqualTo(Disconnect.SLOW);
    }

    @Test
    void a_dropped_frame_leaves_room_and_no_write() {
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = outbox(transport);
        assertThat(outbox.claim()).isTrue();
        assertThat(outbox.offer(Frame.text("x".repeat(ROOM / 2)), new Lane(SlowPolicy.DROP_OLDEST)))
                .isEqualTo(Outbox.Offer.QUEUED);
        CompletableFuture<@Nullable Void> room = outbox.room();
        clock.advance(Duration.ofSeconds(11));
        assertThat(outbox.overdue()).isNull();
        assertThat(room).isNotDone();
        outbox.write();
        assertThat(room).isDone();
        assertThat(transport.sent()).isEmpty();
        assertThat(outbox.isIdle()).isTrue();
    }

    /** Random lanes and frames, and a client that reads now and then. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void frames_keep_their_order_and_bytes_when_others_are_dropped(long seed) {
        Random random = new Random(seed);
        ScriptedTransport transport = ScriptedTransport.late();
        Outbox outbox = joining(transport, ROOM);
        List<Lane> lanes = List.of(
                new Lane(SlowPolicy.DROP_OLDEST),
                new Lane(SlowPolicy.DROP_OLDEST),
                new Lane(SlowPolicy.LATEST),
                new Lane(SlowPolicy.REWIND));
        for (int i = 1; i <= 20_000; i++) {
            int lane = random.nextInt(lanes.size() + 1);
            Frame frame = Frame.text(lane + ":" + i + ":" + "x".repeat(random.nextInt(40)));
            Outbox.Offer offer = lane < lanes.size() ? outbox.offer(frame, lanes.get(lane)) : outbox.offer(frame);
            if (offer == Outbox.Offer.READY) {
                drain(outbox, frame);
            } else if (offer == Outbox.Offer.FULL || random.nextInt(8) == 0) {
                transport.complete();
            }
        }
        while (!outbox.isIdle()) {
            transport.complete();
        }
        assertThat(outbox.bytes()).isZero();
        assertThat(transport.violations()).isEmpty();
        Map<String, Integer> last = new HashMap<>();
        for (String sent : transport.sent()) {
            for (String each : sent.split("\\|", -1)) {
                String[] words = each.split(":", -1);
                int number = Integer.parseInt(words[1]);
                Integer before = last.put(words[0], number);
                assertThat(before == null || before < number).as(each).isTrue();
            }
        }
        assertThat(last).containsOnlyKeys("0", "1", "2", "3", "4");
        assertThat(transport.sent()).hasSizeGreaterThan(500);
    }

    /** Many threads offer; completions come at random: inline, from another thread, or twice. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @Row("S3")
    void frames_keep_their_order_when_threads_race(long seed) throws Exception {
        int threads = 8;
        int each = 2_000;
        ExecutorService containers = Executors.newFixedThreadPool(2);
        ExecutorService publishers = Executors.newFixedThreadPool(threads);
        try {
            Random random = new Random(seed);
            AtomicInteger dice = new AtomicInteger();
            int[] rolls = random.ints(4096, 0, 4).toArray();
            ScriptedTransport transport = ScriptedTransport.scripted((frame, completion) -> {
                switch (rolls[dice.getAndIncrement() % rolls.length]) {
                    case 0 -> completion.completed(null);
                    case 1 -> {
                        completion.completed(null);
                        containers.execute(() -> completion.completed(null));
                    }
                    case 2 ->
                        containers.execute(() -> {
                            completion.completed(null);
                            completion.completed(new IOException("too late to matter"));
                        });
                    default -> containers.execute(() -> completion.completed(null));
                }
            });
            Outbox outbox = new Outbox(
                    transport,
                    PlainEncoding.QUIET,
                    Nodes.clocked(Integer.MAX_VALUE, System::nanoTime, Runnable::run),
                    failures::add);
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                String name = t + ":";
                done.add(publishers.submit(() -> IntStream.range(0, each).forEach(i -> put(outbox, name + i))));
            }
            for (Future<?> publisher : done) {
                publisher.get(30, TimeUnit.SECONDS);
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> transport.sent().size() >= threads * each);

            assertThat(transport.violations()).isEmpty();
            assertThat(failures).isEmpty();
            assertThat(transport.sent()).hasSize(threads * each);
            Map<String, Integer> next = new HashMap<>();
            for (String message : transport.sent()) {
                String[] parts = message.split(":", -1);
                assertThat(Integer.parseInt(parts[1])).isEqualTo(next.merge(parts[0], 1, Integer::sum) - 1);
            }
        } finally {
            publishers.shutdownNow();
            containers.shutdownNow();
        }
    }

    /** The same race with pings, checks and at last a failure or a close. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @Row("S3")
    void nothing_is_written_after_the_end_when_threads_race(long seed) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        Random random = new Random(seed);
        int endsAfter = random.nextInt(1_000);
        boolean endsByFailure = random.nextBoolean();
        AtomicInteger sends = new AtomicInteger();
        AtomicInteger sendsAfterEnd = new AtomicInteger();
        AtomicBoolean ended = new AtomicBoolean();
        AtomicInteger failed = new AtomicInteger();
        ScriptedTransport transport = ScriptedTransport.scripted((frame, completion) -> {
            int send = sends.incrementAndGet();
            if (ended.get()) {
                sendsAfterEnd.incrementAndGet();
            }
            if (endsByFailure && send > endsAfter) {
                throw new IllegalStateException("broken");
            } else if (send % 3 == 0) {
                completion.completed(null);
            } else {
                threads.execute(() -> completion.completed(null));
            }
        });
        AtomicReference<@Nullable Outbox> self = new AtomicReference<>();
        Outbox outbox = new Outbox(
                transport,
                PlainEncoding.QUIET,
                Nodes.of(
                        Nodes.limits(Integer.MAX_VALUE),
                        Nodes.memory(System::nanoTime),
                        new OpenAccess(),
                        System::nanoTime,
                        threads,
                        Runnable::run),
                failure -> {
                    failed.incrementAndGet();
                    Objects.requireNonNull(self.get()).close();
                    ended.set(true);
                });
        self.set(outbox);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                int thread = t;
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        put(outbox, "m");
                        if (thread == 0) {
                            outbox.ping();
                            assertThat(outbox.overdue()).isNull();
                        }
                        if (thread == 1 && !endsByFailure && i == endsAfter) {
                            outbox.close();
                            ended.set(true);
                        }
                    }
                }));
            }
            for (Future<?> publisher : done) {
                publisher.get(30, TimeUnit.SECONDS);
            }
            await().untilTrue(ended);
        } finally {
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(transport.violations()).isEmpty();
        assertThat(failed.get()).isEqualTo(endsByFailure ? 1 : 0);
        assertThat(sendsAfterEnd.get())
                .as("one had been taken off the queue before")
                .isLessThanOrEqualTo(1);
    }
}
