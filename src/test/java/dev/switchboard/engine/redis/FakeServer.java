package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers what a link asks, as Redis does, where a test does not say otherwise. */
final class FakeServer implements AutoCloseable {

    private final ServerSocket door;
    private final AtomicInteger connections = new AtomicInteger();
    private final Function<String[], @Nullable String> answers;

    /** {@code answers} returns what goes out for a command, or null for what Redis would answer. */
    FakeServer(Function<String[], @Nullable String> answers) throws IOException {
        this.answers = answers;
        door = new ServerSocket(RedisServer.freePort(), 50, InetAddress.getLoopbackAddress());
        start(() -> {
            while (true) {
                Socket client = door.accept();
                connections.incrementAndGet();
                start(() -> serve(client));
            }
        });
    }

    int port() {
        return door.getLocalPort();
    }

    int connections() {
        return connections.get();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException ended) {
                return;
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Socket client) throws IOException {
        try (client) {
            BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
            OutputStream out = client.getOutputStream();
            for (String head = in.readLine(); head != null; head = in.readLine()) {
                String[] command = new String[Integer.parseInt(head.substring(1))];
                for (int i = 0; i < command.length; i++) {
                    in.readLine(); // the length, which no argument here needs
                    command[i] = in.readLine();
                }
                out.write(reply(command).getBytes(UTF_8));
            }
        }
    }

    private String reply(String[] command) {
        String answer = answers.apply(command);
        if (answer != null) {
            return answer;
        }
        return switch (command[0]) {
            case "HELLO" -> "%1\r\n" + bulk("role") + bulk("master");
            case "PING" -> "+PONG\r\n";
            case "SUBSCRIBE" -> ">3\r\n" + bulk("subscribe") + bulk(command[1]) + ":1\r\n";
            case "PUBLISH" -> ">3\r\n" + bulk("message") + bulk(command[1]) + bulk(command[2]) + ":1\r\n";
            case "SCRIPT" -> bulk("sha");
            default -> "-ERR unknown command\r\n";
        };
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
