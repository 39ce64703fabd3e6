package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that no bytes after a handshake harm the container, the relay or other clients. */
@ContainerTest
@Tag("executable")
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the field
class FrameFuzzIT {

    private static final Duration TIME = Duration.ofSeconds(10);
    private static final int CONNECTIONS = 3000;

    /**
     * A mask for lengths. Any length is tried, negative ones too, but not on Payara: Tyrus
     * allocates the lower half of a negative length (decision 0019), and these servers end when
     * they have no memory left.
     */
    private static final long LENGTHS =
            "payara".equals(System.getProperty("arquillian.launch")) ? 0x7fff_ffff_0000_ffffL : -1;

    private static final List<String> MESSAGES = List.of(
            "{\"id\":1,\"connect\":{}}",
            "{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"fuzz\"}}",
            "{\"id\":3,\"publish\":{\"channel\":\"fuzz\",\"data\":{\"a\":[1e2,\"\\ud83d\\ude42\"]}}}",
            "{\"id\":4,\"history\":{\"channel\":\"fuzz\",\"limit\":10}}",
            "{}",
            "any text",
            "");

    @ArquillianResource
    private URL url;

    @Deployment(testable = false)
    static WebArchive relay() {
        return ShippedWar.as("switchboard.war");
    }

    private URI uri(String path) {
        return URI.create("ws://" + url.getHost() + ":" + url.getPort() + url.getPath() + path);
    }

    @Test
    void random_bytes_harm_no_client_and_cause_no_internal_error() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int faults = new ServerLog().linesWith("internal error").size();
        try (WebSocketClient publisher = new WebSocketClient(uri("raw/control")).joined();
                WebSocketClient listener = new WebSocketClient(uri("raw/control")).joined()) {
            long end = System.nanoTime() + TIME.toNanos();
            int connections = 0;
            int unanswered = 0;
            for (; connections < CONNECTIONS && System.nanoTime() - end < 0; connections++) {
                byte[] bytes = bytes(random);
                String name = "seed " + seed + ", connection " + connections + ": "
                        + HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 200));
                try (RawSocket socket =
                        new RawSocket(uri(random.nextBoolean() ? "raw/fuzz" : "connection/websocket"))) {
                    assertThat(socket.isUpgraded()).as(name).isTrue();
                    socket.sendBytes(bytes);
                } catch (IOException closedMeanwhile) {
                    if (String.valueOf(closedMeanwhile.getMessage()).contains("within the handshake")) {
                        unanswered++;
                    }
                }
                if (connections % 20 == 0) {
                    publisher.send(name);
                    assertThat(listener.next()).isEqualTo(name);
                }
            }
            assertThat(connections).as("connections in " + TIME).isGreaterThan(50);
            // Payara never answers one handshake in many thousands.
            int spared = "payara".equals(System.getProperty("arquillian.launch")) ? 1 : 0;
            assertThat(unanswered).as("seed " + seed).isLessThanOrEqualTo(spared);
            publisher.send("last");
            assertThat(listener.next()).isEqualTo("last");
        }
        assertThat(new ServerLog().linesWith("internal error"))
                .as("seed " + seed)
                .hasSize(faults);
    }

    /** Returns some frames, mostly well-formed. Some of them have changed bits or no end. */
    private static byte[] bytes(Random random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int frames = 1 + random.nextInt(5);
        for (int i = 0; i < frames; i++) {
            bytes.writeBytes(frame(random));
        }
        byte[] all = bytes.toByteArray();
        for (int flips = random.nextInt(4); flips > 0; flips--) {
            all[random.nextInt(all.length)] ^= (byte) (1 << random.nextInt(8));
        }
        spareTyrus(all);
        if (random.nextInt(4) == 0) {
            return Arrays.copyOf(all, random.nextInt(all.length) + 1);
        }
        return all;
    }

    /** Applies the mask of {@link #LENGTHS} to every place that may be a length of eight bytes. */
    private static void spareTyrus(byte[] bytes) {
        for (int i = 0; i + 1 < bytes.length; i++) {
            if ((bytes[i] & 0x7F) == 0x7F) { // eight bytes of length may follow
                bytes[i + 1] &= 0x7F;
            }
        }
    }

    private static byte[] frame(Random random) {
        byte[] payload = MESSAGES.get(random.nextInt(MESSAGES.size())).getBytes(UTF_8);
        if (random.nextInt(5) == 0) {
            payload = new byte[random.nextInt(300)];
            random.nextBytes(payload);
        }
        int opcode = random.nextInt(3) == 0 ? random.nextInt(16) : RawSocket.TEXT;
        boolean fin = random.nextInt(4) > 0;
        int reserved = random.nextInt(8) == 0 ? random.nextInt(8) << 4 : 0;
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
        frame.put((byte) ((fin ? 0x80 : 0) | reserved | opcode));
        boolean masked = random.nextInt(10) > 0;
        int mark = masked ? 0x80 : 0;
        switch (random.nextInt(10)) {
            case 0 -> frame.put((byte) (mark | 127)).putLong(random.nextLong() & LENGTHS);
            case 1 -> frame.put((byte) (mark | 126)).putShort((short) random.nextInt());
            case 2 -> frame.put((byte) (mark | 127)).putLong(payload.length); // longer than needed
            default -> length(frame, mark, payload.length);
        }
        byte[] mask = new byte[4];
        random.nextBytes(mask);
        if (masked) {
            frame.put(mask);
        }
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (masked ? payload[i] ^ mask[i % 4] : payload[i]));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    private static void length(ByteBuffer frame, int mark, int length) {
        if (length < 126) {
            frame.put((byte) (mark | length));
        } else {
            frame.put((byte) (mark | 126)).putShort((short) length);
        }
    }
}
