package dev.switchboard.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The JVM of the server under test, as the JDK's own tools see it. */
final class ServerProcess {

    private ServerProcess() {}

    /** The threads whose names begin so. */
    static List<String> threads(String prefix) {
        return run("jcmd", pid(), "Thread.print").stream()
                .filter(line -> line.startsWith("\"" + prefix))
                .toList();
    }

    /** How many objects of this very class are reachable, whichever class loaders it has come from. */
    static long instances(String type) {
        return histogram().stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(cells -> cells.length >= 4 && cells[3].equals(type))
                .mapToLong(cells -> Long.parseLong(cells[1]))
                .sum();
    }

    /** What all reachable objects hold, in bytes. */
    static long heap() {
        return histogram().stream()
                .filter(line -> line.startsWith("Total "))
                .mapToLong(line -> Long.parseLong(line.split("\\s+")[2]))
                .sum();
    }

    /** It collects the garbage first. */
    private static List<String> histogram() {
        return run("jcmd", pid(), "GC.class_histogram");
    }

    /** What it has used of the processors up to now. */
    static Duration cpu() {
        return ProcessHandle.of(Long.parseLong(pid()))
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow();
    }

    /** The JVM that runs out of the folder of the servers. */
    private static String pid() {
        String servers = System.getProperty("servers.dir");
        String own = String.valueOf(ProcessHandle.current().pid());
        return run("jps", "-lvm").stream()
                .filter(line -> line.contains(servers))
                .map(line -> line.split(" ", 2)[0])
                .filter(pid -> !pid.equals(own))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> run(String tool, String... arguments) {
        try {
            Path path = Path.of(System.getProperty("java.home"), "bin", tool);
            ProcessBuilder command = new ProcessBuilder(path.toString()).redirectErrorStream(true);
            command.command().addAll(List.of(arguments));
            return new String(command.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
