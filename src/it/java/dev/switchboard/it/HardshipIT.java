package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests a server that for a while has no processor, no file, no memory or no connection left. */
class HardshipIT {

    /** Files for a server that has started with 256, and leaves those beyond 192 connections free. */
    private static final int FEW_FILES = 160;

    private static final String KEY = "change-me-change-me-change-me-change-me";

    private static final String UPGRADE = """
            Connection: Upgrade
            Upgrade: websocket
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            """;

    /**
     * Returns requests that make the server load classes for the first time, each with its status.
     */
    private static Map<String, Integer> firstNeeded() throws Exception {
        Map<String, Integer> requests = new LinkedHashMap<>();
        String json = "Content-Type: application/json\n";
        requests.put(head("POST", "/raw/c", "Content-Length: 100\n") + "half of it", 408);
        requests.put(post("/raw/c", "", "all of it"), 204);
        requests.put(get("/raw/c", ""), 200);
        requests.put(get("/connection/sse?cf_connect=%7B%22id%22%3A1%2C%22connect%22%3A%7B%7D%7D", ""), 200);
        String connect = "{\"id\":1,\"connect\":{\"token\":\"" + LoginIT.token("anna") + "\"}}";
        requests.put(post("/connection/http_stream", json, connect), 200);
        requests.put(post("/emulation", json, "{}"), 404);
        requests.put(post("/api/info", json + "X-API-Key: " + KEY + "\n", "{}"), 200);
        requests.put(get("/metrics", ""), 200);
        requests.put(get("/centrifuge.js", ""), 200);
        requests.put(get("/raw/c", UPGRADE), 101);
        requests.put(get("/connection/websocket?format=protobuf", UPGRADE), 101);
        return requests;
    }

    private static String get(String path, String headers) {
        return head("GET", path, headers);
    }

    private static String post(String path, String headers, String body) {
        return head("POST", path, "Content-Length: " + body.length() + "\n" + headers) + body;
    }

    private static String head(String method, String path, String headers) {
        return method + " " + path + " HTTP/1.1\nHost: 127.0.0.1\n" + headers + "\n";
    }

    private final List<AutoCloseable> opened = new ArrayList<>();

    private <C extends AutoCloseable> C keep(C resource) {
        opened.add(resource);
        return resource;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable resource : opened) {
            resource.close();
        }
    }

    private static void pass(Duration time) {
        await().pollDelay(time).atMost(time.plusMinutes(1)).until(() -> true);
    }

    @Test
    @Row("S10")
    void a_server_that_was_stopped_disconnects_no_client_for_its_own_pause(Seen seen) throws Exception {
        CommandLine server =
                keep(CommandLine.server("-Dswitchboard.ping.interval=2s", "-Dswitchboard.pong.timeout=3s"));
        URI endpoint = URI.create(server.url().toString().replaceFirst("http", "ws") + DeployedRelay.ENDPOINT);
        List<RawSocket> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            RawSocket client = keep(new RawSocket(endpoint));
            client.send("{\"id\":1,\"connect\":{}}");
            assertThat(client.next().text()).contains("\"connect\":");
            clients.add(client);
        }
        for (RawSocket client : clients) {
            assertThat(client.next().text()).isEqualTo("{}");
        }
        server.signal("STOP");
        try {
            pass(Duration.ofSeconds(8));
            for (RawSocket client : clients) { // in time, as the client sees it
                client.send("{}");
            }
        } finally {
            server.signal("CONT");
        }
        for (RawSocket client : clients) {
            client.send("{\"id\":2,\"history\":{\"channel\":\"none\"}}");
            String answer = client.next().text();
            while (answer.equals("{}")) {
                client.send("{}");
                answer = client.next().text();
            }
            assertThat(answer).startsWith("{\"id\":2,");
        }
        assertThat(new DeployedRelay(server.url().toURL()).metric("switchboard_pauses_total"))
                .isEqualTo(1);
        seen.note("stopped for 8 s while 20 clients had 3 s to answer: all stayed");
    }

    @Test
    @Row("S16")
    void a_server_without_free_files_serves_its_clients_and_accepts_others_later(Seen seen) throws Exception {
        CommandLine server = keep(CommandLine.serverWithFiles(256, "-Dswitchboard.ping.interval=1s"));
        WebSocketClient publisher = keep(new WebSocketClient(server.raw("c"))).joined();
        WebSocketClient listener = keep(new WebSocketClient(server.raw("c"))).joined();
        publisher.send("before");
        assertThat(listener.next()).isEqualTo("before");
        pass(Duration.ofSeconds(4)); // after a ping of both clients, because loading a class takes a file
        server.limitFiles(FEW_FILES);
        List<Socket> crowd = crowd(server);
        await().until(() -> server.err().contains("Too many open files"));
        Duration before = server.cpu();
        pass(Duration.ofSeconds(4));
        Duration used = server.cpu().minus(before);
        seen.note("without files it used " + used.toMillis() + " ms of a processor in 4 s");
        assertThat(used).isLessThan(Duration.ofSeconds(2));
        publisher.send("still here");
        assertThat(listener.next()).isEqualTo("still here");
        for (Socket socket : crowd) {
            socket.close();
        }
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            keep(new WebSocketClient(server.raw("c"))).joined();
            return true;
        });
        publisher.send("after the shortage");
        assertThat(listener.next()).isEqualTo("after the shortage");
    }

    @Test
    @Row("S21")
    void requests_that_are_first_made_without_free_files_work_then_and_later(Seen seen) throws Exception {
        CommandLine server = keep(CommandLine.serverWithFiles(
                256,
                "-Dswitchboard.api.key=" + KEY,
                "-Dswitchboard.token.secret=" + LoginIT.SECRET,
                "-Dswitchboard.message.time=1s"));
        Map<String, Integer> requests = firstNeeded();
        List<Socket> early = connections(server, requests.size());
        server.limitFiles(FEW_FILES);
        List<Socket> crowd = crowd(server);
        await().until(() -> server.err().contains("Too many open files"));

        assertAnswered(requests, early);
        for (Socket socket : crowd) {
            socket.close();
        }
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            keep(new WebSocketClient(server.raw("c"))).joined();
            return true;
        });
        assertAnswered(requests, connections(server, requests.size()));
        assertThat(server.err()).doesNotContain("NoClassDefFoundError").doesNotContain("ClassNotFoundException");
        seen.note("without a file to open " + requests.size() + " requests of new kinds were answered as ever");
    }

    /**
     * Opens more WebSockets than a server with {@link #FEW_FILES} can hold. It awaits the first
     * ones, because connections that have not made a request have a limit of their own.
     */
    private List<Socket> crowd(CommandLine server) throws IOException {
        byte[] handshake = get("/raw/crowd", UPGRADE).replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
        List<Socket> crowd = new ArrayList<>();
        for (int i = 0; i < 180; i++) {
            Socket socket = connections(server, 1).get(0);
            socket.getOutputStream().write(handshake);
            if (i < 90) {
                assertThat(socket.getInputStream().read()).isEqualTo('H');
            }
            crowd.add(socket);
        }
        return crowd;
    }

    private List<Socket> connections(CommandLine server, int count) throws IOException {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Socket socket = keep(new Socket());
            socket.setSoTimeout(10_000);
            socket.connect(
                    new InetSocketAddress(server.url().getHost(), server.url().getPort()));
            sockets.add(socket);
        }
        return sockets;
    }

    /** Makes one request on each connection and checks its status. */
    private static void assertAnswered(Map<String, Integer> requests, List<Socket> sockets) throws IOException {
        Iterator<Socket> connections = sockets.iterator();
        for (Map.Entry<String, Integer> request : requests.entrySet()) {
            Socket socket = connections.next();
            socket.getOutputStream()
                    .write(request.getKey().replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
            assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                            .readLine())
                    .as(request.getKey())
                    .contains(" " + request.getValue());
        }
    }

    @Test
    @Row("S19")
    void a_server_without_memory_ends_and_its_last_line_says_so(Seen seen) throws Exception {
        CommandLine server = keep(CommandLine.server(
                "-Xmx48m", "-Dswitchboard.message.bytes=200000000", "-Dswitchboard.outbox.bytes=300000000"));
        RawSocket greedy = keep(new RawSocket(server.raw("c")));
        byte[] part = new byte[1_000_000];
        assertThatThrownBy(() -> {
                    greedy.announce(RawSocket.BINARY, 150_000_000);
                    for (int i = 0; i < 150; i++) {
                        greedy.sendBytes(part);
                    }
                    greedy.next();
                })
                .isInstanceOf(IOException.class);
        assertThat(server.status()).isEqualTo(3);
        assertThat(server.err().lines().reduce("", (first, last) -> last))
                .startsWith("switchboard: out of memory, the process ends");
        seen.note("with 48 MiB and a message of 150 MB: status 3, and a last line that says why");
    }

    @Test
    @Row("S18")
    void idle_connections_leave_files_for_others_and_half_a_request_head_has_ten_seconds(Seen seen) throws Exception {
        CommandLine server = keep(CommandLine.serverWithFiles(256));
        InetSocketAddress address =
                new InetSocketAddress(server.url().getHost(), server.url().getPort());
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            Socket socket = keep(new Socket());
            socket.connect(address);
            silent.add(socket);
        }
        long begin = System.nanoTime();
        WebSocketClient publisher = keep(new WebSocketClient(server.raw("c"))).joined();
        WebSocketClient listener = keep(new WebSocketClient(server.raw("c"))).joined();
        publisher.send("room for both");
        assertThat(listener.next()).isEqualTo("room for both");
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .as("silent connections end after 60 s")
                .isLessThan(Duration.ofSeconds(30));
        silent.get(0).setSoTimeout(20_000);
        assertThat(silent.get(0).getInputStream().read())
                .as("closed to free a file for a later connection")
                .isNegative();

        Socket half = keep(new Socket());
        half.connect(address);
        half.setSoTimeout(30_000);
        half.getOutputStream().write("GET /raw/c HTTP/1.1\r\nHost: a\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(half.getInputStream().read()).as("half a request head").isNegative();
        assertThat(server.err())
                .as("connections leave files for the log, for classes and for the engine")
                .contains("this process may open only 256 files (ulimit -n); beyond 192 connections")
                .doesNotContain("Too many open files");
        seen.note("with 256 files and 600 connections without a request two clients came in; half a head is cut off");
    }
}
