package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.redis.RedisServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs every command of the README and of the pages as it stands there. Only ports differ. */
class ReadmeIT {

    private static final Path SERVERS = Path.of(System.getProperty("servers.dir"));

    private final List<Process> processes = new ArrayList<>();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path directory;

    @AfterEach
    void stopAll() {
        processes.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    /** Returns the blocks of shell commands, in order. */
    private static List<String> blocks() throws IOException {
        return blocks("sh");
    }

    private static List<String> blocks(String language) throws IOException {
        Pattern block = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL);
        List<String> blocks = new ArrayList<>();
        try (Stream<Path> pages = Files.list(Path.of("src/docs"))) {
            for (Path page : Stream.concat(
                            Stream.of(Path.of("README.md")),
                            pages.filter(Files::isRegularFile).sorted())
                    .toList()) {
                block.matcher(Files.readString(page)).results().forEach(found -> blocks.add(found.group(1)));
            }
        }
        return blocks;
    }

    private static String block(String part) throws IOException {
        return blocks().stream()
                .filter(block -> block.contains(part))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Runs commands in the folder of the project. Their output goes to the folder of the servers.
     */
    private Process start(String commands, Map<String, String> environment) throws IOException {
        ProcessBuilder shell = new ProcessBuilder("bash", "-euc", commands);
        shell.environment().putAll(environment);
        File log = SERVERS.resolve("readme.log").toFile();
        shell.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log));
        Process process = shell.start();
        processes.add(process);
        return process;
    }

    private void run(String commands, Map<String, String> environment) throws Exception {
        assertThat(start(commands, environment).waitFor())
                .as("%s, see %s", commands, SERVERS.resolve("readme.log"))
                .isZero();
    }

    /** Checks that the relay serves its page, and that a client in the channel gets the hello. */
    private static void expectRelay(int port) throws Exception {
        URI page = URI.create("http://127.0.0.1:" + port + "/switchboard/");
        await().atMost(Duration.ofMinutes(2))
                .ignoreExceptions()
                .until(() -> ((HttpURLConnection) page.toURL().openConnection()).getResponseCode() == 200);
        try (WebSocketClient client =
                new WebSocketClient(URI.create("ws://127.0.0.1:" + port + "/switchboard/raw/hello"))) {
            assertThat(client.next()).isEqualTo("Hello, Client!");
        }
    }

    @Test
    void every_command_of_the_pages_has_a_test() throws IOException {
        assertThat(blocks())
                .hasSize(24)
                .anyMatch(block -> block.contains(" import-centrifugo ")) // LauncherIT runs it
                // The build has done the first half.
                .anyMatch(block -> block.equals("./mvnw -q -DskipTests package && java -jar target/switchboard.war\n"))
                .anyMatch(
                        block -> block.equals("java -jar target/switchboard.war tail ws://127.0.0.1:8000/raw/hello\n"))
                .anyMatch(block -> block.equals(
                        "java -jar target/switchboard.war send ws://127.0.0.1:8000/raw/hello \"Good morning\"\n"))
                .anyMatch(
                        block -> block.equals("java -jar target/switchboard.war bench ws://127.0.0.1:8000/raw/bench\n"))
                .anyMatch(block -> block.startsWith("java -jar target/switchboard.war init\n"))
                .anyMatch(block -> block.equals("java -jar target/switchboard.war doctor http://127.0.0.1:8000/\n"))
                .anyMatch(block -> block.endsWith(" completion)\"\n"))
                .anyMatch(block -> block.startsWith("SWITCHBOARD_API_KEY="))
                .anyMatch(block -> block.contains(" SWITCHBOARD_ADMIN_PASSWORD="))
                .anyMatch(block -> block.contains("/admin/api/top\n"))
                .anyMatch(block -> block.contains(" --trace channel=hello "))
                .anyMatch(block -> block.startsWith("cookies="))
                .anyMatch(block -> block.startsWith("curl http://127.0.0.1:8000/api/publish "))
                .anyMatch(block -> block.startsWith("curl http://127.0.0.1:8000/api -H "))
                .anyMatch(block -> block.equals("curl -N http://127.0.0.1:8000/raw/news\n"))
                .anyMatch(block -> block.equals("curl -d 'Hello' http://127.0.0.1:8000/raw/news\n"))
                .anyMatch(block -> block.startsWith("./mvnw -q install:install-file "))
                .anyMatch(block -> block.equals("npm install centrifuge ws\n"))
                .anyMatch(block -> block.startsWith("redis-server server-config/redis/redis.conf &\n"))
                .anyMatch(block -> block.contains("CATALINA_HOME"))
                .anyMatch(block -> block.contains("JBOSS_HOME"))
                .anyMatch(block -> block.contains("PAYARA_HOME"))
                .anyMatch(block -> block.equals("./mvnw verify\n")); // this build
    }

    @Test
    void the_server_the_tail_and_the_send() throws Exception {
        String port = startServer(plain());
        Path heard = directory.resolve("tail");
        start(block(" tail ws:").strip().replace("8000", port) + " > " + heard, Map.of());
        await().until(() -> Files.exists(heard) && Files.readString(heard).equals("Received: Hello, Client!\n"));
        run(block(" send ").replace("8000", port), Map.of());
        await().untilAsserted(() ->
                assertThat(Files.readString(heard)).isEqualTo("Received: Hello, Client!\nReceived: Good morning\n"));
    }

    @Test
    void a_closed_server_is_prepared() throws Exception {
        Path printed = directory.resolve("prepared");
        String war = Path.of("target/switchboard.war").toAbsolutePath().toString();
        run(
                "cd " + directory + "\n{ " + block(" init").replace("target/switchboard.war", war) + "} > " + printed,
                Map.of());
        assertThat(Files.readAllLines(printed))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("Wrote " + directory),
                        line -> assertThat(line).startsWith("valid: the settings"),
                        line -> assertThat(line).startsWith("valid: a connection token for user \"42\""));
    }

    /** Runs for one second instead of ten. */
    @Test
    void the_bench() throws Exception {
        String port = startServer(plain());
        Path printed = directory.resolve("bench");
        run(block(" bench ").strip().replace("8000", port) + " --seconds 1 --warm-up 0 > " + printed, Map.of());
        assertThat(Files.readString(printed)).contains("deliveries/s", "lost", "p99.9");
    }

    @Test
    void the_doctor_and_the_completion_of_a_shell() throws Exception {
        String port = startServer(plain());
        run(block(" doctor ").replace("8000", port), Map.of());
        run(block(" completion") + "complete -p switchboard\n", Map.of());
    }

    @Test
    void one_line_publishes_to_the_clients_of_a_channel() throws Exception {
        String port = startServer(block("SWITCHBOARD_API_KEY=change-me-change-me-change-me-change-me java"));
        try (WebSocketClient client = new WebSocketClient(URI.create("ws://127.0.0.1:" + port + "/raw/hello"))) {
            assertThat(client.next()).isEqualTo("Hello, Client!");
            run(block("/api/publish").replace("8000", port), Map.of());
            assertThat(client.next()).isEqualTo("\"Hello from the back end\"");
            run(block("8000/api -H").replace("8000", port), Map.of());
            assertThat(client.next()).isEqualTo("\"Hello again\"");
        }
    }

    @Test
    void the_console_with_curl_and_from_a_terminal() throws Exception {
        String port = startServer(block(" SWITCHBOARD_ADMIN_PASSWORD="));
        Path traced = directory.resolve("trace");
        start(block(" --trace ").strip().replace("8000", port) + " > " + traced, Map.of());
        Path shown = directory.resolve("top");
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            run(block("cookies=").replace("8000", port), Map.of());
            assertThat(Files.readString(traced)).contains("\"data\":\"\\\"From an operator\\\"\"");
        });
        run("{ " + block("/admin/api/top").replace("8000", port) + "} > " + shown, Map.of());
        assertThat(Files.readString(shown))
                .contains("\"messages\":[{\"channel\":\"hello\"", "CHANNELS, messages per second\n  hello ");
    }

    @Test
    void the_channel_with_curl() throws Exception {
        String port = startServer(plain());
        Path heard = directory.resolve("events");
        start(block("curl -N").strip().replace("8000", port) + " > " + heard, Map.of());
        await().until(() -> Files.exists(heard) && Files.readString(heard).contains("id: "));
        run(block("curl -d").replace("8000", port), Map.of());
        await().untilAsserted(() -> assertThat(Files.readString(heard)).endsWith("data: Hello\n\n"));
    }

    @Test
    void the_room_with_a_client_library() throws Exception {
        String port = startServer(plain());
        String program = blocks("js").stream()
                .filter(block -> block.contains("from 'centrifuge'"))
                .findFirst()
                .orElseThrow();
        Files.writeString(directory.resolve("package.json"), "{}");
        Files.writeString(directory.resolve("news.mjs"), program.replace("8000", port));
        run("cd " + directory + "\n" + block("npm install"), Map.of());
        Path printed = directory.resolve("printed");
        start("cd " + directory + "\nnode news.mjs > " + printed, Map.of());
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(Files.readString(printed))
                        .contains("1 { text: 'Hello, all!' }", "clients", "publications"));
    }

    @Test
    void two_nodes_that_share_a_redis() throws Exception {
        Files.createSymbolicLink(directory.resolve("redis-server"), RedisServer.program());
        List<Integer> ports = List.of(RedisServer.freePort(), RedisServer.freePort(), RedisServer.freePort());
        String commands = block("redis-server")
                .replace("redis.conf &", "redis.conf --port " + ports.get(0) + " --dir " + directory + " &")
                .replace("6379", "" + ports.get(0))
                .replace("8001", "" + ports.get(1))
                .replace("8002", "" + ports.get(2));
        start(commands + "wait", Map.of("PATH", directory + ":" + System.getenv("PATH")));
        for (int port : ports.subList(1, 3)) {
            URI ready = URI.create("http://127.0.0.1:" + port + "/health/ready");
            await().atMost(Duration.ofMinutes(1))
                    .ignoreExceptions()
                    .until(() -> ((HttpURLConnection) ready.toURL().openConnection()).getResponseCode() == 200);
        }
        try (WebSocketClient ann =
                        new WebSocketClient(URI.create("ws://127.0.0.1:" + ports.get(1) + "/raw/news")).joined();
                WebSocketClient bob =
                        new WebSocketClient(URI.create("ws://127.0.0.1:" + ports.get(2) + "/raw/news")).joined()) {
            ann.send("Hello from the other node");
            assertThat(bob.next()).isEqualTo("Hello from the other node");
        }
    }

    @Test
    void the_library_for_other_builds() throws Exception {
        Path repository = directory.resolve("repository");
        run(block("install:install-file").strip() + " -Dmaven.repo.local=" + repository, Map.of());
        Path installed = repository.resolve("dev/switchboard/switchboard/0.1.0-SNAPSHOT");
        assertThat(installed.resolve("switchboard-0.1.0-SNAPSHOT-classes.jar")).isNotEmptyFile();
        assertThat(installed.resolve("switchboard-0.1.0-SNAPSHOT.pom")).isNotEmptyFile();
    }

    /** Runs the README's command without the build, which is already done. */
    private static String plain() throws IOException {
        return block("-DskipTests package").replaceAll(".*&& ", "");
    }

    /** Starts the server on a free port, and returns the port. */
    private String startServer(String command) throws IOException {
        Path out = directory.resolve("server");
        start(command.strip() + " --port 0 > " + out, Map.of());
        await().atMost(Duration.ofMinutes(1))
                .until(() -> Files.exists(out) && Files.readString(out).contains("\n"));
        return Files.readString(out).replaceAll("(?s).*:(\\d+)/.*", "$1");
    }

    @Test
    void tomcat() throws Exception {
        Path home = copy(
                SERVERS.resolve("apache-tomcat-" + System.getProperty("tomcat.version")), directory.resolve("tomcat"));
        Path pid = directory.resolve("tomcat.pid");
        try {
            run(block("CATALINA_HOME"), Map.of("CATALINA_HOME", home.toString(), "CATALINA_PID", pid.toString()));
            expectRelay(Integer.getInteger("tomcat.http.port"));
        } finally {
            ProcessHandle tomcat = ProcessHandle.of(
                            Long.parseLong(Files.readString(pid).strip()))
                    .orElseThrow();
            tomcat.destroy();
            tomcat.onExit().join();
        }
    }

    @Test
    void wildfly() throws Exception {
        Path shipped = SERVERS.resolve("wildfly-" + System.getProperty("wildfly.version"));
        Path home = Files.createDirectory(directory.resolve("wildfly"));
        try (Stream<Path> parts = Files.list(shipped)) {
            for (Path part : parts.filter(part -> !part.endsWith("standalone")).toList()) {
                Files.createSymbolicLink(home.resolve(part.getFileName()), part);
            }
        }
        copy(shipped.resolve("standalone"), home.resolve("standalone"));
        StringBuilder options = new StringBuilder("-Xmx512m -Djava.net.preferIPv4Stack=true");
        Map.of("http", "wildfly.http.port", "https", "wildfly.https.port", "management.http", "wildfly.management.port")
                .forEach((socket, port) -> options.append(" -Djboss.")
                        .append(socket)
                        .append(".port=")
                        .append(Integer.getInteger(port)));

        start(block("JBOSS_HOME"), Map.of("JBOSS_HOME", home.toString(), "JAVA_OPTS", options.toString()));

        expectRelay(Integer.getInteger("wildfly.http.port"));
    }

    @Test
    void payara() throws Exception {
        Map<String, String> environment = Map.of(
                "PAYARA_HOME",
                SERVERS.resolve("payara6").toString(),
                "AS_ADMIN_PORT",
                System.getProperty("payara.admin.port"));
        try {
            run(block("PAYARA_HOME"), environment);
            expectRelay(Integer.getInteger("payara.http.port"));
        } finally {
            run(
                    "\"$PAYARA_HOME/bin/asadmin\" undeploy switchboard; \"$PAYARA_HOME/bin/asadmin\" stop-domain",
                    environment);
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from, FileVisitOption.FOLLOW_LINKS)) {
            files.forEach(file -> {
                try {
                    Files.copy(file, to.resolve(from.relativize(file)));
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
        }
        return to;
    }
}
