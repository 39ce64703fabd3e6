package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a server from its unpacked distribution, in a new folder, with the files of {@code server-config}.
 * It deploys the WAR as an operator does, by a copy into a folder of the server.
 */
final class UnpackedServer implements AutoCloseable {

    private static final Path SERVERS = Path.of(System.getProperty("servers.dir"));
    private static final Path SHIPPED = Path.of("server-config");
    /** The lines that src/it/servers.xml takes from {@code server-config}. */
    private static final Path SETTINGS = SERVERS.resolve("config");

    private static final Duration LONGEST = Duration.ofMinutes(3);
    private static final String WAR = "switchboard.war";

    /** What the operator types, and the text by which the log says that the server has started. */
    private record Commands(Map<String, String> environment, List<String> start, List<String> stop, String started) {}

    private final int port;
    private final Path deployments;
    private final Path log;
    private final Commands commands;
    private @Nullable Process process;

    private UnpackedServer(int port, Path deployments, Path log, Commands commands) {
        this.port = port;
        this.deployments = deployments;
        this.log = log;
        this.commands = commands;
    }

    static UnpackedServer jetty() throws Exception {
        Path base = folder("jetty");
        int port = freePort(0);
        Path etc = Files.createDirectories(base.resolve("etc"));
        Files.copy(
                SHIPPED.resolve("jetty/switchboard.ini"),
                Files.createDirectories(base.resolve("start.d")).resolve("switchboard.ini"));
        Files.copy(SHIPPED.resolve("jetty/switchboard.xml"), etc.resolve("switchboard.xml"));
        Files.copy(SETTINGS.resolve("jetty/switchboard.properties"), etc.resolve("switchboard.properties"));
        Path log = base.resolve("console.log");
        List<String> java = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-jar",
                only("jetty-home-").resolve("start.jar").toString(),
                "jetty.base=" + base,
                "jetty.http.host=127.0.0.1",
                "jetty.http.port=" + port);
        run(Map.of(), log, with(java, "--create-files"));
        return new UnpackedServer(
                port, base.resolve("webapps"), log, new Commands(Map.of(), java, List.of(), "Started oejs.Server@"));
    }

    static UnpackedServer liberty() throws Exception {
        Path base = folder("liberty");
        int port = freePort(0);
        String tool = SERVERS.resolve("wlp/bin/server").toString();
        Map<String, String> environment = Map.of(
                "WLP_USER_DIR", base.toString(), "JAVA_HOME", System.getProperty("java.home"), "JVM_ARGS", "-Xmx384m");
        Path console = base.resolve("console.log");
        run(environment, console, List.of(tool, "create", "switchboard", "--template=webProfile10"));
        Path server = base.resolve("servers/switchboard");
        append(
                server.resolve("bootstrap.properties"),
                Files.readString(SETTINGS.resolve("liberty/bootstrap.properties")));
        Files.writeString(
                Files.createDirectories(server.resolve("configDropins/overrides"))
                        .resolve("port.xml"),
                """
                        <server><httpEndpoint id="defaultHttpEndpoint" host="127.0.0.1" httpPort="%d" httpsPort="-1"/></server>
                        """.formatted(port));
        return new UnpackedServer(
                port,
                Files.createDirectories(server.resolve("dropins")),
                server.resolve("logs/messages.log"),
                new Commands(
                        environment,
                        List.of(tool, "run", "switchboard"),
                        List.of(tool, "stop", "switchboard"),
                        "CWWKF0011I"));
    }

    static UnpackedServer glassfish() throws Exception {
        Path base = folder("glassfish");
        int ports = freePort(80) - 80;
        String tool = SERVERS.resolve("glassfish7/bin/asadmin").toString();
        Path console = base.resolve("console.log");
        List<String> there = List.of("--domaindir", base.toString());
        run(
                Map.of(),
                console,
                with(with(List.of(tool, "create-domain"), there), "--nopassword=true", "--portbase=" + ports, "sb"));
        Path domain = base.resolve("sb");
        Path configuration = domain.resolve("config/domain.xml");
        Files.writeString(
                configuration,
                Files.readString(configuration)
                        .replace("address=\"0.0.0.0\"", "address=\"127.0.0.1\"")
                        .replace("-Xmx512m", "-Xmx256m"));
        List<String> start = with(with(List.of(tool, "start-domain"), there), "sb");
        List<String> stop = with(with(List.of(tool, "stop-domain"), there), "sb");
        run(Map.of(), console, start);
        run(
                Map.of(),
                console,
                List.of(
                        tool,
                        "--port=" + (ports + 48),
                        "multimode",
                        "--file",
                        SETTINGS.resolve("payara/switchboard.asadmin").toString()));
        return new UnpackedServer(
                ports + 80,
                domain.resolve("autodeploy"),
                domain.resolve("logs/server.log"),
                new Commands(Map.of(), List.of(), stop, ""));
    }

    private static Path folder(String name) throws IOException {
        return Files.createTempDirectory(SERVERS, name + "-run-");
    }

    private static Path only(String prefix) throws IOException {
        try (var folders = Files.newDirectoryStream(SERVERS, prefix + "*")) {
            return folders.iterator().next();
        }
    }

    /** Returns a free port that is {@code above} another free one, below the ports of outgoing connections. */
    private static int freePort(int above) {
        for (int port = 20_000 + (int) (ProcessHandle.current().pid() % 100) * 100; port < 32_000; port += 100) {
            if (isFree(port) && isFree(port + above) && isFree(port + 48)) {
                return port + above;
            }
        }
        throw new IllegalStateException("no free port");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort() == port;
        } catch (IOException taken) {
            return false;
        }
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, "\n" + text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static List<String> with(List<String> words, String... more) {
        return with(words, List.of(more));
    }

    private static List<String> with(List<String> words, List<String> more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(more);
        return all;
    }

    private static Process begin(Map<String, String> environment, Path output, List<String> command)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static void run(Map<String, String> environment, Path output, List<String> command) throws Exception {
        assertThat(begin(environment, output, command).waitFor())
                .as(() -> command + ": " + text(output))
                .isZero();
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? new String(Files.readAllBytes(file), UTF_8) : "";
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    /** Returns when the server has started. Before that, Open Liberty may overlook a new file. */
    UnpackedServer started() throws Exception {
        if (!commands.start.isEmpty()) {
            Path output = deployments.resolveSibling("console.log");
            process = begin(commands.environment, output, commands.start);
        }
        await().atMost(LONGEST).until(() -> log().contains(commands.started) && status("/") > 0);
        return this;
    }

    String log() {
        return text(log);
    }

    /** Copies the WAR into the folder, and returns when the relay takes clients. */
    void deploy() throws IOException {
        Path copy = Files.copy(
                Path.of(System.getProperty("war")),
                deployments.resolveSibling(WAR),
                StandardCopyOption.REPLACE_EXISTING);
        Files.move(copy, deployments.resolve(WAR), StandardCopyOption.ATOMIC_MOVE);
        await().atMost(LONGEST).until(() -> status("/switchboard/health/ready") == 200);
    }

    /** Removes the WAR from the folder. The server notices that later. */
    void undeploy() throws IOException {
        Files.delete(deployments.resolve(WAR));
    }

    /** Returns -1 while nothing answers. */
    private int status(String path) {
        try {
            return ((HttpURLConnection) uri("http", path).toURL().openConnection()).getResponseCode();
        } catch (IOException silent) {
            return -1;
        }
    }

    URI uri(String scheme, String path) {
        return URI.create(scheme + "://127.0.0.1:" + port + path);
    }

    /** Asks the server to stop, and does not wait. */
    void beginStop() throws IOException {
        Process running = process;
        if (!commands.stop.isEmpty()) {
            begin(commands.environment, deployments.resolveSibling("console.log"), commands.stop);
        } else if (running != null) {
            running.destroy();
        }
    }

    /** Stops the server, and returns when nothing answers. */
    @Override
    public void close() throws IOException {
        if (status("/") > 0) {
            beginStop();
        }
        await().atMost(LONGEST).until(() -> status("/") < 0 && (process == null || !process.isAlive()));
    }
}
