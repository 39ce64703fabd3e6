package dev.switchboard.launcher.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/** Speaks the client protocol on a free port, and does to it what bad proxies do. */
public final class FakeSite implements AutoCloseable {

    public enum Flaw {
        /** Drops the headers of an upgrade. */
        NO_UPGRADE,
        /** Answers each upgrade itself. */
        FORBIDDEN,
        /** Refuses handshakes that name an origin. */
        ORIGIN,
        /** Collects event streams. */
        BUFFERED,
        /** Ends connections that are quiet for a second. */
        HASTY,
        /** None: sends a ping each second, as it says. */
        PINGS,
        /** Ends connections by TCP alone. */
        NO_CLOSE_FRAME,
        /** Ends connections with a message of more than 10,000 bytes. */
        NARROW,
        /** Wants a token. */
        CLOSED,
        /** Has no time. */
        NO_DATE,
        /** Sends the headers of an answer and never its body. */
        NO_BODY,
        /** Reads nothing from a WebSocket. */
        DEAF,
        /** Keeps connections in a channel busy, so that they are never quiet. */
        BUSY,
        /** Is full, so that it refuses event streams. */
        FULL,
        /** Sends a page in place of an event stream. */
        PAGE,
        /** Ends each event stream at its begin. */
        CUT,
        /** Sends events that are no JSON. */
        NO_JSON,
        /** Ends each subscription at once. */
        UNSUBSCRIBES,
        /** Publishes data of very many levels to each subscriber, and then ends the connection. */
        DEEP
    }

    private static final int QUIET_MILLIS = 1_000;
    private static final int NARROW_BYTES = 10_000;

    private final ServerSocket server;
    private final Set<Flaw> flaws;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile @Nullable OutputStream events;
    private volatile String prefix = "";

    public FakeSite(Flaw... flaws) throws IOException {
        this(ServerSocketFactory.getDefault(), flaws);
    }

    FakeSite(ServerSocketFactory factory, Flaw... flaws) throws IOException {
        this.flaws = Set.of(flaws);
        server = factory.createServerSocket(0, 100, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                threads.execute(() -> serve(socket));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (answer(socket, in)) {}
        } catch (IOException gone) {
            // the client has disconnected
        }
    }

    /** Returns whether another request may follow. */
    private boolean answer(Socket socket, DataInputStream in) throws IOException {
        String[] request = line(in).split(" ");
        if (request.length < 3) {
            throw new IOException("no HTTP");
        }
        String path = request[1];
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String[] header = line.split(":", 2);
            if (header.length < 2) {
                throw new IOException("no HTTP");
            }
            headers.put(header[0], header[1].strip());
        }
        byte[] body = new byte[Integer.parseInt(headers.getOrDefault("Content-Length", "0"))];
        in.readFully(body);
        OutputStream out = socket.getOutputStream();
        switch (path.replaceFirst("\\?.*", "")) {
            case "/health/ready" -> {
                if (flaws.contains(Flaw.NO_BODY)) {
                    out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"));
                    in.read(); // until the client goes
                    return false;
                }
                respond("200 OK", "ok\n", out);
            }
            case "/connection/websocket" -> {
                return upgrade(headers, socket, in, out);
            }
            case "/connection/http_stream" -> {
                prefix = "";
                return stream("application/octet-stream", new String(body, UTF_8), in, out);
            }
            case "/connection/sse" -> {
                prefix = "data: ";
                return stream("text/event-stream", "{\"id\":1,\"connect\":{}}", in, out);
            }
            case "/emulation" -> {
                OutputStream stream = events;
                if (stream != null) {
                    send(replies(JsonObject.of(new String(body, UTF_8)).text("data")), stream);
                }
                respond("204 No Content", "", out);
            }
            default -> respond("404 Not Found", "no", out);
        }
        return true;
    }

    private boolean stream(String type, String commands, DataInputStream in, OutputStream out) throws IOException {
        if (flaws.contains(Flaw.FULL)) {
            respond("503 Service Unavailable", "full", out);
            return true;
        }
        if (flaws.contains(Flaw.PAGE)) {
            respond("200 OK", "page", out);
            return true;
        }
        events = out;
        out.write(ascii("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nConnection: close\r\n\r\n"));
        if (flaws.contains(Flaw.CUT)) {
            return false;
        }
        send(flaws.contains(Flaw.NO_JSON) ? List.of("\"id\":1") : replies(commands), out);
        in.read(); // until the client goes
        return false;
    }

    private void send(List<String> replies, OutputStream stream) throws IOException {
        if (!flaws.contains(Flaw.BUFFERED)) {
            for (String reply : replies) {
                stream.write((prefix + reply + "\n\n").getBytes(UTF_8));
            }
            stream.flush();
        }
    }

    private void respond(String status, String body, OutputStream out) throws IOException {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
        out.write(ascii("HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n"
                + (flaws.contains(Flaw.NO_DATE) ? "" : "Date: " + date + "\r\n") + "Server: nginx/1.22.1\r\n\r\n"
                + body));
        out.flush();
    }

    private boolean upgrade(Map<String, String> headers, Socket socket, DataInputStream in, OutputStream out)
            throws IOException {
        if (flaws.contains(Flaw.NO_UPGRADE)) {
            respond("426 Upgrade Required", "", out);
            return true;
        }
        if (flaws.contains(Flaw.FORBIDDEN) || flaws.contains(Flaw.ORIGIN) && headers.containsKey("Origin")) {
            respond("403 Forbidden", "", out);
            return true;
        }
        out.write(ascii("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + acceptKey(headers.getOrDefault("Sec-WebSocket-Key", "")) + "\r\n\r\n"));
        out.flush();
        if (flaws.contains(Flaw.HASTY) || flaws.contains(Flaw.PINGS)) {
            socket.setSoTimeout(QUIET_MILLIS);
        }
        if (flaws.contains(Flaw.DEAF)) {
            return awaitEnd();
        }
        boolean open = true;
        while (open) {
            try {
                open = message(socket, in, out);
            } catch (SocketTimeoutException quiet) {
                open = flaws.contains(Flaw.PINGS);
                if (open) {
                    frame(0x81, ascii("{}"), out);
                }
            }
        }
        return false;
    }

    private static String acceptKey(String key) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1")
                            .digest(ascii(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException(absent);
        }
    }

    private boolean message(Socket socket, DataInputStream in, OutputStream out) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        int first;
        do {
            first = in.readUnsignedByte();
            int length = in.readUnsignedByte() & 0x7F;
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
            byte[] key = new byte[4];
            in.readFully(key);
            byte[] payload = new byte[length];
            in.readFully(payload);
            for (int i = 0; i < length; i++) {
                payload[i] ^= key[i % 4];
            }
            message.writeBytes(payload);
            if ((first & 0x0F) == 8) {
                frame(0x88, payload, out);
                return false;
            }
        } while ((first & 0x80) == 0);
        String text = message.toString(UTF_8);
        if (flaws.contains(Flaw.NARROW) && text.length() > NARROW_BYTES) {
            return false;
        }
        if (!text.startsWith("{")) {
            close(3501, "bad request: no JSON", out);
            return false;
        }
        if (flaws.contains(Flaw.CLOSED) && text.contains("\"connect\"") && !text.contains("\"token\"")) {
            close(3500, "invalid token", out);
            return false;
        }
        for (String reply : replies(text)) {
            frame(0x81, reply.getBytes(UTF_8), out);
        }
        if (text.contains("\"subscribe\"")) {
            return subscribed(socket, out);
        }
        return true;
    }

    private boolean subscribed(Socket socket, OutputStream out) throws IOException {
        if (flaws.contains(Flaw.BUSY)) {
            socket.setSoTimeout(0);
        }
        if (flaws.contains(Flaw.UNSUBSCRIBES)) {
            frame(
                    0x81,
                    ascii(
                            "{\"push\":{\"channel\":\"c\",\"unsubscribe\":{\"code\":2500,\"reason\":\"taken \\u001b[31mback\"}}}"),
                    out);
        }
        if (flaws.contains(Flaw.DEEP)) {
            frame(
                    0x81,
                    ascii("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":" + "[".repeat(200) + "]".repeat(200)
                            + "}}}"),
                    out);
            close(1000, "done", out);
            return false;
        }
        return true;
    }

    /** Waits until the test is over. */
    private boolean awaitEnd() {
        try {
            over.await();
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private void close(int code, String reason, OutputStream out) throws IOException {
        if (!flaws.contains(Flaw.NO_CLOSE_FRAME)) {
            byte[] words = ascii(reason);
            frame(
                    0x88,
                    ByteBuffer.allocate(2 + words.length)
                            .putShort((short) code)
                            .put(words)
                            .array(),
                    out);
        }
    }

    private static void frame(int first, byte[] payload, OutputStream out) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(10).put((byte) first);
        if (payload.length < 126) {
            header.put((byte) payload.length);
        } else if (payload.length < 65_536) {
            header.put((byte) 126).putShort((short) payload.length);
        } else {
            header.put((byte) 127).putLong(payload.length);
        }
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(header.array(), 0, header.position());
        frame.writeBytes(payload);
        out.write(frame.toByteArray());
        out.flush();
    }

    private List<String> replies(String commands) {
        List<String> replies = new ArrayList<>();
        for (String line : commands.split("\n")) {
            JsonObject command = JsonObject.of(line);
            long id = command.number("id");
            JsonObject publish = command.object("publish");
            if (command.has("connect")) {
                replies.add("{\"id\":" + id + ",\"connect\":{\"client\":\"x\",\"ping\":"
                        + (flaws.contains(Flaw.PINGS) ? 1 : 25) + ",\"pong\":true,\"session\":\"s\",\"node\":\"n\"}}");
            } else if (publish == null) {
                replies.add("{\"id\":" + id + ",\"subscribe\":{}}");
            } else {
                replies.add("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":" + publish.source("data") + "}}}");
                replies.add("{\"id\":" + id + ",\"publish\":{}}");
            }
        }
        return replies;
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(UTF_8);
    }

    @Override
    public void close() throws IOException {
        over.countDown();
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
