package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import dev.switchboard.transcript.Dialect;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests clients that break the rules of RFC 6455, and networks that fail. Each container may differ
 * where a test says so.
 */
@ContainerTest
@Tag("executable")
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian and JUnit set the fields
class TransportFailureIT {

    private static final String LOW = "low";
    private static final String LARGE = "large";

    private static final int MIB = 1024 * 1024;
    private static final int MAX_MESSAGE = 65_536;

    private static final String NO_PONG = "3012";

    private final ServerLog log = new ServerLog();

    /** A channel without a history, because a history would keep the messages in memory. */
    private final String channel = "plain:failure-" + UUID.randomUUID();

    @ArquillianResource
    @OperateOnDeployment(LOW)
    private URL lowUrl;

    @ArquillianResource
    @OperateOnDeployment(LARGE)
    private URL largeUrl;

    private DeployedRelay low;
    private DeployedRelay large;

    private static Map<String, String> quick() {
        Map<String, String> quick = new HashMap<>();
        quick.put("switchboard.ping.interval", "2s");
        quick.put("switchboard.pong.timeout", "2s");
        quick.put("switchboard.outbox.age", "3s");
        quick.put("switchboard.write.timeout", "3s");
        quick.put("switchboard.connect.timeout", "3s");
        quick.put("switchboard.message.time", "3s");
        return quick;
    }

    @Deployment(name = LOW, testable = false)
    static WebArchive low() {
        return ShippedWar.as(LOW + ".war", quick());
    }

    /**
     * Deploys a relay with large outboxes. One message is larger than the buffers of kernel and
     * server.
     */
    @Deployment(name = LARGE, testable = false)
    static WebArchive large() {
        Map<String, String> parameters = quick();
        parameters.put("switchboard.message.bytes", String.valueOf(32 * MIB));
        parameters.put("switchboard.message.time", "1m");
        parameters.put("switchboard.outbox.bytes", String.valueOf(64 * MIB));
        return ShippedWar.as(LARGE + ".war", parameters);
    }

    @BeforeEach
    void come() {
        low = new DeployedRelay(lowUrl);
        large = new DeployedRelay(largeUrl);
    }

    @AfterEach
    void leave() throws Exception {
        low.close();
        large.close();
    }

    private String endInLog() {
        log.awaitLine(" disconnect ", channel);
        return log.linesWith(" disconnect ", channel).get(0).replaceAll(".* code=(\\d+) .*", "$1");
    }

    /** Connects a client of the client protocol, and returns its id. */
    private static String connected(RawSocket socket) throws IOException {
        socket.send("{\"id\":1,\"connect\":{}}");
        return socket.next().text().replaceAll(".*\"client\":\"([^\"]+)\".*", "$1");
    }

    private RawSocket json(URI endpoint) throws IOException {
        return low.socket(endpoint, DeployedServer.subprotocol(Dialect.JSON));
    }

    /** Returns how often each code ended a client of the channel. */
    private Map<String, Long> codes(String of) {
        Map<String, Long> codes = new TreeMap<>();
        for (String line : log.linesWith(" disconnect ", of)) {
            codes.merge(line.replaceAll(".* code=(\\d+) .*", "$1"), 1L, Long::sum);
        }
        return codes;
    }

    private static String seconds(long since) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since) / 100 / 10.0 + " s";
    }

    private static String mebibytes(long bytes) {
        return bytes / (MIB / 10) / 10.0 + " MiB";
    }

    @Test
    @Row("C2")
    void a_client_that_does_not_read_is_disconnected_when_its_oldest_frame_is_too_old(Seen seen) throws Exception {
        RawSocket silent = large.socket(large.raw(channel)).joined();
        WebSocketClient sender = large.rawClient(channel);
        byte[] message = new byte[MIB / 8];
        long start = System.nanoTime();
        for (int i = 0; i < 24 * 8; i++) { // less than the limit of the outbox
            sender.send(message);
        }
        log.awaitLine(" disconnect ", channel, "code=3008", "reason=\"slow\"");
        seen.note("3008 slow " + seconds(start) + " after the first of 24 MiB");
        assertThat(sender.isOpen()).isTrue();
        assertThat(silent.isUpgraded()).isTrue();
    }

    @Test
    @Row("C3")
    void a_write_that_never_ends_ends_its_client_and_frees_its_memory(Seen seen) throws Exception {
        double clients = large.metric("switchboard_clients");
        long heap = ServerProcess.heap();
        RawSocket silent = large.socket(large.raw(channel)).joined();
        WebSocketClient sender = large.rawClient(channel);
        byte[] part = new byte[MIB / 8]; // Payara accepts no frame above 384 KiB
        long start = System.nanoTime();
        // More than kernels buffer, and little enough for several copies in a small heap.
        int parts = 12 * 8;
        for (int i = 1; i <= parts; i++) { // one message, so that no other frame waits behind it
            sender.sendPart(part, i == parts);
        }
        String end = endInLog();
        seen.note(end + " after " + seconds(start));
        // Tyrus completes the write of any message at once. There the missing pong ends the client.
        assertThat(end).isIn("3009", NO_PONG);
        assertThat(sender.isOpen()).isTrue();
        sender.close();
        await().untilAsserted(
                        () -> assertThat(large.metric("switchboard_clients")).isEqualTo(clients));
        assertThat(large.metric("switchboard_outbox_bytes")).isZero();
        seen.note("heap " + mebibytes(ServerProcess.heap() - heap) + " more before the other side reads");
        long read = System.nanoTime();
        boolean ended = silent.awaitEndOfStream();
        seen.note(ended ? "TCP at its end " + seconds(read) + " after it reads again" : "TCP stays");
        silent.close();
        // Grizzly keeps for each worker thread the largest buffer that it has made for a response.
        long kept = System.getProperty("arquillian.launch").equals("payara") ? parts * part.length : 0;
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(ServerProcess.heap() - heap).isLessThan(kept + 8 * MIB));
    }

    @Test
    @Row("C4")
    void a_ping_finds_a_client_that_vanished_without_closing(Seen seen) throws Exception {
        try (DroppingProxy network = new DroppingProxy(low.raw(channel));
                DroppingProxy other = new DroppingProxy(low.endpoint())) {
            RawSocket raw = low.socket(network.uri()).joined();
            String client = connected(json(other.uri()));
            assertThat(raw.isUpgraded()).isTrue();
            long start = System.nanoTime();
            network.drop();
            other.drop();
            log.awaitLine(" disconnect ", channel, "code=3012");
            seen.note("raw client 3012 after " + seconds(start));
            log.awaitLine(" disconnect ", client, "code=3012");
            seen.note("JSON client 3012 after " + seconds(start));
        }
    }

    @Test
    @Row("C5")
    void connections_that_break_within_a_frame_leave_nothing(Seen seen) throws Exception {
        long clients = heldWithoutAny();
        int count = 20;
        for (int i = 0; i < count; i++) {
            RawSocket client = low.socket(low.raw(channel)).joined();
            client.sendBytes(new byte[] {(byte) 0x81, (byte) 0xFE, 0x01}); // half a header
            if (i % 2 == 0) {
                client.reset();
            } else {
                client.close();
            }
        }
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(log.linesWith(" disconnect ", channel)).hasSize(count));
        Map<String, Long> codes = codes(channel);
        seen.note("ends of " + count + ": " + codes);
        // 3009 and 3012 if the container does not notice, but the ping does.
        assertThat(codes.keySet()).isSubsetOf("1006", "3009", "3012");
        awaitGone(clients, count);

        // A thread in an endless loop uses a whole processor in every second. A server that only
        // cleans up is idle
        // for at least one second.
        Duration second = Duration.ofSeconds(1);
        AtomicReference<Duration> cpu = new AtomicReference<>(ServerProcess.cpu());
        await().pollDelay(second)
                .pollInterval(second)
                .atMost(Duration.ofMinutes(1))
                .until(() -> {
                    Duration now = ServerProcess.cpu();
                    Duration used = now.minus(cpu.getAndSet(now));
                    seen.note(used.toMillis() + " ms of CPU in a second");
                    return used.toMillis() < 700;
                });
    }

    @Test
    @Row("C6")
    void an_announced_length_takes_no_memory(Seen seen) throws Exception {
        long heap = ServerProcess.heap();
        List<RawSocket> giants = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            RawSocket giant = low.socket(low.raw(channel)).joined();
            giant.announce(i % 2 == 0 ? RawSocket.TEXT : RawSocket.BINARY, 4L << 30);
            giant.sendBytes(new byte[MAX_MESSAGE / 2]);
            giants.add(giant);
        }
        long grown = ServerProcess.heap() - heap;
        seen.note("30 announced frames of 4 GiB: heap " + mebibytes(grown) + " more");
        assertThat(grown).isLessThan(16L * MIB);
        assertThat(giants).allMatch(RawSocket::isUpgraded);
    }

    @Test
    @Row("C7")
    void endless_empty_fragments_end_the_connection(Seen seen) throws Exception {
        WebSocketClient reader = low.rawClient(channel);
        RawSocket client = low.socket(low.raw(channel)).joined();
        ByteArrayOutputStream thousand = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            thousand.writeBytes(new byte[] {0, (byte) 0x80, 0, 0, 0, 0});
        }
        client.send(RawSocket.TEXT, false, new byte[0]);
        try {
            for (int i = 0; i < 200; i++) {
                client.sendBytes(thousand.toByteArray());
            }
        } catch (SocketException closed) {
            seen.note("closed before 200,000 were sent");
        }
        String end = endInLog();
        seen.note("ended with " + end);
        // Undertow hides them from the relay. There the missing pong ends the client.
        assertThat(end).isIn("1009", NO_PONG);

        RawSocket early = json(low.endpoint());
        early.send(RawSocket.TEXT, false, new byte[0]);
        early.sendBytes(thousand.toByteArray());
        early.sendBytes(thousand.toByteArray());
        String stale = early.end();
        seen.note("before the connect: " + stale);
        assertThat(stale).isIn("1009", "3502");

        low.rawClient(channel).send("after");
        assertThat(reader.next()).isEqualTo("after");
    }

    @Test
    @Row("C7")
    void slow_fragments_do_not_extend_the_time_of_a_message(Seen seen) throws Exception {
        RawSocket client = low.socket(low.raw(channel)).joined();
        client.send(RawSocket.TEXT, false, new byte[] {'a'});
        await().pollInterval(Duration.ofMillis(500)).until(() -> {
            if (!log.linesWith(" disconnect ", channel).isEmpty()) {
                return true;
            }
            // Before the relay pings the silent client.
            client.send(RawSocket.CONTINUATION, false, new byte[] {'a'});
            return false;
        });
        RawSocket.Message end = client.awaitClose();
        seen.note(end.closeCode() + " " + end.closeReason());
        assertThat(end.closeCode()).isEqualTo(3008);
    }

    private static byte[] frame(int first, int second, int... rest) {
        byte[] frame = new byte[2 + 4 + rest.length];
        frame[0] = (byte) first;
        frame[1] = (byte) second;
        for (int i = 0; i < rest.length; i++) { // the mask is zero
            frame[6 + i] = (byte) rest[i];
        }
        return frame;
    }

    private static byte[] close(int code) {
        return frame(0x88, 0x82, code >> 8, code & 0xff);
    }

    private static byte[] join(byte[]... frames) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        Arrays.stream(frames).forEach(joined::writeBytes);
        return joined.toByteArray();
    }

    /** Returns one frame of each forbidden kind, by name. */
    static Map<String, byte[]> forbidden() {
        Map<String, byte[]> frames = new LinkedHashMap<>();
        frames.put(
                "negative length",
                ByteBuffer.allocate(14)
                        .put((byte) 0x82)
                        .put((byte) 0xFF)
                        .putLong(-2)
                        .array());
        frames.put("RSV1", frame(0xC1, 0x81, '1'));
        frames.put("RSV2", frame(0xA1, 0x81, '2'));
        frames.put("RSV3", frame(0x91, 0x81, '3'));
        frames.put("unmasked", new byte[] {(byte) 0x81, 1, 'u'});
        frames.put("opcode 3", frame(0x83, 0x81, 'o'));
        frames.put("opcode 11", frame(0x8B, 0x80));
        frames.put("fragmented ping", frame(0x09, 0x80));
        frames.put("ping of 126 bytes", join(new byte[] {(byte) 0x89, (byte) 0xFE, 0, 126}, new byte[4 + 126]));
        frames.put("continuation of nothing", frame(0x80, 0x81, 'c'));
        frames.put("text within fragments", join(frame(0x01, 0x81, 'a'), frame(0x81, 0x81, 'b')));
        frames.put("close of one byte", frame(0x88, 0x81, 3));
        frames.put("close 999", close(999));
        frames.put("close 1005", close(1005));
        frames.put("close 1006", close(1006));
        frames.put("close 1015", close(1015));
        frames.put("close without UTF-8", frame(0x88, 0x84, 1000 >> 8, 1000 & 0xff, 0xC3, 0x28));
        return frames;
    }

    @Test
    @Row("C8")
    void forbidden_frames_end_the_connection_and_reach_no_client(Seen seen) throws Exception {
        WebSocketClient reader = low.rawClient(channel);
        Map<String, List<String>> ends = new LinkedHashMap<>();
        for (Map.Entry<String, byte[]> forbidden : forbidden().entrySet()) {
            RawSocket client = low.socket(low.raw(channel)).joined();
            client.sendBytes(forbidden.getValue());
            ends.computeIfAbsent(client.end(), end -> new ArrayList<>()).add(forbidden.getKey());
            client.close();
        }
        ends.forEach((end, frames) -> seen.note(end + ": " + String.join(", ", frames)));
        // Tyrus answers a negative length with 1011, and waits for the mask of an unmasked frame.
        assertThat(ends.keySet()).isSubsetOf("1002", "1007", "1011", NO_PONG);

        low.rawClient(channel).send("after");
        Object heard = reader.next();
        if (heard.equals("u")) { // Tyrus accepts a frame without a mask
            seen.note("an unmasked frame was forwarded");
            assertThat(System.getProperty("arquillian.launch")).isEqualTo("payara");
            heard = reader.next();
        }
        assertThat(heard).isEqualTo("after");
    }

    @Test
    @Row("C11")
    void a_flood_of_pings_with_unread_pongs_does_not_harm_other_clients(Seen seen) throws Exception {
        WebSocketClient reader = low.rawClient(channel);
        WebSocketClient sender = low.rawClient(channel);
        long heap = ServerProcess.heap();
        List<Thread> floods = new ArrayList<>();
        ByteArrayOutputStream thousand = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            thousand.writeBytes(join(new byte[] {(byte) 0x89, (byte) 0xFD}, new byte[4 + 125]));
        }
        for (int i = 0; i < 4; i++) {
            RawSocket flood = low.socket(low.raw(channel + "-flood")).joined();
            Thread thread = new Thread(() -> {
                try {
                    // A write blocks when the server stops reading.
                    for (int round = 0; round < 100; round++) {
                        flood.sendBytes(thousand.toByteArray());
                    }
                } catch (IOException cut) {
                    // as it should be
                }
            });
            thread.setDaemon(true);
            thread.start();
            floods.add(thread);
        }
        for (int i = 0; i < 200; i++) {
            sender.send("message " + i);
            assertThat(reader.next()).isEqualTo("message " + i);
        }
        for (Thread flood : floods) {
            flood.join(5_000);
        }
        long grown = ServerProcess.heap() - heap;
        seen.note("4 floods of 100,000: heap " + mebibytes(grown) + " more, ends: " + codes(channel + "-flood"));
        assertThat(grown).isLessThan(32L * MIB);
    }

    @Test
    @Row("C12")
    void the_server_accepts_no_extension(Seen seen) throws Exception {
        for (URI uri : List.of(low.raw(channel), low.endpoint())) {
            RawSocket client = low.socket(
                    uri,
                    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame");
            assertThat(client.isUpgraded()).isTrue();
            assertThat(client.header("Sec-WebSocket-Extensions")).isEmpty();
        }
        seen.note("upgraded without");
    }

    @Test
    @Row("C13")
    void a_client_that_never_sends_connect_is_disconnected(Seen seen) throws Exception {
        long start = System.nanoTime();
        RawSocket.Message end = json(low.endpoint()).awaitClose();
        seen.note(end.closeCode() + " " + end.closeReason() + " after " + seconds(start));
        assertThat(end.closeCode()).isEqualTo(3502);
        assertThat(end.closeReason()).isEqualTo("stale");
    }

    @Test
    @Row("C16")
    void a_client_is_removed_at_once_even_if_it_does_not_answer_the_close_frame(Seen seen) throws Exception {
        long clients = heldWithoutAny();
        List<RawSocket> refused = new ArrayList<>();
        int count = 8;
        for (int i = 0; i < count; i++) {
            RawSocket client = low.socket(low.raw(channel + "?echo=perhaps"));
            assertThat(client.awaitClose().closeCode()).isEqualTo(3501);
            refused.add(client);
        }
        long start = System.nanoTime();
        await().untilAsserted(() ->
                assertThat(log.linesWith(" disconnect ", channel, "code=3501")).hasSize(count));
        boolean ended = refused.get(count - 1).awaitEndOfStream();
        seen.note(ended ? "TCP closed after " + seconds(start) : "TCP stays for 30 s and more");
        for (RawSocket client : refused) {
            client.close();
        }
        awaitGone(clients, count);
    }

    /**
     * Waits until the clients of earlier tests have left, and returns the client objects in memory.
     */
    private long heldWithoutAny() {
        await().untilAsserted(() -> assertThat(low.metric("switchboard_clients") + large.metric("switchboard_clients"))
                .isZero());
        return ServerProcess.instances("dev.switchboard.hub.Client");
    }

    /**
     * Waits until only the client objects from before are left. On Undertow, each pool thread may
     * keep its last task, and with it a client that has ended.
     */
    private static void awaitGone(long before, int came) {
        boolean undertow = Set.of("wildfly", "executable").contains(System.getProperty("arquillian.launch"));
        long spared = undertow ? came / 2 - 1 : 0;
        await().untilAsserted(() -> assertThat(ServerProcess.instances("dev.switchboard.hub.Client"))
                .isBetween(before - spared, before + spared));
    }
}
