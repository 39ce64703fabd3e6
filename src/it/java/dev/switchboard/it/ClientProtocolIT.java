package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.switchboard.failure.Row;
import dev.switchboard.it.DeployedServer.SocketLine;
import dev.switchboard.transcript.Dialect;
import dev.switchboard.transcript.Server;
import dev.switchboard.transcript.Transcript;
import dev.switchboard.transcript.Translation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import switchboard.wire.Wire;

/** What the relay promises to those who speak the client protocol, on each container alike, as {@link RelayIT}. */
@ContainerTest
@Tag("executable")
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the field
class ClientProtocolIT {

    private static final String ENDPOINT = "connection/websocket";
    private static final String SUBPROTOCOL = "Sec-WebSocket-Protocol";

    @ArquillianResource
    private URL url;

    private final ServerLog log = new ServerLog();
    private final List<AutoCloseable> opened = new ArrayList<>();

    /** Each test talks in channels of its own. */
    private final String run = UUID.randomUUID().toString();

    @Deployment(testable = false)
    static WebArchive relay() {
        return ShippedWar.as(
                "switchboard.war",
                Map.of(
                        "switchboard.token.secret", Server.SECRET,
                        "switchboard.token.audience", "switchboard",
                        "switchboard.token.issuer", Server.ISSUER));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable client : opened) {
            client.close();
        }
    }

    private URI root() {
        return URI.create("ws://" + url.getHost() + ":" + url.getPort() + url.getPath());
    }

    private RawSocket socket(String endpoint, String... headers) throws IOException {
        RawSocket socket = new RawSocket(root().resolve(endpoint), headers);
        opened.add(socket);
        return socket;
    }

    private RawSocket raw(String channel) throws Exception {
        return log.arriving(() -> socket("raw/" + channel).joined());
    }

    /** A client that has connected, and is in the channels. */
    private SocketLine client(Dialect dialect, String... channels) throws IOException {
        SocketLine client = new SocketLine(socket(ENDPOINT, DeployedServer.subprotocol(dialect)), dialect);
        client.send("{\"id\":1,\"connect\":{}}");
        assertThat(client.next()).startsWith("{\"id\":1,\"connect\":");
        for (String channel : channels) {
            client.send("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
            assertThat(client.next()).isEqualTo("{\"id\":2,\"subscribe\":{}}");
        }
        return client;
    }

    // -- conversations

    @ParameterizedTest
    @EnumSource
    void the_relay_says_what_the_transcripts_say(Dialect dialect) throws Exception {
        List<String> failures = new ArrayList<>();
        for (Transcript transcript : Transcript.timeless()) {
            if (dialect == Dialect.JSON || transcript.isForProtobuf()) {
                try {
                    transcript.play(new DeployedServer(root(), dialect));
                } catch (AssertionError failure) {
                    failures.add(failure.getMessage());
                }
            }
        }
        assertThat(failures).isEmpty();
    }

    // -- the handshake

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "X-None: 1",
                "Sec-WebSocket-Protocol:",
                "Sec-WebSocket-Protocol: ",
                "Sec-WebSocket-Protocol: chat"
            })
    void without_a_subprotocol_that_the_relay_knows_json_is_spoken_and_none_is_answered(String header)
            throws Exception {
        RawSocket socket = header.isEmpty() ? socket(ENDPOINT) : socket(ENDPOINT, header);
        assertThat(socket.status).contains(" 101");
        assertThat(socket.header(SUBPROTOCOL)).isEmpty();
        assertSpeaks(Dialect.JSON, socket);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "centrifuge-json",
                "centrifuge-protobuf",
                "chat, centrifuge-json",
                "chat,centrifuge-protobuf",
            })
    void a_subprotocol_that_the_relay_knows_is_echoed_and_spoken(String offered) throws Exception {
        RawSocket socket = socket(ENDPOINT, SUBPROTOCOL + ": " + offered);
        assertThat(socket.status).contains(" 101");
        assertThat(socket.header(SUBPROTOCOL)).containsExactly(offered.replaceAll("chat, ?", ""));
        assertSpeaks(offered.endsWith("json") ? Dialect.JSON : Dialect.PROTOBUF, socket);
    }

    @ParameterizedTest
    @ValueSource(strings = {"format=protobuf", "cf_protocol=protobuf", "cf_protocol_version=v2&format=protobuf"})
    void protobuf_may_be_asked_for_by_a_parameter(String query) throws Exception {
        RawSocket socket = socket(ENDPOINT + "?" + query);
        assertThat(socket.header(SUBPROTOCOL)).isEmpty();
        assertSpeaks(Dialect.PROTOBUF, socket);

        RawSocket empty = socket(ENDPOINT + "?" + query, SUBPROTOCOL + ":");
        assertThat(empty.header(SUBPROTOCOL)).isEmpty();
        assertSpeaks(Dialect.PROTOBUF, empty);
    }

    @Test
    @Row("A10")
    void pages_of_foreign_origins_are_refused_before_the_upgrade() throws Exception {
        RawSocket refused = socket(ENDPOINT, "Origin: https://evil.example", SUBPROTOCOL + ": centrifuge-json");
        assertThat(refused.status).contains(" 403");
        RawSocket allowed = socket(ENDPOINT, "Origin: https://friend.example", SUBPROTOCOL + ": centrifuge-json");
        assertThat(allowed.isUpgraded()).isTrue();
    }

    private static void assertSpeaks(Dialect dialect, RawSocket socket) throws IOException {
        SocketLine client = new SocketLine(socket, dialect);
        client.send("{\"id\":1,\"connect\":{}}");
        RawSocket.Message answer = socket.next();
        assertThat(answer.opcode()).isEqualTo(dialect == Dialect.JSON ? RawSocket.TEXT : RawSocket.BINARY);
        client.send("{\"id\":2,\"ping\":{}}");
        assertThat(client.next()).isEqualTo("{\"id\":2,\"ping\":{}}");
    }

    @Test
    @Row("C10")
    void who_sends_text_for_protobuf_or_bytes_for_json_is_closed() throws Exception {
        RawSocket binary = socket(ENDPOINT, DeployedServer.subprotocol(Dialect.PROTOBUF));
        binary.send("{\"id\":1,\"connect\":{}}");
        assertThat(binary.awaitClose().closeCode()).isEqualTo(3501);

        RawSocket text = socket(ENDPOINT, DeployedServer.subprotocol(Dialect.JSON));
        text.send(new byte[] {1, 2, 3});
        assertThat(text.awaitClose().closeCode()).isEqualTo(3501);
    }

    // -- the corpus: each file is one message

    private static List<Path> corpus(String expected) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/corpus", expected))) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
    }

    private static void send(Path file, SocketLine client) throws IOException {
        client.socket().send(RawSocket.TEXT, true, Files.readAllBytes(file));
    }

    /** Failures I1 to I4 and I6. */
    @Test
    void a_malformed_message_ends_the_connection_with_3501() throws Exception {
        for (Path file : corpus("malformed")) {
            SocketLine client = client(Dialect.JSON);
            send(file, client);
            assertThat(client.socket().awaitClose().closeCode())
                    .as(file.toString())
                    .isEqualTo(3501);
            client.cut();
        }
    }

    /** Failures I3 to I6 and I8. */
    @Test
    void a_well_formed_message_does_not_end_the_connection() throws Exception {
        for (Path file : corpus("accepted")) {
            SocketLine client = client(Dialect.JSON);
            send(file, client);
            client.send("{\"id\":77,\"ping\":{}}");
            String answer = client.next();
            while (!answer.equals("{\"id\":77,\"ping\":{}}")) {
                assertThat(answer).as(file.toString()).doesNotStartWith("close");
                answer = client.next();
            }
            client.cut();
        }
    }

    /** Failure I13. */
    @Test
    void a_number_out_of_range_is_refused_and_does_not_end_the_connection() throws Exception {
        for (Path file : corpus("refused")) {
            SocketLine client = client(Dialect.JSON);
            send(file, client);
            assertThat(client.next())
                    .as(file.toString())
                    .isEqualTo("{\"id\":1,\"error\":{\"code\":107,\"message\":\"bad request\"}}");
            client.send("{\"id\":77,\"ping\":{}}");
            assertThat(client.next()).isEqualTo("{\"id\":77,\"ping\":{}}");
            client.cut();
        }
    }

    /** Failure I9; in memory it is told what each of them is answered. */
    @Test
    void who_subscribes_to_channels_without_end_is_ended_with_3509() throws Exception {
        SocketLine client = client(Dialect.JSON);
        for (int i = 2; i <= 300; i++) {
            try {
                client.send("{\"id\":" + i + ",\"subscribe\":{\"channel\":\"plain:" + i + "\"}}");
            } catch (IOException gone) {
                break;
            }
        }
        assertThat(client.socket().awaitClose().closeCode()).isEqualTo(3509);
    }

    /** Failure I15. */
    @Test
    void a_message_of_4096_commands_ends_the_connection_with_3501() throws Exception {
        SocketLine client = client(Dialect.JSON);
        client.send("{}\n".repeat(4_096));
        assertThat(client.socket().awaitClose().closeCode()).isEqualTo(3501);

        SocketLine protobuf = client(Dialect.PROTOBUF);
        protobuf.socket().send(new byte[4_096]); // as many pongs
        assertThat(protobuf.socket().awaitClose().closeCode()).isEqualTo(3501);
    }

    // -- many commands in one message

    @ParameterizedTest
    @EnumSource
    void a_batch_of_commands_is_answered_in_its_order(Dialect dialect) throws Exception {
        SocketLine client = client(dialect);
        client.send(IntStream.range(0, 1_000)
                .mapToObj(i ->
                        "{\"id\":" + (i + 2) + ",\"publish\":{\"channel\":\"anyone:" + run + "\",\"data\":" + i + "}}")
                .collect(Collectors.joining("\n")));
        for (int i = 0; i < 1_000; i++) {
            assertThat(client.next()).isEqualTo("{\"id\":" + (i + 2) + ",\"publish\":{}}");
        }
    }

    @Test
    void a_bad_command_ends_the_connection_when_those_before_it_are_answered() throws Exception {
        SocketLine client = client(Dialect.JSON);
        client.send(IntStream.range(0, 100)
                        .mapToObj(i ->
                                "{\"id\":" + (i + 2) + ",\"publish\":{\"channel\":\"anyone:" + run + "\",\"data\":1}}")
                        .collect(Collectors.joining("\n"))
                + "\nnonsense");
        for (int i = 0; i < 100; i++) {
            assertThat(client.next()).isEqualTo("{\"id\":" + (i + 2) + ",\"publish\":{}}");
        }
        assertThat(client.next()).startsWith("close 3501");
    }

    @Test
    void json_in_a_binary_frame_is_answered() throws Exception {
        SocketLine client = client(Dialect.JSON);
        client.socket().send("{\"id\":2,\"ping\":{}}".getBytes(StandardCharsets.UTF_8));
        assertThat(client.next()).isEqualTo("{\"id\":2,\"ping\":{}}");
    }

    // -- large messages

    @ParameterizedTest
    @EnumSource
    void a_message_of_more_than_64_kilobytes_ends_the_connection_with_1009(Dialect dialect) throws Exception {
        SocketLine client = client(dialect);
        client.send(
                "{\"id\":3,\"publish\":{\"channel\":\"plain:" + run + "\",\"data\":\"" + "x".repeat(65_536) + "\"}}");
        assertThat(client.socket().awaitClose().closeCode()).isEqualTo(1009);
    }

    @ParameterizedTest
    @EnumSource
    void a_client_may_subscribe_to_all_its_channels_by_one_message(Dialect dialect) throws Exception {
        SocketLine client = new SocketLine(socket(ENDPOINT, DeployedServer.subprotocol(dialect)), dialect);
        client.send("{\"id\":1,\"connect\":{}}\n"
                + IntStream.range(0, 128)
                        .mapToObj(i -> "{\"id\":" + (i + 2) + ",\"subscribe\":{\"channel\":\"plain:" + i + run
                                + "\",\"data\":\"" + "x".repeat(2_400) + "\"}}")
                        .collect(Collectors.joining("\n")));
        assertThat(client.next()).startsWith("{\"id\":1,\"connect\":");
        for (int i = 0; i < 128; i++) {
            assertThat(client.next()).isEqualTo("{\"id\":" + (i + 2) + ",\"subscribe\":{}}");
        }
    }

    @Test
    void sixty_kilobytes_of_json_come_back_byte_for_byte() throws Exception {
        String channel = "plain:" + run;
        String data = "[\"" + "é🙂\\u00e9 ".repeat(4_608) + "\", 1e2 ]";
        assertThat(data.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(59_000, 62_000);
        SocketLine client = client(Dialect.JSON, channel);

        client.send("{\"id\":3,\"publish\":{\"channel\":\"" + channel + "\",\"data\":" + data + "}}");

        assertThat(client.next())
                .startsWith("{\"push\":{\"channel\":\"" + channel + "\",\"pub\":{\"data\":" + data + ",\"info\":");
        assertThat(client.next()).isEqualTo("{\"id\":3,\"publish\":{}}");
    }

    @Test
    void sixty_kilobytes_of_anything_come_back_byte_for_byte_in_protobuf() throws Exception {
        String channel = "binary:" + run;
        byte[] data = new byte[60 * 1024];
        new Random(1).nextBytes(data);
        SocketLine client = client(Dialect.PROTOBUF, channel);

        client.socket().send(publish(3, channel, data));

        assertThat(published(client)).isEqualTo(data);
    }

    private static byte[] publish(int id, String channel, byte[] data) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        Wire.Command.newBuilder()
                .setId(id)
                .setPublish(Wire.PublishRequest.newBuilder().setChannel(channel).setData(ByteString.copyFrom(data)))
                .build()
                .writeDelimitedTo(message);
        return message.toByteArray();
    }

    /** The data of the publication that the next message begins with. */
    private static byte[] published(SocketLine client) throws IOException {
        RawSocket.Message message = client.socket().next();
        assertThat(message.opcode()).isEqualTo(RawSocket.BINARY);
        Wire.Reply reply = Wire.Reply.parseDelimitedFrom(new ByteArrayInputStream(message.bytes()));
        assertThat(reply.hasPush()).isTrue();
        return reply.getPush().getPub().getData().toByteArray();
    }

    // -- many messages for one that reads late

    /** Two clients do not read; the second has less waiting for it, and is there still when the first is cut off. */
    @ParameterizedTest
    @EnumSource
    void what_waits_for_a_slow_reader_leaves_in_messages_of_several_lines_but_none_too_large(Dialect dialect)
            throws Exception {
        String channel = "anyone:" + run;
        String filler = "x".repeat(900);
        SocketLine watcher = client(Dialect.JSON);
        client(dialect, channel); // never reads
        RawSocket sender = raw(channel + "?echo=true");
        int ahead = flood(sender, 0, 600, filler);
        SocketLine late = client(dialect, channel);

        int sent = ahead;
        int everybody = members(watcher, channel);
        while (members(watcher, channel) == everybody) {
            assertThat(sent).as("sent to a client that does not read").isLessThan(30_000);
            sent = flood(sender, sent, 150, filler);
        }

        int expected = ahead;
        int batches = 0;
        while (expected < sent) {
            RawSocket.Message message = late.socket().next();
            assertThat(message.opcode()).isNotEqualTo(RawSocket.CLOSE);
            assertThat(message.bytes()).hasSizeLessThanOrEqualTo(64 * 1024);
            String text = dialect == Dialect.JSON ? message.text() : Translation.replies(message.bytes());
            String[] lines = text.split("\n", -1);
            assertThat(lines).hasSizeLessThanOrEqualTo(64);
            for (String line : lines) {
                assertThat(line).contains("\"data\":\"" + expected + " xx");
                expected++;
            }
            batches += lines.length > 1 ? 1 : 0;
        }
        // On Undertow the relay hands the kernel several messages at once instead.
        boolean joins = !Set.of("executable", "wildfly").contains(System.getProperty("arquillian.launch"));
        assertThat(batches > 1).isEqualTo(joins);
    }

    /** Sends numbered messages and returns the number of the next when the last has been distributed. */
    private static int flood(RawSocket sender, int from, int count, String filler) throws IOException {
        for (int i = from; i < from + count; i++) {
            sender.send(i + " " + filler);
            assertThat(sender.next().text()).startsWith(i + " ");
        }
        return from + count;
    }

    private static int members(SocketLine watcher, String channel) throws IOException {
        watcher.send("{\"id\":9,\"presence_stats\":{\"channel\":\"" + channel + "\"}}");
        return Integer.parseInt(watcher.next().replaceAll(".*\"num_clients\":(\\d+).*", "$1"));
    }

    // -- raw clients and others in one channel

    @Test
    void bytes_of_a_raw_client_reach_protobuf_clients_and_end_json_clients() throws Exception {
        String channel = "binary:" + run;
        byte[] data = {0, (byte) 0xff, '{'};
        RawSocket raw = raw(channel);
        SocketLine protobuf = client(Dialect.PROTOBUF, channel);
        SocketLine json = client(Dialect.JSON, channel);

        raw.send(data);

        assertThat(published(protobuf)).isEqualTo(data);
        assertThat(json.next()).startsWith("close 3506 ");
    }

    @Test
    void bytes_of_a_protobuf_client_reach_raw_clients_as_a_binary_frame() throws Exception {
        String channel = "binary:" + run;
        byte[] data = {0, (byte) 0xff, '{'};
        RawSocket raw = raw(channel);
        SocketLine protobuf = client(Dialect.PROTOBUF, channel);
        SocketLine json = client(Dialect.JSON, channel);

        protobuf.socket().send(publish(3, channel, data));

        RawSocket.Message frame = raw.next();
        assertThat(frame.opcode()).isEqualTo(RawSocket.BINARY);
        assertThat(frame.bytes()).isEqualTo(data);
        assertThat(published(protobuf)).isEqualTo(data);
        assertThat(json.next()).startsWith("close 3506 ");
    }

    @Test
    void bytes_that_are_no_json_are_refused_where_the_rules_do_not_allow_them() throws Exception {
        String channel = "plain:" + run;
        SocketLine protobuf = client(Dialect.PROTOBUF, channel);
        protobuf.socket().send(publish(3, channel, new byte[] {0, 1}));
        assertThat(protobuf.next()).isEqualTo("{\"id\":3,\"error\":{\"code\":107,\"message\":\"bad request\"}}");
    }
}
