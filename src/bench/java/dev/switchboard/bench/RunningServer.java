package dev.switchboard.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Runs a server as a process, until it is closed. */
final class RunningServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Server server;
    private final int port;
    private final Process process;
    private final Path log;

    private RunningServer(Server server, int port, Process process, Path log) {
        this.server = server;
        this.port = port;
        this.process = process;
        this.log = log;
    }

    /** Starts the process, and appends its output to the log. */
    static RunningServer start(Server server, Path log) throws IOException {
        int port = freePort();
        Process process = new ProcessBuilder(server.command().on(port))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new RunningServer(server, port, process, log);
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }

    /**
     * Waits until the server is ready. It asks often, because the time of the start is a figure.
     */
    void await() throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!isReady()) {
            if (!process.isAlive() || System.nanoTime() > until) {
                throw new IOException(server.name() + " does not start; see " + log);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private boolean isReady() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(10_000);
            if (server.health().isEmpty()) {
                return true;
            }
            socket.getOutputStream()
                    .write(("GET " + server.health() + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                                    + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1).endsWith(" 200");
        } catch (IOException notYet) {
            return false;
        }
    }

    int port() {
        return port;
    }

    Footprint footprint() {
        try {
            return Footprint.of(process.pid());
        } catch (IOException gone) {
            throw new UncheckedIOException(server.name() + " is gone; see " + log, gone);
        }
    }

    /** Returns the live objects of the server's heap, after a garbage collection. */
    Heap heap(Jdk jdk) throws IOException {
        Process tool = new ProcessBuilder(jdk.tool("jcmd"), String.valueOf(process.pid()), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        try (InputStream output = tool.getInputStream()) {
            return Heap.of(new String(output.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        }
    }

    /**
     * Ends the process. The connections should be closed before: it has a few seconds, and closing
     * ten thousand takes longer.
     */
    @Override
    public void close() {
        process.destroy(); // the relay removes its temporary files
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
