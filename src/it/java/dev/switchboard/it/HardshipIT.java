package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server from which the machine takes what it needs, for a while. */
class HardshipIT {

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
    void a_server_that_stood_still_ends_nobody_for_it(Seen seen) throws Exception {
        CommandLine server =
                keep(CommandLine.server("-Dswitchboard.ping.interval=2s", "-Dswitchboard.pong.timeout=3s"));
        URI endpoint = URI.create(server.url().toString().replaceFirst("http", "ws") + Site.ENDPOINT);
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
            for (RawSocket client : clients) { // in time, for all that the client can tell
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
        assertThat(new Site(server.url().toURL()).metric("switchboard_pauses_total"))
                .isEqualTo(1);
        seen.note("stopped for 8 s while 20 clients had 3 s to answer: all stayed");
    }

    @Test
    @Row("S16")
    void a_server_without_a_file_to_open_serves_those_who_are_there_and_takes_others_in_when_it_can(Seen seen)
            throws Exception {
        CommandLine server = keep(CommandLine.serverWithFiles(256, "-Dswitchboard.ping.interval=1s"));
        Caller speaker = keep(new Caller(server.raw("c"))).joined();
        Caller listener = keep(new Caller(server.raw("c"))).joined();
        speaker.send("before");
        assertThat(listener.next()).isEqualTo("before");
        pass(Duration.ofSeconds(4)); // both have been pinged: to load a class takes a file
        List<Socket> crowd = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Socket socket = keep(new Socket());
            socket.connect(
                    new InetSocketAddress(server.url().getHost(), server.url().getPort()));
            crowd.add(socket);
        }
        await().until(() -> server.err().contains("Too many open files"));
        Duration before = server.cpu();
        pass(Duration.ofSeconds(4));
        Duration used = server.cpu().minus(before);
        seen.note("without files it used " + used.toMillis() + " ms of a processor in 4 s");
        assertThat(used).isLessThan(Duration.ofSeconds(2));
        speaker.send("still here");
        assertThat(listener.next()).isEqualTo("still here");
        for (Socket socket : crowd) {
            socket.close();
        }
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            keep(new Caller(server.raw("c"))).joined();
            return true;
        });
        speaker.send("and who came");
        assertThat(listener.next()).isEqualTo("and who came");
    }
}
