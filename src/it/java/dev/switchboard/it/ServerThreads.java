package dev.switchboard.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The threads within the server under test, as the JDK's own tool sees them. */
final class ServerThreads {

    private ServerThreads() {}

    /** The names of its threads that begin so. */
    static List<String> named(String prefix) {
        try {
            Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
            Process dump = new ProcessBuilder(jcmd.toString(), String.valueOf(pid()), "Thread.print")
                    .redirectErrorStream(true)
                    .start();
            String threads = new String(dump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return threads.lines()
                    .filter(line -> line.startsWith("\"" + prefix))
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The JVM that was started out of the folder of the servers. */
    private static long pid() {
        String servers = System.getProperty("servers.dir");
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .command()
                        .filter(command -> command.endsWith("java"))
                        .isPresent())
                .filter(process -> process.info()
                        .arguments()
                        .filter(arguments -> String.join(" ", arguments).contains(servers))
                        .isPresent())
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .mapToLong(ProcessHandle::pid)
                .findFirst()
                .orElseThrow();
    }
}
