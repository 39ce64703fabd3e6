package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests the relay behind each proxy of this machine, with the files of {@code server-config}. Only
 * ports differ.
 */
class ProxyIT {

    private static final Path DEBIANS_MODULES = Path.of("/usr/lib/apache2/modules");

    private static final String KEY = "change-me-change-me-change-me-change-me";

    /** A proxy, with the port in its file and the command that starts it in its own folder. */
    enum Proxy {
        NGINX("nginx", "switchboard.conf", "listen 80;", "listen 127.0.0.1:%d;") {
            @Override
            String beside(Path folder) {
                return """
                        daemon off;
                        pid %1$s/pid;
                        events {}
                        http {
                            access_log off;
                            client_body_temp_path %1$s/body;
                            proxy_temp_path %1$s/proxy;
                            fastcgi_temp_path %1$s/fastcgi;
                            uwsgi_temp_path %1$s/uwsgi;
                            scgi_temp_path %1$s/scgi;
                            include %1$s/switchboard.conf;
                        }
                        """.formatted(folder);
            }

            @Override
            List<String> command(Path folder) {
                return List.of("-e", folder + "/errors", "-c", folder + "/main");
            }
        },
        HAPROXY("haproxy", "switchboard.cfg", "bind :80", "bind 127.0.0.1:%d") {
            @Override
            List<String> command(Path folder) {
                return List.of("-db", "-f", folder + "/" + file);
            }
        },
        CADDY("caddy", "Caddyfile", ":80 {", "http://127.0.0.1:%d {") {
            @Override
            String beside(Path folder) {
                return "{\n\tadmin off\n}\nimport " + folder + "/" + file + "\n";
            }

            @Override
            List<String> command(Path folder) {
                return List.of("run", "--adapter", "caddyfile", "--config", folder + "/main");
            }
        },
        APACHE(
                "apache2",
                "switchboard.conf",
                "<VirtualHost *:80>",
                "Listen 127.0.0.1:%1$d\n<VirtualHost 127.0.0.1:%1$d>") {
            @Override
            String beside(Path folder) {
                StringBuilder lines = new StringBuilder();
                for (String module : List.of("mpm_event", "authz_core", "headers", "proxy", "proxy_http", "http2")) {
                    lines.append("LoadModule %1$s_module %2$s/mod_%1$s.so%n".formatted(module, DEBIANS_MODULES));
                }
                return lines + """
                        ServerName localhost
                        DefaultRuntimeDir %1$s
                        PidFile %1$s/pid
                        ErrorLog %1$s/errors
                        Include %1$s/switchboard.conf
                        """.formatted(folder);
            }

            @Override
            List<String> command(Path folder) {
                return List.of("-X", "-f", folder + "/main");
            }
        };

        private final String program;
        final String file;
        private final String port;
        private final String otherPort;

        Proxy(String program, String file, String port, String otherPort) {
            this.program = program;
            this.file = file;
            this.port = port;
            this.otherPort = otherPort;
        }

        /**
         * Returns the text around the file in a complete configuration; empty if the file is
         * complete.
         */
        String beside(Path folder) {
            return "";
        }

        abstract List<String> command(Path folder);

        boolean isHere() {
            return found().findFirst().isPresent() && (this != APACHE || Files.isDirectory(DEBIANS_MODULES));
        }

        private Stream<String> found() {
            return Stream.concat(Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of("/usr/sbin"))
                    .map(folder -> Path.of(folder, program))
                    .filter(Files::isExecutable)
                    .map(Path::toString);
        }

        Process start(Path folder, int at, int relay) throws IOException {
            String text = Files.readString(Path.of("server-config", name().toLowerCase(Locale.ROOT), file));
            assertThat(text).contains(port, "127.0.0.1:8000");
            Files.writeString(
                    folder.resolve(file),
                    text.replace(port, otherPort.formatted(at)).replace("127.0.0.1:8000", "127.0.0.1:" + relay));
            Files.writeString(folder.resolve("main"), beside(folder));
            List<String> command = new ArrayList<>(List.of(found().findFirst().orElseThrow()));
            command.addAll(command(folder));
            ProcessBuilder builder = new ProcessBuilder(command);
            for (String home : List.of("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")) {
                builder.environment().put(home, folder.toString());
            }
            return builder.redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
        }
    }

    @SuppressWarnings("NullAway.Init") // JUnit calls the method that sets it
    private static CommandLine relay;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path folder;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Process> started = new ArrayList<>();
    private String authority = "";

    @BeforeAll
    static void startRelay() throws IOException {
        relay = CommandLine.server("-Dswitchboard.api.key=" + KEY, "-Dswitchboard.proxies=127.0.0.1");
    }

    @AfterAll
    static void stopRelay() throws Exception {
        relay.close();
    }

    @AfterEach
    void stopProxy() throws InterruptedException {
        for (Process proxy : started) {
            List<ProcessHandle> workers = proxy.descendants().toList();
            // A polite stop would wait for open streams (Caddy) or start new workers (nginx).
            proxy.destroyForcibly();
            workers.forEach(ProcessHandle::destroyForcibly);
            assertThat(proxy.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void start(Proxy proxy) throws IOException {
        assumeTrue(proxy.isHere(), "this machine has no " + proxy);
        int port = freePort();
        authority = "127.0.0.1:" + port;
        started.add(proxy.start(folder, port, relay.url().getPort()));
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> status("health/live") == 200);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + authority + "/" + path));
    }

    private int status(String path) throws Exception {
        return http.send(request(path).build(), BodyHandlers.discarding()).statusCode();
    }

    private Iterator<String> lines(HttpRequest.Builder request) throws Exception {
        HttpResponse<Stream<String>> response = http.send(request.build(), BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body().iterator();
    }

    /** Returns the next line with this text. The proxy must pass it on before more text comes. */
    private static String next(Iterator<String> lines, String text) throws Exception {
        return CompletableFuture.supplyAsync(() -> {
                    String line;
                    do {
                        line = lines.next();
                    } while (!line.contains(text));
                    return line;
                })
                .get(20, TimeUnit.SECONDS);
    }

    private RawSocket socket(String path, String origin) throws IOException {
        return new RawSocket(URI.create("ws://" + authority + "/" + path), "Origin: " + origin);
    }

    @ParameterizedTest
    @EnumSource
    void a_message_passes_the_proxy_by_every_transport(Proxy proxy) throws Exception {
        start(proxy);
        try (RawSocket socket = socket("raw/proxied", "http://" + authority)) {
            assertThat(socket.status).contains("101");
            Iterator<String> events = lines(request("raw/proxied").header("Accept", "text/event-stream"));
            for (String message : List.of("one", "two", "three")) {
                HttpRequest.Builder post = request("raw/proxied")
                        .header("Content-Type", "text/plain")
                        .POST(BodyPublishers.ofString(message));
                assertThat(http.send(post.build(), BodyHandlers.ofString()).statusCode())
                        .isEqualTo(204);
                assertThat(socket.next().text()).isEqualTo(message);
                next(events, "data: " + message);
            }
        }
        Iterator<String> replies = lines(request("connection/http_stream")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"id\":1,\"connect\":{}}")));
        next(replies, "\"connect\":{");
    }

    @ParameterizedTest
    @EnumSource
    void the_relay_refuses_foreign_origins_and_the_api_behind_the_proxy(Proxy proxy) throws Exception {
        start(proxy);
        try (RawSocket foreign = socket("raw/proxied", "http://evil.example")) {
            assertThat(foreign.status).contains("403");
        }
        HttpRequest.Builder call = request("api/info")
                .headers("X-API-Key", KEY, "Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}"));
        assertThat(http.send(call.build(), BodyHandlers.ofString()).statusCode())
                .isIn(403, 404);
    }
}
