package dev.switchboard.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Reads the JVMs of the server under test with tools of the JDK. If there are several JVMs, it adds
 * their figures.
 */
final class ServerProcess {

    private ServerProcess() {}

    /** Returns the threads whose names begin with the prefix. */
    static List<String> threads(String prefix) {
        return pids().stream()
                .flatMap(pid -> run("jcmd", pid, "Thread.print").stream())
                .filter(line -> line.startsWith("\"" + prefix))
                .toList();
    }

    /**
     * Returns the number of reachable objects of a class, not of its subclasses, over all class
     * loaders.
     */
    static long instances(String type) {
        return histogram().stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(cells -> cells.length >= 4 && cells[3].equals(type))
                .mapToLong(cells -> Long.parseLong(cells[1]))
                .sum();
    }

    /** Returns the bytes of all reachable objects. */
    static long heap() {
        return histogram().stream()
                .filter(line -> line.startsWith("Total "))
                .mapToLong(line -> Long.parseLong(line.split("\\s+")[2]))
                .sum();
    }

    /** Returns the objects by class, after a garbage collection. */
    private static List<String> histogram() {
        return pids().stream()
                .flatMap(pid -> run("jcmd", pid, "GC.class_histogram").stream())
                .toList();
    }

    /** Returns the CPU time that was used up to now. */
    static Duration cpu() {
        return pids().stream()
                .map(pid -> ProcessHandle.of(Long.parseLong(pid))
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElseThrow())
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Returns the processes that run from the folder of the servers. */
    private static List<String> pids() {
        String servers = System.getProperty("servers.dir");
        String own = String.valueOf(ProcessHandle.current().pid());
        List<String> pids = run("jps", "-lvm").stream()
                .filter(line -> line.contains(servers))
                .map(line -> line.split(" ", 2)[0])
                .filter(pid -> !pid.equals(own))
                .toList();
        if (pids.isEmpty()) {
            throw new IllegalStateException("no server runs from " + servers);
        }
        return pids;
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
