package dev.switchboard.engine.file;

import static dev.switchboard.engine.file.FileEngine.HUNDRED;
import static dev.switchboard.engine.file.FileEngine.MACHINE;
import static dev.switchboard.engine.file.FileEngine.now;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.engine.StreamLog;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileLogTest {

    private static final int SMALL = 1 << 16;

    @TempDir
    Path folder;

    private final FakeClock clock = new FakeClock();

    private FileEngine open(Path in, Sync sync, Machine machine) {
        return new FileEngine(in, sync, SMALL, clock, machine);
    }

    private FileEngine open() {
        return open(folder, Sync.OS, MACHINE);
    }

    /** Returns a folder that is as a process would leave it that is killed now. */
    private Path killed() throws IOException {
        Path copy = Files.createTempDirectory(folder, "killed");
        copy(folder, copy);
        return copy;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Sync.class)
    void a_restart_keeps_publications_epoch_and_offsets(Sync sync) {
        Position top;
        try (FileEngine before = open(folder, sync, MACHINE)) {
            before.publish("c", "1");
            top = before.publish("c", "2");
        }
        try (FileEngine after = open(folder, sync, MACHINE)) {
            assertThat(after.history("c").top()).isEqualTo(top);
            assertThat(after.texts("c")).containsExactly("2", "1");
            assertThat(after.publish("c", "3")).isEqualTo(new Position(top.epoch(), 3));
        }
    }

    @ParameterizedTest
    @EnumSource(Sync.class)
    void a_killed_process_loses_nothing_that_was_answered(Sync sync) throws IOException {
        try (FileEngine before = open(folder, sync, MACHINE)) {
            IntStream.rangeClosed(1, 50).forEach(i -> before.publish("c", "" + i));
            Position top = before.history("c").top();
            try (FileEngine after = open(killed(), sync, MACHINE)) {
                assertThat(after.history("c").top()).isEqualTo(top);
                assertThat(after.texts("c")).hasSize(50);
            }
        }
    }

    /** The parts of a head are written one after the other. */
    @ParameterizedTest
    @ValueSource(ints = {0, 8, 40, 100, SegmentHead.BYTES})
    void a_process_that_is_killed_while_it_begins_a_file_keeps_all(int written) throws IOException {
        try (FileEngine before = open()) {
            Position top = before.publish("c", "1");
            Path killed = killed();
            Path next = segments(killed).get(1);
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(next));
            new SegmentHead(2, 1, SMALL, "boot", 7, false).write(bytes);
            if (written == SegmentHead.BYTES) {
                bytes.putLong(SegmentHead.NOTED_END, SegmentHead.BYTES);
            }
            Arrays.fill(bytes.array(), written, SMALL, (byte) 0);
            Files.write(next, bytes.array());
            for (int start = 0; start < 2; start++) {
                try (FileEngine after = open(killed, Sync.OS, MACHINE)) {
                    assertThat(after.history("c").top()).isEqualTo(top);
                }
            }
        }
    }

    @Test
    void a_restart_keeps_each_member_of_a_publication() {
        ClientInfo ann = new ClientInfo("1", "ann", "{\"n\":1e2}", null);
        Publication full = new Publication(
                Payload.opaque(Frame.binary(new byte[] {0, -1, 7})),
                ann,
                null,
                Map.of("lang", "de", "é", "😀"),
                "tab-7",
                new Version(-1, "v"),
                1_764_000_000_123L);
        Publication text = new Publication(Payload.opaque(Frame.text("hello")), null, null);
        History known;
        try (FileEngine before = open()) {
            now(before.engine.publish("c", full, HUNDRED));
            now(before.engine.publish("c", text, HUNDRED));
            known = before.history("c");
        }
        try (FileEngine after = open()) {
            assertThat(after.history("c")).isEqualTo(known);
            assertThat(now(after.engine.publish("c", full, HUNDRED)))
                    .as("the version is known")
                    .isEqualTo(known.top());
        }
    }

    /** The records of releases before this one end with the version. */
    @Test
    void a_log_without_times_is_read() throws IOException {
        Path without;
        Position top;
        try (FileEngine before = open()) {
            now(before.engine.publish("c", FileEngine.publication("1").withVersion(new Version(7, "v")), HUNDRED));
            top = before.publish("c", "2");
            without = killed();
        }
        removeTimes(segments(without).get(0));
        try (FileEngine after = open(without, Sync.OS, MACHINE)) {
            assertThat(after.history("c").top()).isEqualTo(top);
            assertThat(after.texts("c")).containsExactly("2", "1");
            assertThat(after.history("c").publications())
                    .allSatisfy(kept -> assertThat(kept.time()).isZero());
        }
    }

    /** Cuts the time, which is last, off each publication of the file. */
    private static void removeTimes(Path segment) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        int to = SegmentHead.BYTES;
        int from = to;
        while (bytes.get(from) == Segment.WHOLE) {
            int size = bytes.getInt(from + 1);
            byte[] body = new byte[size];
            bytes.get(from + Segment.RECORD_HEAD, body);
            int kept = body[0] == RecordType.PUBLISHED.code() ? size - Long.BYTES : size;
            bytes.putInt(to + 1, kept).putInt(to + 1 + Integer.BYTES, Segment.checksum(ByteBuffer.wrap(body, 0, kept)));
            bytes.put(to, Segment.WHOLE).put(to + Segment.RECORD_HEAD, body, 0, kept);
            to += Segment.RECORD_HEAD + kept;
            from += Segment.RECORD_HEAD + size;
        }
        Arrays.fill(bytes.array(), to, from, (byte) 0);
        bytes.putLong(SegmentHead.NOTED_END, to);
        Files.write(segment, bytes.array());
    }

    @Test
    void a_restart_keeps_an_epoch_that_has_no_publication() {
        Position start;
        try (FileEngine before = open()) {
            start = before.history("c").top();
        }
        try (FileEngine after = open()) {
            assertThat(after.history("c").top()).isEqualTo(start);
        }
    }

    @Test
    void a_restart_keeps_what_size_and_time_leave() {
        Retention two = new Retention(2, Duration.ofSeconds(60));
        try (FileEngine before = open()) {
            for (String text : List.of("1", "2", "3")) {
                now(before.engine.publish("c", FileEngine.publication(text), two));
                clock.advance(Duration.ofSeconds(20));
            }
        }
        clock.advance(Duration.ofSeconds(10));
        try (FileEngine after = open()) {
            assertThat(after.texts("c")).containsExactly("3", "2");
            clock.advance(Duration.ofSeconds(30));
            assertThat(after.texts("c")).isEmpty();
            assertThat(after.history("c").top().offset()).isEqualTo(3);
        }
    }

    @Test
    void a_clock_that_is_set_back_makes_no_publication_live_longer() {
        try (FileEngine before = open()) {
            before.publish("c", "1");
        }
        clock.advance(Duration.ofHours(-3));
        try (FileEngine after = open()) {
            assertThat(after.texts("c")).containsExactly("1");
            clock.advance(Duration.ofSeconds(60));
            assertThat(after.texts("c")).isEmpty();
        }
    }

    @Test
    void a_restart_keeps_blocks_until_their_end() {
        Instant end = Instant.ofEpochSecond(1_000_600);
        try (FileLog before = log()) {
            before.start(new NoStreams(), visitor -> {});
            before.ledger().put("blocked", "ann", "why", end);
            before.ledger().put("blocked", "bob", "", end);
            before.ledger().put("blocked", "eve", "", Instant.MAX);
            before.ledger().remove("blocked", "bob");
            before.ledger().put("revoked", "ann", "", end);
        }
        List<String> facts = new ArrayList<>();
        try (FileLog after = log()) {
            after.ledger().follow("blocked", (name, value, until) -> facts.add(name + " " + value + " " + until));
            after.start(new NoStreams(), visitor -> {});
        }
        assertThat(facts).containsExactlyInAnyOrder("ann why " + end, "eve  9999-12-31T23:59:59Z");
        clock.advance(Duration.ofSeconds(601));
        try (FileLog late = log()) {
            late.ledger().follow("revoked", (name, value, until) -> facts.add(name));
            late.start(new NoStreams(), visitor -> {});
        }
        assertThat(facts).hasSize(2);
    }

    @Test
    void a_copy_loses_no_fact_that_is_put_meanwhile() throws Exception {
        int facts = 20_000;
        String value = "x".repeat(100);
        try (FileLog before = log()) {
            before.start(new NoStreams(), visitor -> {});
            for (int i = 0; i < facts; i++) {
                String name = "" + i;
                await().pollDelay(Duration.ZERO).ignoreExceptions().until(() -> {
                    before.ledger().put("fact", name, value, Instant.MAX);
                    return true;
                });
            }
        }
        List<String> known = new ArrayList<>();
        try (FileLog after = log()) {
            after.ledger().follow("fact", (name, text, until) -> known.add(name));
            after.start(new NoStreams(), visitor -> {});
        }
        assertThat(known).hasSize(facts);
    }

    @Test
    void an_answer_keeps_the_epoch_of_a_stream_that_was_forgotten() {
        Position old = new Position("old", 7);
        Publication publication = FileEngine.publication("1").at(old);
        try (FileLog before = log()) {
            before.start(new NoStreams(), visitor -> {});
            before.published("c", publication, HUNDRED, "k");
            before.created("c", Position.start("new"));
        }
        List<StreamLog.Answered> answers = new ArrayList<>();
        try (FileLog after = log()) {
            after.start(
                    new StreamLog.Restored() {
                        @Override
                        public void stream(
                                String channel, Position top, @Nullable Version version, List<StreamLog.Kept> kept) {
                            assertThat(top).isEqualTo(Position.start("new"));
                        }

                        @Override
                        public void answer(StreamLog.Answered answered) {
                            answers.add(answered);
                        }
                    },
                    visitor -> {});
        }
        assertThat(answers).extracting(StreamLog.Answered::position).containsExactly(old);
    }

    private FileLog log() {
        return new FileLog(LogFolder.open(folder), Sync.OS, SMALL, FileEngine.wall(clock), MACHINE);
    }

    /** Expects no streams. */
    private static final class NoStreams implements StreamLog.Restored {

        @Override
        public void stream(String channel, Position top, @Nullable Version version, List<StreamLog.Kept> kept) {
            throw new AssertionError(channel);
        }

        @Override
        public void answer(StreamLog.Answered answered) {
            throw new AssertionError(answered);
        }
    }

    @Test
    void a_restart_keeps_a_removal() {
        try (FileEngine before = open()) {
            before.publish("c", "1");
            now(before.engine.removeHistory("c"));
            before.publish("c", "2");
        }
        try (FileEngine after = open()) {
            assertThat(after.texts("c")).containsExactly("2");
        }
    }

    @Test
    void a_restart_keeps_idempotency_keys() {
        Position first;
        try (FileEngine before = open()) {
            first = now(before.engine.publishOnce("k", "c", FileEngine.publication("1"), HUNDRED));
            now(before.engine.publishOnce("k", "plain", FileEngine.publication("1"), Retention.NONE));
        }
        clock.advance(Duration.ofSeconds(200));
        try (FileEngine after = open()) {
            assertThat(now(after.engine.publishOnce("k", "c", FileEngine.publication("2"), HUNDRED)))
                    .isEqualTo(first);
            assertThat(after.texts("plain")).isEmpty();
        }
        clock.advance(Duration.ofSeconds(101));
        try (FileEngine after = open()) {
            assertThat(now(after.engine.publishOnce("k", "c", FileEngine.publication("2"), HUNDRED)))
                    .isNotEqualTo(first);
        }
    }

    @Test
    void a_log_drops_files_whose_records_are_not_needed() throws IOException {
        Position top = null;
        try (FileEngine before = open()) {
            before.publish("quiet", "1");
            for (int i = 0; i < 5_000; i++) {
                top = before.publish("c", "\"" + "x".repeat(500) + i + "\"");
            }
            await().untilAsserted(() -> {
                try (Stream<Path> files = Files.list(folder)) {
                    assertThat(files).hasSizeLessThan(16);
                }
            });
        }
        try (FileEngine after = open()) {
            assertThat(after.texts("c")).hasSize(100);
            assertThat(after.history("c").top()).isEqualTo(top);
            assertThat(after.texts("quiet")).containsExactly("1");
        }
    }

    @ParameterizedTest
    @EnumSource(Sync.class)
    void a_flood_is_never_refused_and_told_in_order(Sync sync) {
        List<Publication> told = Collections.synchronizedList(new ArrayList<>());
        Publication large = FileEngine.publication("\"" + "x".repeat(4_000) + "\"");
        int publications = sync == Sync.ALWAYS ? 200 : 2_000;
        FileLog log = new FileLog(LogFolder.open(folder), sync, SMALL, FileEngine.wall(clock), MACHINE);
        try (MemoryEngine engine = new MemoryEngine(1 << 24, clock, Runnable::run, log)) {
            engine.start(new FileEngine.Silent() {
                @Override
                public Runnable published(String channel, Publication publication) {
                    told.add(publication);
                    return () -> {};
                }
            });
            IntStream.range(0, 8)
                    .mapToObj(publisher -> CompletableFuture.runAsync(
                            () -> IntStream.range(0, publications)
                                    .forEach(i -> now(engine.publish("c", large, HUNDRED))),
                            task -> new Thread(task).start()))
                    .toList()
                    .forEach(CompletableFuture::join);
        }
        assertThat(told)
                .extracting(publication ->
                        Objects.requireNonNull(publication.position()).offset())
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 8L * publications).boxed().toList());
        try (FileEngine after = open(folder, sync, MACHINE)) {
            List<Publication> kept = after.history("c").publications();
            assertThat(kept)
                    .isNotEmpty()
                    .extracting(publication ->
                            Objects.requireNonNull(publication.position()).offset())
                    .containsExactlyElementsOf(LongStream.range(0, kept.size())
                            .mapToObj(behind -> 8L * publications - behind)
                            .toList());
        }
    }

    @Test
    void a_second_relay_cannot_use_the_folder() {
        try (FileEngine first = open()) {
            first.publish("c", "1");
            assertThatThrownBy(this::open)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another relay uses this folder");
        }
    }

    @Test
    void a_copied_log_gets_new_epochs() throws IOException {
        Path copy = Files.createDirectory(folder.resolve("copy"));
        Position top;
        try (FileEngine before = open(folder, Sync.OS, Machine.here())) {
            top = before.publish("c", "1");
        }
        copy(folder, copy);
        try (FileEngine after = open(copy, Sync.OS, Machine.here())) {
            Position now = after.history("c").top();
            assertThat(now.epoch()).isNotEqualTo(top.epoch());
            assertThat(now.offset()).isEqualTo(1);
            assertThat(after.texts("c")).containsExactly("1");
        }
        try (FileEngine same = open(folder, Sync.OS, Machine.here())) {
            assertThat(same.history("c").top()).isEqualTo(top);
        }
    }

    @ParameterizedTest
    @EnumSource(Sync.class)
    void a_machine_that_stops_changes_epochs_unless_each_record_is_flushed(Sync sync) throws IOException {
        try (FileEngine before = open(folder, sync, MACHINE)) {
            Position top = before.publish("c", "1");
            try (FileEngine after = open(killed(), sync, new Machine("another", file -> 7))) {
                String epoch = after.history("c").top().epoch();
                if (sync == Sync.ALWAYS) {
                    assertThat(epoch).isEqualTo(top.epoch());
                } else {
                    assertThat(epoch).isNotEqualTo(top.epoch());
                }
            }
        }
    }

    @Test
    void a_machine_that_stops_after_the_log_was_closed_changes_no_epoch() {
        Position top;
        try (FileEngine before = open()) {
            top = before.publish("c", "1");
        }
        try (FileEngine after = open(folder, Sync.OS, new Machine("another", file -> 7))) {
            assertThat(after.history("c").top()).isEqualTo(top);
        }
    }

    @Test
    void new_epochs_last_after_a_loss() throws IOException {
        try (FileEngine before = open()) {
            before.publish("c", "1");
        }
        Path segment = segments(folder).get(0);
        byte[] bytes = Files.readAllBytes(segment);
        bytes[SegmentHead.BYTES + 12] ^= 1;
        Files.write(segment, bytes);
        Position renamed;
        try (FileEngine after = open()) {
            renamed = after.publish("c", "2");
        }
        try (FileEngine again = open()) {
            assertThat(again.history("c").top()).isEqualTo(renamed);
        }
    }

    private static List<Path> segments(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }

    /** Damages a log of three publications in one way, at one place. */
    private interface Damage {
        byte[] of(byte[] segment, int place);
    }

    /** A log that may have lost something must have new epochs; another must be whole. */
    private void assertHonest(Damage damage) throws IOException {
        Position top;
        Path whole;
        try (FileEngine before = new FileEngine(folder, Sync.OS, 2048, clock, MACHINE)) {
            before.publish("c", "1");
            before.publish("c", "2");
            top = before.publish("c", "3");
            whole = killed();
        }
        Path segment = segments(whole).get(0);
        byte[] bytes = Files.readAllBytes(segment);
        int used = 0;
        for (int i = 0; i < bytes.length; i++) {
            used = bytes[i] == 0 ? used : i + 1;
        }
        for (int place = 0; place < used + 20; place++) {
            Path damaged = Files.createDirectory(whole.resolve("at" + place));
            Files.write(damaged.resolve(segment.getFileName()), damage.of(bytes.clone(), place));
            try (FileEngine after = new FileEngine(damaged, Sync.OS, 2048, clock, MACHINE)) {
                if (after.history("c").top().epoch().equals(top.epoch())) {
                    assertThat(after.history("c").top()).as("at %d", place).isEqualTo(top);
                    assertThat(after.texts("c")).as("at %d", place).containsExactly("3", "2", "1");
                }
            }
        }
    }

    @Test
    void a_flipped_bit_never_hides_a_loss() throws IOException {
        for (int bit = 0; bit < 8; bit += 3) {
            int mask = 1 << bit;
            assertHonest((segment, place) -> {
                segment[place] ^= (byte) mask;
                return segment;
            });
            clear();
        }
    }

    private void clear() throws IOException {
        for (Path file : segments(folder)) {
            Files.delete(file);
        }
    }

    @Test
    void a_torn_file_never_hides_a_loss() throws IOException {
        assertHonest((segment, place) -> Arrays.copyOf(segment, place));
    }

    @Test
    void a_file_that_ends_in_zeros_never_hides_a_loss() throws IOException {
        assertHonest((segment, place) -> {
            Arrays.fill(segment, place, segment.length, (byte) 0);
            return segment;
        });
    }

    @Test
    void channels_with_history_wait_while_the_disk_has_no_room() throws IOException {
        try (FileEngine engine = open()) {
            Position first = engine.publish("c", "1");
            // A folder in the place of the next file: the log cannot reserve it.
            await().until(() -> segments(folder).size() == 5);
            int next = 6;
            Path obstacle = Files.createDirectory(folder.resolve(String.format("segment-%016x.log", next)));
            String large = "\"" + "x".repeat(10_000) + "\"";
            await().until(() -> {
                try {
                    engine.publish("c", large);
                    return false;
                } catch (CompletionException refused) {
                    return refused.getCause() == ClientError.INTERNAL;
                }
            });
            await().until(() -> engine.engine.fault() != null);
            assertThat(now(engine.engine.publish("plain", FileEngine.publication("1"), Retention.NONE)))
                    .isNull();
            Position before = engine.history("c").top();
            assertThat(before.epoch()).isEqualTo(first.epoch());
            Files.delete(obstacle);
            await().until(() -> engine.engine.fault() == null);
            assertThat(engine.publish("c", "2")).isEqualTo(new Position(before.epoch(), before.offset() + 1));
        }
    }
}
