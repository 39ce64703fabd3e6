package dev.switchboard.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The threads within the server under test, as the JDK's own tools see them. */
final class ServerThreads {

    private ServerThreads() {}

    /** Those whose names begin so. */
    static List<String> named(String prefix) {
        return run("jcmd", pid(), "Thread.print").stream()
                .filter(line -> line.startsWith("\"" + prefix))
                .toList();
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
