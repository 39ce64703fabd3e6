package dev.switchboard.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads all log files of the server under test. */
final class ServerLog {

    private static final String ARRIVAL = " connect client=";

    private final Path directory = Path.of(System.getProperty("server.logs"));

    List<String> lines() {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).flatMap(ServerLog::read).collect(Collectors.toList());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Stream<String> read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    List<String> linesWith(String... parts) {
        return lines().stream()
                .filter(line -> Stream.of(parts).allMatch(line::contains))
                .toList();
    }

    /**
     * Waits for a line with all of the parts. The wait is longer than the time in which the relay
     * notices a lost client.
     */
    void awaitLine(String... parts) {
        await().atMost(Duration.ofSeconds(60)).until(() -> !linesWith(parts).isEmpty());
    }

    /**
     * Opens a connection, and waits until the log has one more connect line: WildFly answers the
     * handshake and a ping before the relay has the client.
     */
    <C> C arriving(Callable<C> opening) throws Exception {
        int before = linesWith(ARRIVAL).size();
        C client = opening.call();
        await().until(() -> linesWith(ARRIVAL).size() > before);
        return client;
    }
}
