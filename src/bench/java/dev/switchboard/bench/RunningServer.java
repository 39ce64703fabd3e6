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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a server as one process for each of its nodes, until it is closed. */
final class RunningServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private record Node(int port, Process process) {}

    private final Server server;
    private final Path log;
    private final List<Node> nodes = new ArrayList<>();

    private RunningServer(Server server, Path log) {
        this.server = server;
        this.log = log;
    }

    /** Starts the processes, and appends their output to the log. */
    static RunningServer start(Server server, Path log) throws IOException {
        RunningServer running = new RunningServer(server, log);
        try {
            for (int i = 0; i < server.nodes(); i++) {
                running.startNode();
            }
            return running;
        } catch (IOException failure) {
            running.close();
            throw failure;
        }
    }

    private void startNode() throws IOException {
        int port = freePort();
        Process process = new ProcessBuilder(server.command().on(port))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        nodes.add(new Node(port, process));
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
        for (Node node : nodes) {
            while (!isReady(node.port)) {
                if (!node.process.isAlive() || System.nanoTime() > until) {
                    throw new IOException(server.name() + " does not start; see " + log);
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
        }
    }

    private boolean isReady(int port) {
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

    /** Returns the port of each node. */
    List<Integer> ports() {
        return nodes.stream().map(Node::port).toList();
    }

    /** Returns the footprint of all nodes together. */
    Footprint footprint() {
        Footprint sum = Footprint.NONE;
        try {
            for (Node node : nodes) {
                sum = sum.plus(Footprint.of(node.process.pid()));
            }
        } catch (IOException gone) {
            throw new UncheckedIOException(server.name() + " is gone; see " + log, gone);
        }
        return sum;
    }

    /** Returns the live objects of the first node's heap, after a garbage collection. */
    Heap heap(Jdk jdk) throws IOException {
        long pid = nodes.get(0).process.pid();
        Process tool = new ProcessBuilder(jdk.tool("jcmd"), String.valueOf(pid), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        try (InputStream output = tool.getInputStream()) {
            return Heap.of(new String(output.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        }
    }

    /**
     * Ends the processes. The connections should be closed before: a process has a few seconds, and
     * closing ten thousand takes longer.
     */
    @Override
    public void close() {
        nodes.forEach(node -> node.process.destroy()); // the relay removes its temporary files
        nodes.forEach(node -> end(node.process));
    }

    private static void end(Process process) {
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
