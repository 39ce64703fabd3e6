package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.redis.Proxy;
import dev.switchboard.engine.redis.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Two processes of {@code java -jar} that share a Redis, each through a proxy of its own. */
final class TwoNodes implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final RedisServer redis;
    private final List<Proxy> ways = new ArrayList<>();
    private final List<String[]> arguments = new ArrayList<>();
    private final List<CommandLine> nodes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    TwoNodes(RedisServer redis, String... settings) throws IOException {
        this.redis = redis;
        for (int node = 0; node < 2; node++) {
            Proxy way = new Proxy(redis.port());
            ways.add(way);
            List<String> all = new ArrayList<>(List.of(settings));
            all.addAll(List.of(
                    "-Xmx256m",
                    "-Dswitchboard.engine=redis",
                    "-Dswitchboard.redis.url=redis://127.0.0.1:" + way.port(),
                    "--port",
                    "" + RedisServer.freePort()));
            arguments.add(all.toArray(String[]::new));
            nodes.add(CommandLine.serverAt(arguments.get(node)));
        }
        awaitReady();
    }

    CommandLine node(int node) {
        return nodes.get(node);
    }

    /** Returns what stands between the node and Redis. */
    Proxy way(int node) {
        return ways.get(node);
    }

    /** Returns the address of the path at the node. */
    URI uri(int node, String path) {
        return nodes.get(node).url().resolve(path);
    }

    /** Returns the address of the path at each node, for a WebSocket. */
    List<URI> sockets(String path) {
        return IntStream.range(0, nodes.size())
                .mapToObj(node -> URI.create(uri(node, path).toString().replaceFirst("http", "ws")))
                .toList();
    }

    /** Returns the status of the node's readiness. */
    int readiness(int node) {
        try {
            HttpRequest request = HttpRequest.newBuilder(uri(node, "/health/ready"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            return answer.statusCode();
        } catch (IOException unreachable) {
            return 0;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** Waits until both nodes are ready. */
    void awaitReady() {
        for (int node = 0; node < nodes.size(); node++) {
            int each = node;
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(readiness(each))
                            .as(nodes.get(each).err())
                            .isEqualTo(200));
        }
    }

    /** Waits until the node says that it is not ready. */
    void awaitUnready(int node) {
        await().atMost(PATIENCE).until(() -> readiness(node) == 503);
    }

    /** Kills the node as {@code kill -9} does, and starts it again on its port. */
    void restart(int node) throws IOException {
        nodes.get(node).kill();
        nodes.set(node, CommandLine.serverAt(arguments.get(node)));
    }

    @Override
    public void close() {
        nodes.forEach(CommandLine::close);
        ways.forEach(Proxy::close);
    }
}
