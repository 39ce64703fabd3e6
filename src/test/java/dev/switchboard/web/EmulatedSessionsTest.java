package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.Settings;
import dev.switchboard.cluster.ChannelCluster;
import dev.switchboard.cluster.SharedEngine;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.protocol.EmulatedMessage;
import dev.switchboard.protocol.Emulation;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Cluster.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests that a request reaches its session on whatever node, and no other session. */
class EmulatedSessionsTest {

    private static final Settings SETTINGS = Settings.read(Map.of("switchboard.message.bytes", "1024"));

    private final FakeClock clock = new FakeClock();
    private final SharedEngine engine = new SharedEngine(clock);
    private final EmulatedNode here = new EmulatedNode("here");
    private final EmulatedNode there = new EmulatedNode("there");

    private final class EmulatedNode {
        final SharedEngine.Connection connection = engine.connect();
        final ChannelCluster cluster;
        final Hub hub;
        final EmulatedSessions sessions = new EmulatedSessions(SETTINGS);

        EmulatedNode(String uid) {
            cluster = new ChannelCluster(connection, uid, clock, Runnable::run);
            hub = new Hub(Nodes.in(cluster, cluster.engine(), new OpenAccess(), clock));
            cluster.start(new ServerOperations(hub).local(), () -> hub.info(uid, uid, Duration.ZERO));
            sessions.start(uid, cluster);
        }
    }

    /** A client of that node, which the login opened. */
    private final class EmulatedClient {
        final Emulation emulation;
        final ScriptedTransport transport = ScriptedTransport.inline();
        final Client client;

        EmulatedClient(EmulatedNode node, String login) {
            emulation = node.sessions.next();
            client = node.hub.connect(transport, CentrifugeProtocol.json(new Quota(1000, 500, 100, 65_536), clock));
            node.sessions.add(emulation, client, login);
            client.receive(Frame.text("{\"connect\":{\"token\":\"ann\"},\"id\":1}"));
        }

        CompletableFuture<Delivery> request(EmulatedNode to, String login, Frame message) {
            return to.sessions
                    .deliver(new EmulatedMessage(emulation, message), login)
                    .toCompletableFuture();
        }

        CompletableFuture<Delivery> request(EmulatedNode to, String login, String command) {
            return request(to, login, Frame.text(command.replace('\'', '"')));
        }
    }

    @Test
    void a_command_reaches_its_session_by_the_own_node_and_by_another_node() {
        EmulatedClient ann = new EmulatedClient(there, "ann");
        assertThat(ann.request(there, "ann", "{'subscribe':{'channel':'a'},'id':2}"))
                .isCompletedWithValue(Delivery.TAKEN);
        assertThat(ann.request(here, "ann", "{'subscribe':{'channel':'b'},'id':3}"))
                .isCompletedWithValue(Delivery.TAKEN);
        assertThat(ann.transport.sent()).anyMatch(frame -> frame.contains("\"id\":2"));
        assertThat(ann.transport.sent()).anyMatch(frame -> frame.contains("\"id\":3"));
        assertThat(there.hub.channelCount()).isEqualTo(2);
        assertThat(here.hub.channelCount()).isZero();
    }

    @Test
    void the_messages_of_a_client_keep_their_order() {
        EmulatedClient ann = new EmulatedClient(there, "");
        IntStream.range(2, 100)
                .forEach(id -> assertThat(
                                ann.request(here, "", "{'subscribe':{'channel':'c" + id + "'},'id':" + id + "}"))
                        .isCompletedWithValue(Delivery.TAKEN));
        List<String> replies = ann.transport.sent().stream()
                .flatMap(frame -> frame.lines())
                .map(line -> line.replaceAll(".*\"id\":(\\d+).*", "$1"))
                .toList();
        assertThat(replies)
                .isEqualTo(IntStream.range(1, 100).mapToObj(Integer::toString).toList());
    }

    @Test
    void another_login_does_not_find_the_session() {
        EmulatedClient ann = new EmulatedClient(there, "ann");
        EmulatedClient stranger = new EmulatedClient(there, "");
        for (EmulatedNode node : List.of(here, there)) {
            assertThat(ann.request(node, "bob", "{}")).isCompletedWithValue(Delivery.UNKNOWN);
            assertThat(ann.request(node, "", "{}")).isCompletedWithValue(Delivery.UNKNOWN);
            assertThat(stranger.request(node, "ann", "{}")).isCompletedWithValue(Delivery.UNKNOWN);
        }
        assertThat(ann.transport.sent()).hasSize(1);
    }

    @Test
    void a_session_that_has_ended_is_unknown() {
        EmulatedClient ann = new EmulatedClient(there, "");
        ann.client.closed(1000, "");
        assertThat(ann.request(here, "", "{}")).isCompletedWithValue(Delivery.UNKNOWN);
        there.sessions.sweep();
        assertThat(ann.request(there, "", "{}")).isCompletedWithValue(Delivery.UNKNOWN);
    }

    @Test
    void a_message_that_is_too_large_is_refused_by_its_node() {
        EmulatedClient ann = new EmulatedClient(there, "");
        String command = "{'publish':{'channel':'a','data':'" + "x".repeat(1024) + "'},'id':2}";
        assertThat(ann.request(here, "", command)).isCompletedWithValue(Delivery.TOO_LARGE);
        assertThat(ann.request(here, "", "{}\n".repeat(SETTINGS.commandBytes())))
                .isCompletedWithValue(Delivery.TOO_LARGE);
        assertThat(ann.transport.sent()).hasSize(1);
    }

    @Test
    void a_node_alone_serves_its_own_sessions() {
        EmulatedSessions sessions = new EmulatedSessions(SETTINGS);
        sessions.start("alone", Cluster.ALONE);
        Hub hub = new Hub(Nodes.simple());
        ScriptedTransport transport = ScriptedTransport.inline();
        Emulation emulation = sessions.next();
        sessions.add(
                emulation,
                hub.connect(transport, CentrifugeProtocol.json(new Quota(1000, 500, 100, 65_536), clock)),
                "");
        EmulatedMessage connect = new EmulatedMessage(emulation, Frame.text("{\"connect\":{},\"id\":1}"));
        assertThat(sessions.deliver(connect, "")).isCompletedWithValue(Delivery.TAKEN);
        assertThat(transport.sent()).hasSize(1);
        EmulatedMessage other = new EmulatedMessage(new Emulation(emulation.session(), "other"), connect.message());
        assertThat(sessions.deliver(other, "")).isCompletedWithValue(Delivery.UNKNOWN);
    }

    @Test
    void a_request_fails_when_the_other_node_does_not_answer() {
        EmulatedClient ann = new EmulatedClient(there, "");
        there.connection.deafen();
        CompletableFuture<Delivery> request = ann.request(here, "", "{}");
        clock.advance(Duration.ofSeconds(2));
        here.cluster.check();
        assertFails(request, ClientError.INTERNAL);
    }

    private static void assertFails(CompletableFuture<?> stage, ClientError expected) {
        assertThat(stage).isCompletedExceptionally();
        assertThatThrownBy(stage::join).hasCause(expected);
    }
}
