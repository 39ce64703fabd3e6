package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests what the relay promises in every container, with the shipped WAR. */
@ContainerTest
@Tag("executable")
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class RelayIT {

    private static final int MAX_MESSAGE = 65_536;

    @ArquillianResource
    private URL url;

    private final ServerLog log = new ServerLog();
    private final List<AutoCloseable> opened = new ArrayList<>();

    /** Each test uses its own channel. */
    private final String channel = "it-" + UUID.randomUUID();

    @Deployment(testable = false)
    static WebArchive relay() {
        return ShippedWar.as("switchboard.war");
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable client : opened) {
            client.close();
        }
    }

    private URI raw(String pathAndQuery) {
        return URI.create("ws://" + url.getHost() + ":" + url.getPort() + url.getPath() + "raw/" + pathAndQuery);
    }

    private <C extends AutoCloseable> C keep(C client) {
        opened.add(client);
        return client;
    }

    private WebSocketClient rawClient(String pathAndQuery) throws Exception {
        return log.arriving(() -> keep(new WebSocketClient(raw(pathAndQuery))).joined());
    }

    private List<WebSocketClient> clients(int count) throws Exception {
        List<WebSocketClient> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(rawClient(channel));
        }
        return clients;
    }

    private RawSocket rawSocket(String pathAndQuery, String... headers) throws IOException {
        return keep(new RawSocket(raw(pathAndQuery), headers));
    }

    @Test
    void a_message_reaches_every_other_client_unchanged_and_in_order() throws Exception {
        WebSocketClient sender = rawClient(channel);
        List<WebSocketClient> others = List.of(rawClient(channel), rawClient(channel), rawClient(channel));
        WebSocketClient elsewhere = rawClient(channel + "-elsewhere");
        byte[] allBytes = new byte[256];
        IntStream.range(0, 256).forEach(i -> allBytes[i] = (byte) i);

        sender.send("grüß 🙂 \"quoted\" {\"json\": 1e2}");
        sender.send(allBytes);
        sender.send("");
        sender.send(new byte[0]);
        sender.send("last");

        for (WebSocketClient other : others) {
            assertThat(other.next(5))
                    .containsExactly(
                            "grüß 🙂 \"quoted\" {\"json\": 1e2}",
                            WebSocketClient.bytes(ByteBuffer.wrap(allBytes)),
                            "",
                            List.of(),
                            "last");
        }
        // Neither the sender nor the other channel got a message: the first that they get was sent
        // later.
        others.get(0).send("answer");
        assertThat(sender.next()).isEqualTo("answer");
        rawClient(channel + "-elsewhere").send("other");
        assertThat(elsewhere.next()).isEqualTo("other");
    }

    @Test
    void a_client_with_echo_gets_its_own_messages() throws Exception {
        WebSocketClient echoed = rawClient(channel + "?echo=true");
        WebSocketClient other = rawClient(channel + "?echo=false");

        echoed.send("one");
        echoed.send(new byte[] {1, 2});

        assertThat(echoed.next(2)).containsExactly("one", List.of((byte) 1, (byte) 2));
        assertThat(other.next(2)).containsExactly("one", List.of((byte) 1, (byte) 2));
    }

    @Test
    void the_close_reason_names_a_parameter_that_is_invalid() throws Exception {
        RawSocket client = rawSocket(channel + "?echo=perhaps");

        RawSocket.Message close = client.awaitClose();

        assertThat(close.closeCode()).isEqualTo(3501);
        assertThat(close.closeReason()).contains("echo");
    }

    @Test
    void a_channel_has_one_name_in_every_spelling_of_its_url() throws Exception {
        Map<String, List<String>> spellings = Map.of(
                channel + " a", List.of(channel + "%20a", channel + "%20%61"),
                channel + "é:ß", List.of(channel + "%C3%A9%3A%C3%9F", channel + "%c3%a9:%C3%9f"),
                channel + "100%", List.of(channel + "100%25", channel + "%31%30%30%25"),
                channel + "a+b", List.of(channel + "a+b", channel + "a%2Bb"),
                channel + "a;b=c", List.of(channel + "a;b=c", channel + "a%3Bb=c"));

        for (Map.Entry<String, List<String>> spelling : spellings.entrySet()) {
            RawSocket first = rawSocket(spelling.getValue().get(0)).joined();
            RawSocket second = rawSocket(spelling.getValue().get(1) + "?echo=true");
            second.send(spelling.getKey());
            assertThat(second.next().text()).isEqualTo(spelling.getKey());
            assertThat(first.next().text()).isEqualTo(spelling.getKey());
            log.awaitLine(" connect ", "channel=\"" + spelling.getKey() + "\"");
        }
    }

    @Test
    void a_channel_name_has_up_to_255_bytes_and_no_control_characters() throws Exception {
        String longest = "é".repeat(127) + "x";
        RawSocket fits = rawSocket(encode(longest) + "?echo=true");
        fits.send("in");
        assertThat(fits.next().text()).isEqualTo("in");

        for (String bad : List.of(encode(longest + "y"), channel + "%07")) {
            RawSocket.Message close = rawSocket(bad).awaitClose();
            assertThat(close.closeCode()).isEqualTo(3501);
            assertThat(close.closeReason()).contains("channel name");
        }
    }

    private static String encode(String name) {
        return URLEncoder.encode(name, UTF_8).replace("+", "%20");
    }

    @Test
    @Row({"C1", "S13"})
    void a_client_that_does_not_read_is_disconnected_and_twenty_others_get_everything_in_order() throws Exception {
        List<WebSocketClient> readers = clients(20);
        RawSocket silent = rawSocket(channel);
        assertThat(silent.isUpgraded()).isTrue();
        WebSocketClient sender = rawClient(channel);
        String filler = "x".repeat(32_768);
        int window = 8; // a client that reads is never further behind
        int most = 1024; // the kernel takes 3 MiB before the relay notices, Payara 8 MiB more

        int sent = 0;
        while (sent < most
                && (sent % 64 != 0 || log.linesWith(" disconnect ", channel).isEmpty())) {
            sender.send(sent + ":" + filler);
            sent++;
            if (sent > window) {
                expectNext(readers, sent - window - 1);
            }
        }
        for (int i = sent - window; i < sent; i++) {
            expectNext(readers, i);
        }

        log.awaitLine(" disconnect ", channel, "code=3008", "reason=\"slow\"");
        assertThat(log.linesWith(" disconnect ", channel)).hasSize(1);
        assertThat(readers).allMatch(WebSocketClient::isOpen);
        assertThat(sender.isOpen()).isTrue();
    }

    private static void expectNext(List<WebSocketClient> readers, int number) throws InterruptedException {
        for (WebSocketClient reader : readers) {
            assertThat((String) reader.next()).startsWith(number + ":").endsWith("x");
        }
    }

    @Test
    @Row("S3")
    void sixteen_simultaneous_publishers_lose_nothing_and_keep_the_order() throws Exception {
        int senders = 16;
        int each = 200;
        List<WebSocketClient> listeners = clients(4);
        ExecutorService threads = Executors.newFixedThreadPool(senders);
        try {
            List<WebSocketClient> clients = clients(senders);
            List<Future<WebSocketClient>> sent = new ArrayList<>();
            for (int sender = 0; sender < senders; sender++) {
                String name = "s" + sender;
                WebSocketClient client = clients.get(sender);
                Callable<WebSocketClient> work = () -> {
                    for (int i = 0; i < each; i++) {
                        client.send(name + " " + i);
                    }
                    return client;
                };
                sent.add(threads.submit(work));
            }
            for (Future<WebSocketClient> done : sent) {
                assertThat(done.get().next((senders - 1) * each)).hasSize((senders - 1) * each);
            }
        } finally {
            threads.shutdownNow();
        }

        List<List<Object>> heard = new ArrayList<>();
        for (WebSocketClient listener : listeners) {
            heard.add(listener.next(senders * each));
        }
        for (int sender = 0; sender < senders; sender++) {
            String prefix = "s" + sender + " ";
            List<String> expected =
                    IntStream.range(0, each).mapToObj(i -> prefix + i).toList();
            for (List<Object> messages : heard) {
                assertThat(messages.stream().map(String.class::cast).filter(message -> message.startsWith(prefix)))
                        .containsExactlyElementsOf(expected);
            }
        }
        assertThat(heard).as("all clients get the same order").allMatch(heard.get(0)::equals);
    }

    @Test
    void a_message_of_65536_bytes_passes_whole_and_in_fragments() throws Exception {
        WebSocketClient reader = rawClient(channel);
        WebSocketClient sender = rawClient(channel);
        String text = "é".repeat(MAX_MESSAGE / 2);
        byte[] bytes = new byte[MAX_MESSAGE];
        Arrays.fill(bytes, (byte) 0xC3);

        sender.send(text);
        sender.send(bytes);
        // Fewer than the limit of fragments, because Undertow splits a fragment if a read ends within it.
        for (int i = 1; i <= 512; i++) {
            sender.sendPart("y".repeat(MAX_MESSAGE / 512), i == 512);
        }

        assertThat(reader.next()).isEqualTo(text);
        assertThat(reader.next()).isEqualTo(WebSocketClient.bytes(ByteBuffer.wrap(bytes)));
        assertThat(reader.next()).isEqualTo("y".repeat(MAX_MESSAGE));
    }

    @Test
    @Row("C6")
    void a_larger_message_ends_the_connection_with_1009() throws Exception {
        RawSocket reader = rawSocket(channel).joined();
        RawSocket text = rawSocket(channel);
        text.send("x".repeat(MAX_MESSAGE + 1));
        assertThat(text.awaitClose().closeCode()).isEqualTo(1009);

        RawSocket binary = rawSocket(channel);
        binary.send(RawSocket.BINARY, true, new byte[MAX_MESSAGE + 1]);
        assertThat(binary.awaitClose().closeCode()).isEqualTo(1009);

        RawSocket fragments = rawSocket(channel);
        fragments.send(RawSocket.TEXT, false, new byte[MAX_MESSAGE]);
        fragments.send(RawSocket.CONTINUATION, true, new byte[] {'x'});
        assertThat(fragments.awaitClose().closeCode()).isEqualTo(1009);

        rawSocket(channel).send("fits");
        assertThat(reader.next().text())
                .as("no message of the others was forwarded")
                .isEqualTo("fits");
    }

    @Test
    @Row("C7")
    void a_message_of_more_than_1024_fragments_ends_the_connection_with_1009() throws Exception {
        RawSocket client = rawSocket(channel);
        byte[] one = {'x'};
        client.send(RawSocket.TEXT, false, one);
        for (int i = 0; i < 1024; i++) {
            client.send(RawSocket.CONTINUATION, false, one);
        }
        assertThat(client.awaitClose().closeCode()).isEqualTo(1009);
    }

    @Test
    @Row("C6")
    void a_frame_that_is_announced_too_large_ends_the_connection_before_it_arrives() throws Exception {
        RawSocket client = rawSocket(channel);
        client.announce(RawSocket.TEXT, 4L << 30);
        for (int i = 0; i < 80 && log.linesWith(" disconnect ", channel).isEmpty(); i++) {
            try {
                client.sendBytes(new byte[MAX_MESSAGE]);
            } catch (IOException reset) {
                break;
            }
        }
        // Tyrus keeps 512 KiB of a frame itself, and then closes with 1011.
        await().untilAsserted(() -> assertThat(log.linesWith(" disconnect ", channel))
                .hasSize(1)
                .first()
                .asString()
                .containsPattern("code=(1009|1011)"));
    }

    @Test
    @Row("C9")
    void invalid_utf8_ends_the_connection_with_1007_and_reaches_no_client() throws Exception {
        RawSocket reader = rawSocket(channel).joined();
        RawSocket whole = rawSocket(channel);
        whole.send(RawSocket.TEXT, true, new byte[] {'a', (byte) 0xC3, 0x28});
        assertThat(whole.awaitClose().closeCode()).isEqualTo(1007);

        RawSocket split = rawSocket(channel);
        split.send(RawSocket.TEXT, false, new byte[] {'a', (byte) 0xC3});
        split.send(RawSocket.CONTINUATION, true, new byte[] {0x28});
        assertThat(split.awaitClose().closeCode()).isEqualTo(1007);

        // A character may be split between two fragments.
        RawSocket valid = rawSocket(channel);
        byte[] smile = "🙂".getBytes(UTF_8);
        valid.send(RawSocket.TEXT, false, Arrays.copyOf(smile, 2));
        valid.send(RawSocket.CONTINUATION, true, Arrays.copyOfRange(smile, 2, 4));
        assertThat(reader.next().text()).isEqualTo("🙂");
    }

    @Test
    void only_the_channel_hello_greets_each_client() throws Exception {
        assertThat(rawClient("hello").next()).isEqualTo("Hello, Client!");
        WebSocketClient second = rawClient("hello?echo=true");
        second.send("mine");
        assertThat(second.next(2)).containsExactly("Hello, Client!", "mine");

        WebSocketClient plain = rawClient(channel + "?echo=true");
        plain.send("first");
        assertThat(plain.next()).isEqualTo("first");
    }

    @Test
    void the_log_has_one_escaped_line_without_payload_for_each_connect_and_disconnect() throws Exception {
        String canary = "canary-" + UUID.randomUUID();
        WebSocketClient client = rawClient(channel + "?echo=true");
        client.send(canary);
        assertThat(client.next()).isEqualTo(canary);
        client.close(4000, "first\nline\u001b[31m");
        log.awaitLine(" disconnect ", channel, "code=4000", "reason=\"first\\u000aline\\u001b[31m\"");

        List<String> lines = log.linesWith(channel, "client="); // the server may log the request too
        assertThat(lines).hasSize(2);
        assertThat(clientId(lines.get(0))).hasSize(36).isEqualTo(clientId(lines.get(1)));
        assertThat(lines.get(0)).contains(" connect ").contains("channel=\"" + channel + "\"");
        assertThat(log.linesWith(canary)).isEmpty();
    }

    private static String clientId(String line) {
        return line.replaceAll(".*client=(\\S+).*", "$1");
    }

    @Test
    @Row("C5")
    void the_relay_removes_a_client_whose_connection_breaks() throws Exception {
        RawSocket client = rawSocket(channel);
        assertThat(client.isUpgraded()).isTrue();
        client.close();
        // 1006 if the container notices. Payara does not notice so early a reset; the ping does.
        log.awaitLine(" disconnect ", channel, "code=");
        assertThat(log.linesWith(" disconnect ", channel))
                .singleElement()
                .asString()
                .containsPattern("code=(1006|3009|3012)");
    }

    /** With the fault, a client stayed for the 25 s until the next ping. */
    @Test
    @Row("C17")
    void clients_that_reset_during_the_handshake_are_removed_at_once() throws Exception {
        assumeThat(System.getProperty("arquillian.launch")).as("decision 0034").isNotEqualTo("payara");
        for (int i = 0; i < 40; i++) {
            RawSocket.breakOff(raw(channel));
        }
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            List<String> connects = log.linesWith(" connect ", channel);
            assertThat(connects).isNotEmpty();
            assertThat(log.linesWith(" disconnect ", channel)).hasSameSizeAs(connects);
        });
    }

    @Test
    void a_client_gets_everything_that_is_sent_after_its_socket_has_opened() throws Exception {
        RawSocket sender = rawSocket(channel).joined();
        for (int i = 0; i < 100; i++) {
            try (RawSocket socket = rawSocket(channel)) {
                sender.send("message " + i);
                assertThat(socket.next().text()).isEqualTo("message " + i);
            }
        }
    }

    @Test
    void a_client_that_asks_for_a_hello_gets_the_hello_first() throws Exception {
        assertThat(rawSocket(channel + "?hello=true").next().text()).startsWith("{\"hello\":{\"client\":\"");
    }

    @Test
    void a_raw_client_that_offers_subprotocols_gets_the_first_of_them() throws Exception {
        assertThat(rawSocket(channel, "Sec-WebSocket-Protocol: chat, other").header("Sec-WebSocket-Protocol"))
                .as("a browser fails without a subprotocol")
                .containsExactly("chat");
        assertThat(rawSocket(channel).header("Sec-WebSocket-Protocol")).isEmpty();
    }

    @Test
    @Row("A10")
    void the_relay_refuses_foreign_origins_before_the_upgrade() throws Exception {
        String host = url.getHost() + ":" + url.getPort();
        for (String foreign : List.of(
                "https://evil.example",
                "null",
                "http://" + host + ".evil.example",
                "http://evil.example/" + host,
                "http://" + url.getHost(),
                "https://friend.example.evil.example",
                "file://")) {
            RawSocket refused = rawSocket(channel, "Origin: " + foreign);
            assertThat(refused.status).as(foreign).contains(" 403");
        }
        assertThat(rawSocket(channel, "Origin: http://" + host, "Origin: https://evil.example")
                        .isUpgraded())
                .isFalse();
        assertThat(log.linesWith(" connect ", channel)).isEmpty();

        assertThat(rawSocket(channel, "Origin: http://" + host).isUpgraded()).isTrue();
        assertThat(rawSocket(channel, "Origin: https://friend.example").isUpgraded())
                .as("an allowed origin")
                .isTrue();
        assertThat(rawSocket(channel).isUpgraded())
                .as("a native client sends no Origin")
                .isTrue();
    }

    @Test
    @Row("A11")
    void every_spelling_of_the_path_passes_the_origin_check() throws Exception {
        String base = url.getPath();
        int upgraded = 0;
        for (String path : List.of(
                base + "raw/" + channel + "/",
                base + "raw;a=b/" + channel,
                base + "%72aw/" + channel,
                base + "/raw/" + channel,
                base + "x/../raw/" + channel)) {
            URI uri = URI.create("ws://" + url.getHost() + ":" + url.getPort() + path);
            RawSocket foreign = keep(new RawSocket(uri, "Origin: https://evil.example"));
            assertThat(foreign.isUpgraded()).as(path).isFalse();
            // Containers differ in the spellings that reach the endpoint.
            if (keep(new RawSocket(uri)).isUpgraded()) {
                upgraded++;
                assertThat(foreign.status).as(path).contains(" 403");
            }
        }
        assertThat(upgraded).as("spellings that reach the endpoint").isPositive();
    }

    @Test
    void the_relay_does_not_serve_the_launcher() throws Exception {
        for (String path : List.of(
                "dev/switchboard/launcher/Main.class",
                "META-INF/versions/17/dev/switchboard/launcher/Main.class",
                "META-INF/MANIFEST.MF",
                "WEB-INF/launcher/",
                "WEB-INF/rules.json",
                "WEB-INF/web.xml")) {
            assertThat(get(path)).as(path).isEqualTo(404);
        }
        assertThat(get("")).isEqualTo(200);
    }

    private int get(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(url, path).openConnection();
        connection.setReadTimeout(30_000);
        return connection.getResponseCode();
    }
}
