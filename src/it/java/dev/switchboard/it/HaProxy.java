package dev.switchboard.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a real HAProxy in front of a server, if the machine has one. */
final class HaProxy implements AutoCloseable {

    private static final Path PROGRAM = Path.of("/usr/sbin/haproxy");

    private final Process process;
    private final URI url;

    private HaProxy(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    static boolean isThere() {
        return Files.isExecutable(PROGRAM);
    }

    /** Starts a proxy that compresses each response that allows it. */
    static HaProxy compressing(URI server, Path folder) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Path settings = folder.resolve("haproxy.cfg");
        Files.writeString(settings, """
                defaults
                    mode http
                    timeout connect 5s
                    timeout client 60s
                    timeout server 60s
                    compression algo gzip
                    compression type text/event-stream application/octet-stream application/json text/plain
                listen relay
                    bind 127.0.0.1:%d
                    server relay %s:%d
                """.formatted(port, server.getHost(), server.getPort()));
        Process process = new ProcessBuilder(List.of(PROGRAM.toString(), "-f", settings.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("haproxy.log").toFile())
                .start();
        await().until(() -> listens(port) || !process.isAlive());
        return new HaProxy(process, URI.create("http://127.0.0.1:" + port + "/"));
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    URI url() {
        return url;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
