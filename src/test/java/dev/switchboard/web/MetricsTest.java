package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.Trials;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.Grantee.Group;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.web.Requests.Answer;
import dev.switchboard.web.Requests.Request;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests metrics, health and the MBean of a node. */
class MetricsTest {

    private static final String KEY = "a-key-of-thirty-two-characters-.";

    private static final ChannelRule WITH_PRESENCE = new ChannelRule(
            null,
            Group.ANYONE,
            Group.ANYONE,
            Group.NOBODY,
            Group.ANYONE,
            Group.ANYONE,
            ChannelOptions.PLAIN.withPresence(true));

    private final Relay relay = new Relay(
            Settings.read(Map.of("switchboard.metrics.key", KEY)),
            new ChannelRules(ChannelRule.PLAIN, Map.of("chat", WITH_PRESENCE), Map.of()));

    @AfterEach
    void stop() {
        relay.stop();
    }

    private Answer metrics(Request request) throws Exception {
        Answer answer = new Answer();
        new Metrics(() -> relay).doGet(request.servletRequest(), answer.servletResponse);
        return answer;
    }

    private Answer health(@Nullable String path) throws Exception {
        Answer answer = new Answer();
        new Health(() -> relay).doGet(Request.from("198.51.100.1").at(path).servletRequest(), answer.servletResponse);
        return answer;
    }

    @Test
    void the_metrics_count_what_the_relay_does() throws Exception {
        relay.protocols().connectRaw(ScriptedTransport.inline(), "news", Map.of());
        relay.protocols().connectJson(ScriptedTransport.inline());
        relay.protocols()
                .connectRaw(ScriptedTransport.inline(), "news", Map.of())
                .disconnect(Disconnect.SLOW);
        relay.counters().refusals().count("rate");
        relay.counters().lostLines().add(2);

        Answer answer = metrics(Request.from("127.0.0.1"));

        assertThat(answer.status).isEqualTo(200);
        assertThat(answer.headers.get("Content-Type")).startsWith("text/plain; version=0.0.4");
        assertThat(answer.headers).containsEntry("Cache-Control", "no-store");
        assertThat(answer.body().lines())
                .contains(
                        "switchboard_clients 2.0",
                        "switchboard_channels 1.0",
                        "switchboard_connections_waiting 1.0",
                        "switchboard_draining 0.0",
                        "switchboard_engine_down 0.0",
                        "switchboard_insecure_options 1.0", // access is open
                        "switchboard_disconnects_total{code=\"3008\"} 1.0",
                        "switchboard_handshakes_rejected_total{reason=\"rate\"} 1.0",
                        "switchboard_lost_log_lines_total 2.0",
                        "switchboard_lost_events_total 0.0",
                        "switchboard_pauses_total 0.0")
                .anyMatch(line -> line.startsWith("switchboard_outbox_bytes "));
    }

    @Test
    void the_engine_is_down_while_redis_is_away() {
        Relay lonely = new Relay(
                Settings.read(Map.of("switchboard.engine", "redis", "switchboard.redis.url", "redis://127.0.0.1:1")),
                new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));
        try {
            assertThat(Metrics.snapshots(lonely))
                    .filteredOn(metric -> metric.getMetadata().getName().equals("switchboard_engine_down"))
                    .flatExtracting(metric -> ((GaugeSnapshot) metric).getDataPoints())
                    .extracting(GaugeDataPointSnapshot::getValue)
                    .containsExactly(1.0);
        } finally {
            lonely.stop();
        }
    }

    private static void send(Client client, String... commands) {
        for (String command : commands) {
            client.receive(Frame.text(command));
        }
    }

    /** Connects a client of each protocol, which uses these channels and that user. */
    private void use(String channel, String user) {
        Client client = relay.protocols().connectJson(ScriptedTransport.inline());
        send(
                client,
                "{\"id\":1,\"connect\":{}}",
                "{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}",
                "{\"id\":3,\"publish\":{\"channel\":\"" + channel + "\",\"data\":1}}",
                "{\"id\":4,\"history\":{\"channel\":\"" + channel + "\"}}",
                "{\"id\":5,\"unsubscribe\":{\"channel\":\"" + channel + "\"}}",
                "{\"id\":6,\"subscribe\":{\"channel\":\"unknown-" + channel + ":1\"}}");
        relay.protocols()
                .connectRaw(ScriptedTransport.inline(), channel, Map.of())
                .disconnect(Disconnect.ofApplication(4000 + channel.hashCode() % 100, "bye"));
        for (String call : new String[] {
            "publish {\"channel\":\"" + channel + "\",\"data\":1}",
            "disconnect {\"user\":\"" + user + "\"}",
            "history {\"channel\":\"" + channel + "\"}",
        }) {
            String[] parts = call.split(" ");
            assertThat(relay.api().call(parts[0], parts[1], (method, name) -> true))
                    .isCompleted();
        }
        assertThat(relay.api().lines("{\"method\":\"" + channel + "\",\"params\":{}}", (method, name) -> true))
                .isCompleted();
        client.disconnect(Disconnect.FORCED);
    }

    @Test
    void the_metrics_count_publications_commands_and_calls() throws Exception {
        use("chat:1", "ann");

        assertThat(metrics(Request.from("127.0.0.1")).body().lines())
                .contains(
                        "switchboard_connections_accepted_total{transport=\"websocket\"} 2.0",
                        "switchboard_publications_total{namespace=\"chat\"} 2.0",
                        "switchboard_publications_total{namespace=\"other\"} 0.0",
                        "switchboard_publication_bytes_total{namespace=\"chat\"} 2.0",
                        "switchboard_deliveries_total{namespace=\"chat\"} 1.0",
                        "switchboard_fan_out_seconds_count 1",
                        "switchboard_commands_total{method=\"connect\",outcome=\"ok\"} 1.0",
                        "switchboard_commands_total{method=\"publish\",outcome=\"ok\"} 1.0",
                        "switchboard_commands_total{method=\"history\",outcome=\"108\"} 1.0",
                        "switchboard_commands_total{method=\"subscribe\",outcome=\"102\"} 1.0",
                        "switchboard_command_seconds_count{method=\"subscribe\"} 2",
                        "switchboard_errors_total{code=\"102\"} 1.0",
                        "switchboard_errors_total{code=\"108\"} 1.0",
                        "switchboard_api_calls_total{method=\"publish\",outcome=\"ok\"} 1.0",
                        "switchboard_api_calls_total{method=\"history\",outcome=\"108\"} 1.0",
                        "switchboard_api_calls_total{method=\"unknown\",outcome=\"104\"} 1.0",
                        "switchboard_api_call_seconds_count{method=\"disconnect\"} 1",
                        "switchboard_engine_calls_total{operation=\"publish\",outcome=\"ok\"} 2.0",
                        "switchboard_disconnects_total{code=\"3503\"} 1.0",
                        "switchboard_disconnects_total{code=\"application\"} 1.0")
                .anyMatch(line -> line.startsWith("switchboard_build_info{commit="))
                .anyMatch(line -> line.startsWith("process_cpu_seconds_total "))
                .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\"} "));
    }

    /** Returns the name and the labels of each line. */
    private Set<String> series() throws Exception {
        return metrics(Request.from("127.0.0.1"))
                .body()
                .lines()
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.toSet());
    }

    @Test
    void channels_and_users_add_no_series() throws Exception {
        use("chat:first", "first");
        use("first", "first");
        Set<String> before = series();
        Trials.run(100, random -> {
            String some =
                    Integer.toString(random.nextInt(), Character.MAX_RADIX).replace("-", "n");
            use((random.nextBoolean() ? "chat:" : "") + some, some);
        });
        assertThat(series()).isEqualTo(before).noneMatch(line -> line.contains("first"));
    }

    @Test
    void the_metrics_show_who_is_here() throws Exception {
        Client client = relay.protocols().connectJson(ScriptedTransport.inline());
        send(client, "{\"id\":1,\"connect\":{}}", "{\"id\":2,\"subscribe\":{\"channel\":\"chat:1\"}}");
        relay.protocols().connectRaw(ScriptedTransport.inline(), "chat:1", Map.of());
        assertThat(metrics(Request.from("127.0.0.1")).body().lines())
                .contains(
                        "switchboard_connections{protocol=\"json\",transport=\"websocket\"} 1.0",
                        "switchboard_connections{protocol=\"raw\",transport=\"websocket\"} 1.0",
                        "switchboard_users 0.0",
                        "switchboard_channels 1.0",
                        "switchboard_subscriptions 2.0",
                        "switchboard_presence_clients 2.0");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, '', 200",
        "127.9.9.9, '', 200",
        "0:0:0:0:0:0:0:1, '', 200",
        "127.0.0.1, X-Forwarded-For, 403",
        "127.0.0.1, x-forwarded-proto, 403",
        "127.0.0.1, Forwarded, 403",
        "127.0.0.1, Via, 403",
        "127.0.0.1, X-Real-IP, 403",
        "198.51.100.1, '', 403",
        "localhost, '', 403"
    })
    void the_metrics_are_served_when_the_request_comes_from_this_machine(String remote, String header, int status)
            throws Exception {
        Request request = Request.from(remote);
        Answer answer = metrics(header.isEmpty() ? request : request.with(header, "127.0.0.1"));
        assertThat(answer.status).isEqualTo(status);
        if (status == 403) {
            assertThat(answer.body()).contains("switchboard.metrics.key").doesNotContain("switchboard_clients");
        }
    }

    @Test
    void the_metrics_are_served_when_the_request_has_the_key() throws Exception {
        Request request = Request.from("198.51.100.1").with("X-Forwarded-For", "203.0.113.9");
        assertThat(metrics(request.with("Authorization", "Bearer " + KEY)).status)
                .isEqualTo(200);
        assertThat(metrics(request.with("Authorization", "Bearer " + KEY + "x")).status)
                .isEqualTo(403);
        assertThat(metrics(request).status).isEqualTo(403);
    }

    @Test
    void a_draining_node_is_alive_and_not_ready() throws Exception {
        assertThat(health("/ready").status).isEqualTo(200);
        relay.drain().join();
        assertThat(health("/ready").status).isEqualTo(503);
        assertThat(health("/ready").headers).containsEntry("Cache-Control", "no-store");
        assertThat(health("/live").status).isEqualTo(200);
        assertThat(health("/ready").body().strip())
                .isEqualTo(
                        "{\"status\":\"DOWN\",\"checks\":[{\"name\":\"admission\",\"status\":\"DOWN\",\"data\":{\"reason\":\"draining\"}},{\"name\":\"engine\",\"status\":\"UP\"}]}");
        assertThat(health("/live").body().strip())
                .isEqualTo("{\"status\":\"UP\",\"checks\":[{\"name\":\"threads\",\"status\":\"UP\"}]}");
        assertThat(health("/live").headers).containsEntry("Content-Type", "application/json");
        assertThat(health("/started").status).isEqualTo(200);
        assertThat(metrics(Request.from("127.0.0.1")).body()).contains("switchboard_draining 1.0");
    }

    @Test
    void a_node_is_not_alive_when_a_thread_has_died() throws Exception {
        Answer dead = new Answer();
        new Health(() -> relay, () -> false)
                .doGet(Request.from("198.51.100.1").at("/live").servletRequest(), dead.servletResponse);
        assertThat(dead.status).isEqualTo(503);
        assertThat(dead.body()).contains("died");
    }

    @Test
    void an_unknown_path_of_health_is_not_found() throws Exception {
        assertThat(health("/dead").status).isEqualTo(404);
    }

    @Test
    void the_path_of_health_answers_an_empty_object() throws Exception {
        assertThat(health(null).status).isEqualTo(200);
        assertThat(health(null).body().strip()).isEqualTo("{}");
        Answer dead = new Answer();
        new Health(() -> relay, () -> false)
                .doGet(Request.from("198.51.100.1").at(null).servletRequest(), dead.servletResponse);
        assertThat(dead.status).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/chat", "/a,b=\"*?"})
    void the_mbean_counts_clients_and_drains_the_relay(String path) throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = new ObjectName("dev.switchboard:type=Relay,path=" + ObjectName.quote(path));
        RelayOperations operations = new RelayOperations(relay, path);
        relay.protocols().connectRaw(ScriptedTransport.inline(), "news", Map.of());
        assertThat(server.getAttribute(name, "Clients")).isEqualTo(1);
        assertThat(server.getAttribute(name, "Channels")).isEqualTo(1);
        assertThat(server.getAttribute(name, "Draining")).isEqualTo(false);

        server.invoke(name, "drain", new Object[0], new String[0]);

        assertThat(server.getAttribute(name, "Draining")).isEqualTo(true);
        RelayOperations second = new RelayOperations(relay, path);
        second.close();
        assertThat(server.isRegistered(name))
                .as("what it did not register it leaves")
                .isTrue();
        operations.close();
        assertThat(server.isRegistered(name)).isFalse();
    }
}
