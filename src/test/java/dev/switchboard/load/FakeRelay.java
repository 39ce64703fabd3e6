package dev.switchboard.load;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Forwards messages on a free port, with the faults that a test wants. */
final class FakeRelay implements AutoCloseable {

    /** Forwards a message, on the thread that reads the sender. */
    @FunctionalInterface
    interface Behaviour {
        void forward(Member from, byte[] message, List<Member> others) throws IOException;
    }

    static final Behaviour HONEST = (from, message, others) -> {
        for (Member other : others) {
            other.frame(0x81, message);
        }
    };

    private static final Pattern DATA = Pattern.compile("\"data\":(\".*\")}}$");

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Member> members = new CopyOnWriteArrayList<>();
    private final AtomicInteger connected = new AtomicInteger();
    private volatile Behaviour behaviour = HONEST;
    private volatile String answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    /** One connection. */
    final class Member {
        /** Counts connections from 0, in the order in which they came. */
        final int number = connected.getAndIncrement();

        /** Text messages that the member sent. */
        final AtomicInteger received = new AtomicInteger();

        private final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;
        private String path = "";

        Member(Socket socket) throws IOException {
            this.socket = socket;
            socket.setTcpNoDelay(true);
            in = new DataInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        }

        String path() {
            return path;
        }

        void frame(int first, byte[] payload) throws IOException {
            ByteBuffer header = ByteBuffer.allocate(10).put((byte) first);
            if (payload.length < 126) {
                header.put((byte) payload.length);
            } else {
                header.put((byte) 126).putShort((short) payload.length);
            }
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            frame.write(header.array(), 0, header.position());
            frame.writeBytes(payload);
            synchronized (out) {
                out.write(frame.toByteArray());
            }
        }

        void text(String text) throws IOException {
            frame(0x81, text.getBytes(StandardCharsets.UTF_8));
        }

        void close() {
            try {
                socket.close();
            } catch (IOException alreadyGone) {
                throw new UncheckedIOException(alreadyGone);
            }
        }

        private void serve() {
            try (socket) {
                path = line().split(" ")[1];
                for (String line = line(); !line.isEmpty(); ) {
                    line = line();
                }
                members.add(this);
                out.write(answer.getBytes(StandardCharsets.US_ASCII));
                while (answer.contains(" 101 ") && read()) {}
            } catch (IOException gone) {
                // the client has disconnected
            } finally {
                members.remove(this);
            }
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
                line.append((char) next);
            }
            return line.toString().strip();
        }

        private boolean read() throws IOException {
            int opcode = in.readUnsignedByte() & 0x0F;
            int length = in.readUnsignedByte() & 0x7F;
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
            byte[] key = new byte[4];
            in.readFully(key);
            byte[] payload = new byte[length];
            in.readFully(payload);
            for (int i = 0; i < length; i++) {
                payload[i] ^= key[i % 4];
            }
            if (opcode == 8) {
                frame(0x88, payload);
                return false;
            }
            if (opcode == 1) {
                receive(payload);
            }
            return true;
        }

        private void receive(byte[] payload) throws IOException {
            received.incrementAndGet();
            String text = new String(payload, StandardCharsets.UTF_8);
            if (!path.contains("connection/websocket")) {
                behaviour.forward(this, payload, others(path, this));
            } else if (text.contains("\"connect\":")) {
                text("{\"id\":1,\"connect\":{\"client\":\"x\"}}\n{\"id\":2,\"subscribe\":{}}");
            } else {
                Matcher published = DATA.matcher(text);
                if (published.find()) {
                    text("{\"id\":3,\"publish\":{}}");
                    byte[] push = ("{\"push\":{\"channel\":\"bench\",\"pub\":{\"data\":" + published.group(1) + "}}}")
                            .getBytes(StandardCharsets.UTF_8);
                    behaviour.forward(this, push, members);
                }
            }
        }
    }

    FakeRelay() throws IOException {
        server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                Member member = new Member(server.accept());
                threads.execute(member::serve);
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private List<Member> others(String path, Member from) {
        return members.stream()
                .filter(member -> member != from && member.path().equals(path))
                .toList();
    }

    FakeRelay behaves(Behaviour next) {
        behaviour = next;
        return this;
    }

    /** Sets the answer to each handshake. */
    FakeRelay answers(String next) {
        answer = next;
        return this;
    }

    List<Member> members() {
        return members;
    }

    URI uri(String path) {
        return URI.create("ws://127.0.0.1:" + server.getLocalPort() + "/" + path);
    }

    @Override
    public void close() throws IOException {
        server.close();
        members.forEach(Member::close);
        threads.shutdownNow();
    }
}
