package dev.switchboard.engine.file;

import static dev.switchboard.engine.file.FileEngine.now;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kills processes that publish, at random points, and starts them again in the same folder. */
class KilledProcessTest {

    /** The runs; more of them by {@code -Dkills=100}. */
    private static final int RUNS = Integer.getInteger("kills", 5);

    private static final int LIVES = 3;
    private static final int CHANNELS = 4;
    private static final Retention ALL = new Retention(1_000_000, Duration.ofHours(1));

    @TempDir
    Path folder;

    static IntStream runs() {
        return IntStream.rangeClosed(1, RUNS);
    }

    @ParameterizedTest
    @MethodSource("runs")
    void a_killed_process_loses_nothing_that_it_answered(int seed) throws IOException, InterruptedException {
        Random random = new Random(seed);
        Map<String, Position> answered = new HashMap<>();
        for (int life = 0; life < LIVES; life++) {
            Process process = start(Sync.values()[seed % Sync.values().length], random.nextLong());
            int answers = 200 + random.nextInt(2_000);
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                String line = lines.readLine();
                for (int i = 0; line != null; i++) {
                    if (i == answers) {
                        process.toHandle().destroyForcibly(); // leaves what it has printed to be read
                    }
                    String[] words = line.split(" ", -1);
                    if (words.length == 4) { // the last line may be cut
                        answered.put(words[0] + " " + words[1], new Position(words[2], Long.parseLong(words[3])));
                    }
                    line = lines.readLine();
                }
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
        assertThat(answered).as("answers").hasSizeGreaterThan(LIVES * 200);
        assertAllKept(answered);
    }

    private Process start(Sync sync, long seed) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Publisher.class.getName(),
                folder.toString(),
                sync.name(),
                Long.toString(seed));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private void assertAllKept(Map<String, Position> answered) {
        try (MemoryEngine engine = engine(folder, Sync.OS)) {
            Map<String, String> texts = new HashMap<>();
            Map<String, String> epochs = new HashMap<>();
            for (int i = 0; i < CHANNELS; i++) {
                String channel = "c" + i;
                var history = now(engine.history(channel, HistoryQuery.newest(-1), ALL));
                epochs.put(channel, history.top().epoch());
                for (Publication publication : history.publications()) {
                    long offset = Objects.requireNonNull(publication.position()).offset();
                    texts.put(channel + " " + offset, publication.data().frame().text());
                }
            }
            answered.forEach((said, position) -> {
                String channel = said.split(" ")[0];
                String text = said.split(" ")[1];
                assertThat(position.epoch()).isEqualTo(epochs.get(channel));
                assertThat(texts.get(channel + " " + position.offset())).isEqualTo(text);
            });
        }
    }

    private static MemoryEngine engine(Path folder, Sync sync) {
        FileLog log = new FileLog(folder, sync, 1 << 20, InstantSource.system());
        MemoryEngine engine = new MemoryEngine(1L << 27, System::nanoTime, Runnable::run, log);
        engine.start(new FileEngine.Silent());
        return engine;
    }

    /** Publishes until it is killed, and prints each answer: channel, text, epoch, offset. */
    static final class Publisher {

        private Publisher() {}

        public static void main(String[] args) {
            MemoryEngine engine = engine(Path.of(args[0]), Sync.valueOf(args[1]));
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            for (int thread = 0; thread < 2; thread++) {
                Random random = new Random(Long.parseLong(args[2]) + thread);
                new Thread(() -> publish(engine, random, out)).start();
            }
        }

        private static void publish(MemoryEngine engine, Random random, PrintStream out) {
            while (true) {
                String channel = "c" + random.nextInt(CHANNELS);
                String text = Long.toString(random.nextLong()).repeat(1 + random.nextInt(40));
                try {
                    Position at =
                            Objects.requireNonNull(now(engine.publish(channel, FileEngine.publication(text), ALL)));
                    out.println(channel + " " + text + " " + at.epoch() + " " + at.offset());
                } catch (RuntimeException noRoom) { // tries again
                    Thread.onSpinWait();
                }
            }
        }
    }
}
