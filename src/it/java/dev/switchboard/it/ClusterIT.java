package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.redis.RedisServer;
import dev.switchboard.transcript.Dialect;
import dev.switchboard.transcript.Server;
import dev.switchboard.transcript.Transcript;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests deployments that share channels through Redis, in each container. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class ClusterIT {

    private static final String LEFT = "left";
    private static final String RIGHT = "right";
    private static final String KEY = "a key of the tests with 32 characters";

    /** Runs before Arquillian deploys. */
    private static final RedisServer REDIS = RedisServer.started();

    @ArquillianResource
    @OperateOnDeployment(LEFT)
    private URL left;

    @ArquillianResource
    @OperateOnDeployment(RIGHT)
    private URL right;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<RawSocket> opened = new ArrayList<>();
    private final String channel = "cluster-" + UUID.randomUUID();

    @Deployment(name = LEFT, testable = false)
    static WebArchive left() {
        return node(LEFT);
    }

    @Deployment(name = RIGHT, testable = false)
    static WebArchive right() {
        return node(RIGHT);
    }

    private static WebArchive node(String name) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "switchboard.engine", "redis", "switchboard.redis.url", REDIS.url(), "switchboard.api.key", KEY));
        settings.putAll(Map.of(
                "switchboard.token.secret", Server.SECRET,
                "switchboard.token.audience", "switchboard",
                "switchboard.token.issuer", Server.ISSUER));
        return ShippedWar.as(name + ".war", settings);
    }

    @BeforeEach
    void awaitReady() {
        for (URL node : List.of(left, right)) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> get(node, "health/ready").statusCode() == 200);
        }
    }

    @AfterEach
    void closeAll() throws IOException {
        for (RawSocket socket : opened) {
            socket.close();
        }
    }

    @AfterAll
    static void stopRedis() {
        REDIS.close();
    }

    private HttpResponse<String> get(URL node, String path) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(node + path)).build(), BodyHandlers.ofString());
    }

    private String api(URL node, String method, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node + "api/" + method))
                .header("X-API-Key", KEY)
                .POST(BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.ofString()).body();
    }

    private static URI socket(URL node, String path) {
        return URI.create(node.toString().replaceFirst("http", "ws") + path);
    }

    private RawSocket raw(URL node) throws Exception {
        RawSocket socket = new RawSocket(socket(node, "raw/" + channel));
        opened.add(socket);
        return socket.joined();
    }

    @Test
    void raw_clients_of_two_deployments_share_a_channel() throws Exception {
        RawSocket ann = raw(left);
        RawSocket bob = raw(right);
        for (int i = 0; i < 100; i++) {
            ann.send("to bob " + i);
            assertThat(bob.next().text()).isEqualTo("to bob " + i);
            bob.send("to ann " + i);
            assertThat(ann.next().text()).isEqualTo("to ann " + i);
        }
    }

    @Test
    void the_server_api_of_one_deployment_reaches_the_clients_of_the_other() throws Exception {
        RawSocket ann = raw(left);
        RawSocket bob = raw(right);
        api(left, "publish", "{\"channel\":\"" + channel + "\",\"data\":{\"n\":1}}");
        assertThat(ann.next().text()).isEqualTo("{\"n\":1}");
        assertThat(bob.next().text()).isEqualTo("{\"n\":1}");
        assertThat(api(right, "channels", "{\"pattern\":\"" + channel + "\"}")).contains("\"num_clients\":2");
        RawSocket carl = new RawSocket(socket(right, DeployedRelay.ENDPOINT));
        opened.add(carl);
        carl.send("{\"id\":1,\"connect\":{}}");
        String connected = carl.next().text();
        String client = connected.replaceFirst(".*\"client\":\"([^\"]+)\".*", "$1");
        api(left, "disconnect", "{\"client\":\"" + client + "\"}");
        assertThat(carl.awaitClose().closeCode()).isEqualTo(3503);
    }

    @ParameterizedTest
    @EnumSource
    void the_relay_answers_as_in_the_transcripts_with_redis(Dialect dialect) throws Exception {
        List<String> failures = new ArrayList<>();
        for (Transcript transcript : Transcript.timeless()) {
            if (dialect == Dialect.JSON || transcript.isForProtobuf()) {
                try {
                    transcript.play(new DeployedServer(socket(left, ""), dialect));
                } catch (AssertionError failure) {
                    failures.add(failure.getMessage());
                }
            }
        }
        assertThat(failures).isEmpty();
    }
}
