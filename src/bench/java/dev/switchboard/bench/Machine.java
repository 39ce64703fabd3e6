package dev.switchboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Collectors;

/** Describes the machine of a run. */
public record Machine(String date, int cores, String processor, String memory, String kernel, String jdks) {

    static Machine here(List<Jdk> jdks) throws IOException {
        return new Machine(
                LocalDate.now(ZoneOffset.UTC).toString(),
                Runtime.getRuntime().availableProcessors(),
                value(Path.of("/proc/cpuinfo"), "model name"),
                Math.round(Long.parseLong(value(Path.of("/proc/meminfo"), "MemTotal")
                                        .split(" ")[0])
                                / 1048576.0) + " GiB",
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                jdks.stream().map(Jdk::version).collect(Collectors.joining(", ")));
    }

    private static String value(Path file, String name) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    @Override
    public String toString() {
        return date + ": " + cores + " cores of " + processor + ", " + memory + ", " + kernel + ", " + jdks;
    }
}
