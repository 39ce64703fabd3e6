package dev.switchboard.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Runs the workload over real connections against the correct model, so a violation is a fault of
 * the connections.
 */
class WebSocketTargetTest {

    /** Has no slow subscribers, because the model writes within its lock. */
    private static final Plan PLAN =
            new Plan(1, Map.of("large", 1000, "small", 20, "tiny", 5, "raw", 0), 800, 5000, 4, 2, 3, 0, 2, 3);

    private static final Requirements REQUIREMENTS = new Requirements(
            20, 5, 1, 0, 16, Requirements.FULL.revocation(), Requirements.FULL.zero(), Requirements.FULL.bounds());

    private final ModelRelay relay = new ModelRelay(1, PLAN.channels(), 10_000_000, null);
    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    private ServerSocket server;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        run(() -> {
            while (true) {
                Socket socket = server.accept();
                run(() -> serve(socket));
            }
        });
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        server.close();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void run(Session session) {
        Thread thread = new Thread(() -> {
            try {
                session.run();
            } catch (IOException over) {
                // the other side has gone
            }
        });
        threads.add(thread);
        thread.start();
    }

    @Test
    void a_relay_at_a_url_has_no_violations() throws IOException {
        Target target = new WebSocketTarget(
                URI.create("ws://127.0.0.1:" + server.getLocalPort() + "/connection/websocket"),
                channel -> {
                    synchronized (relay) {
                        relay.loseHistory(channel);
                        relay.waitUntil(() -> false);
                    }
                },
                () -> {
                    synchronized (relay) {
                        return relay.counters();
                    }
                });

        assertThat(Workload.trial(PLAN, target, REQUIREMENTS)).isEmpty();
    }

    private interface Session {
        void run() throws IOException;
    }

    /** Serves as much of RFC 6455 as two correct ends need. */
    private void serve(Socket socket) throws IOException {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            acceptHandshake(in, out);
            Line line;
            synchronized (relay) {
                line = relay.open(new Line.Listener() {
                    @Override
                    public void text(String frame) {
                        try {
                            write(out, frame);
                        } catch (IOException gone) {
                            // the reading side notices
                        }
                    }

                    @Override
                    public void closed(int code) {}
                });
            }
            try {
                while (true) {
                    String frame = read(in);
                    synchronized (relay) {
                        line.send(frame);
                        relay.waitUntil(() -> false);
                    }
                }
            } finally {
                synchronized (relay) {
                    line.cut();
                    relay.waitUntil(() -> false);
                }
            }
        }
    }

    private static void acceptHandshake(DataInputStream in, DataOutputStream out) throws IOException {
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            request.append((char) in.readUnsignedByte());
        }
        String key = request.toString()
                .lines()
                .filter(header -> header.startsWith("Sec-WebSocket-Key: "))
                .map(header -> header.substring(19))
                .findFirst()
                .orElseThrow();
        out.write(
                ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                                + accept(key) + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String read(DataInputStream in) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        boolean last = false;
        while (!last) {
            last = in.readUnsignedByte() >= 0x80;
            int length = in.readUnsignedByte() & 0x7f;
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = (int) in.readLong();
            }
            byte[] mask = in.readNBytes(4);
            byte[] part = in.readNBytes(length);
            for (int i = 0; i < part.length; i++) {
                part[i] ^= mask[i % 4];
            }
            message.writeBytes(part);
        }
        return message.toString(StandardCharsets.UTF_8);
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        DataOutputStream header = new DataOutputStream(frame);
        header.writeByte(0x81);
        if (bytes.length < 126) {
            header.writeByte(bytes.length);
        } else if (bytes.length < 65_536) {
            header.writeByte(126);
            header.writeShort(bytes.length);
        } else {
            header.writeByte(127);
            header.writeLong(bytes.length);
        }
        header.write(bytes);
        out.write(frame.toByteArray());
    }
}
