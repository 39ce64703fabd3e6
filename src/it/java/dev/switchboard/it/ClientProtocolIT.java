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

/** Tests the client protocol over WebSocket in every container. */
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

    /** Each test uses its own channels. */
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

    /** Returns a client that has connected and subscribed to the channels. */
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

    // -- transcripts

    @ParameterizedTest
    @EnumSource
    void the_relay_answers_as_in_the_transcripts(Dialect dialect) throws Exception {
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
    void a_client_without_a_known_subprotocol_speaks_json_and_gets_no_subprotocol(String header) throws Exception {
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
    void a_client_with_a_known_subprotocol_gets_and_speaks_it(String offered) throws Exception {
        RawSocket socket = socket(ENDPOINT, SUBPROTOCOL + ": " + offered);
        assertThat(socket.status).contains(" 101");
        assertThat(socket.header(SUBPROTOCOL)).containsExactly(offered.replaceAll("chat, ?", ""));
        assertSpeaks(offered.endsWith("json") ? Dialect.JSON : Dialect.PROTOBUF, socket);
    }

    @ParameterizedTest
    @ValueSource(strings = {"format=protobuf", "cf_protocol=protobuf", "cf_protocol_version=v2&format=protobuf"})
    void a_parameter_may_ask_for_protobuf(String query) throws Exception {
        RawSocket socket = socket(ENDPOINT + "?" + query);
        assertThat(socket.header(SUBPROTOCOL)).isEmpty();
        assertSpeaks(Dialect.PROTOBUF, socket);

        RawSocket empty = socket(ENDPOINT + "?" + query, SUBPROTOCOL + ":");
        assertThat(empty.header(SUBPROTOCOL)).isEmpty();
        assertSpeaks(Dialect.PROTOBUF, empty);
    }

    @Test
    @Row("A10")
    void the_relay_refuses_foreign_origins_before_the_upgrade() throws Exception {
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
    void the_relay_disconnects_a_client_that_sends_the_wrong_kind_of_frame() throws Exception {
        RawSocket binary = socket(ENDPOINT, DeployedServer.subprotocol(Dialect.PROTOBUF));
        binary.send("{\"id\":1,\"connect\":{}}");
        assertThat(binary.awaitClose().closeCode()).isEqualTo(3501);

        RawSocket text = socket(ENDPOINT, DeployedServer.subprotocol(Dialect.JSON));
        text.send(new byte[] {1, 2, 3});
        assertThat(text.awaitClose().closeCode()).isEqualTo(3501);
    }

    // -- malformed messages: each file is one message

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

    /** Failure I9. The unit tests check each reply. */
    @Test
    void a_client_that_subscribes_to_channels_without_end_is_disconnected_with_3509() throws Exception {
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
        protobuf.socket().send(new byte[4_096]); // 4,096 pongs
        assertThat(protobuf.socket().awaitClose().closeCode()).isEqualTo(3501);
    }

    // -- many commands in one message

    @ParameterizedTest
    @EnumSource
    void the_replies_to_a_batch_are_in_the_order_of_its_commands(Dialect dialect) throws Exception {
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
    void a_bad_command_ends_the_connection_after_the_replies_to_earlier_commands() throws Exception {
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
    void one_message_may_subscribe_to_all_channels_of_a_client(Dialect dialect) throws Exception {
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
    void sixty_kilobytes_of_json_arrive_unchanged() throws Exception {
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
    void sixty_kilobytes_of_any_bytes_arrive_unchanged_in_protobuf() throws Exception {
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

    /** Returns the data of the first publication in the next message. */
    private static byte[] published(SocketLine client) throws IOException {
        RawSocket.Message message = client.socket().next();
        assertThat(message.opcode()).isEqualTo(RawSocket.BINARY);
        Wire.Reply reply = Wire.Reply.parseDelimitedFrom(new ByteArrayInputStream(message.bytes()));
        assertThat(reply.hasPush()).isTrue();
        return reply.getPush().getPub().getData().toByteArray();
    }

    // -- many messages to a slow client

    /**
     * Two clients do not read. Fewer bytes wait for the second, so it is still connected when the
     * first is not.
     */
    @ParameterizedTest
    @EnumSource
    void the_backlog_of_a_slow_client_leaves_in_messages_of_many_lines_and_bounded_size(Dialect dialect)
            throws Exception {
        String channel = "anyone:" + run;
        String filler = "x".repeat(900);
        SocketLine watcher = client(Dialect.JSON);
        client(dialect, channel); // this client never reads
        RawSocket sender = raw(channel + "?echo=true");
        int ahead = flood(sender, 0, 600, filler);
        SocketLine late = client(dialect, channel);

        int sent = ahead;
        int all = members(watcher, channel);
        while (members(watcher, channel) == all) {
            assertThat(sent).as("messages to a client that does not read").isLessThan(30_000);
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
        // On Undertow the relay gives the kernel several messages at once instead.
        boolean joins = !Set.of("executable", "wildfly").contains(System.getProperty("arquillian.launch"));
        assertThat(batches > 1).isEqualTo(joins);
    }

    /** Sends numbered messages, waits until the last was delivered, and returns the next number. */
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

    // -- raw clients and protocol clients in one channel

    @Test
    void bytes_of_a_raw_client_reach_protobuf_clients_and_disconnect_json_clients() throws Exception {
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
    void bytes_that_are_not_json_are_refused_if_the_rules_do_not_allow_them() throws Exception {
        String channel = "plain:" + run;
        SocketLine protobuf = client(Dialect.PROTOBUF, channel);
        protobuf.socket().send(publish(3, channel, new byte[] {0, 1}));
        assertThat(protobuf.next()).isEqualTo("{\"id\":3,\"error\":{\"code\":107,\"message\":\"bad request\"}}");
    }
}
