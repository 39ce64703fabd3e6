package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Measures the memory for reading each message of the corpus. The largest messages have 64 KiB. */
class FrameCostTest {

    private static final long MEBIBYTE = 1024 * 1024;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static List<Path> corpus() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/resources/corpus"))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void reading_a_message_allocates_less_than_a_mebibyte(Path file) throws IOException {
        Frame message = Frame.text(Files.readString(file));
        read(message); // loads the classes
        long before = THREADS.getCurrentThreadAllocatedBytes();
        read(message);
        long taken = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertThat(taken).as("%s", file).isLessThan(MEBIBYTE);
    }

    private static void read(Frame message) {
        try {
            JsonCommandTest.read(message, command -> {});
        } catch (Disconnect malformed) { // a malformed message may allocate as much
        }
    }
}
