package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Checks what a refresh of a connection or a subscription changes. */
class RefreshTest {

    private static final Quota QUOTA = new Quota(1000, 500, 100, 65_536);

    private final FakeClock clock = new FakeClock();
    private final FaultyEngine engine = new FaultyEngine(Nodes.memory(clock));
    private final OpenAccess access = new OpenAccess()
            .with("room", OpenAccess.EVERYTHING)
            .with("ann", new Identity("ann", "{\"v\":1}", 0, Map.of()))
            .with("later", new Identity("ann", "{\"v\":2}", 60, Map.of()))
            .with("plain", new Identity("ann", null, 60, Map.of()))
            .with("bob", new Identity("bob", null, 60, Map.of()))
            .with("editor", new SubscribeGrant("{\"role\":\"editor\"}", null, 60));
    private final Hub hub =
            new Hub(Nodes.of(Nodes.limits(1_000_000), engine, access, clock, Runnable::run, Runnable::run));
    private final ScriptedTransport transport = ScriptedTransport.inline();
    private final ScriptedTransport other = ScriptedTransport.inline();

    private Client connected(String token, ScriptedTransport through) {
        Client client = hub.connect(through, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{'token':'" + token + "'},'id':1}");
        return client;
    }

    private static void send(Client client, String... commands) {
        client.receive(Frame.text(String.join("\n", commands).replace('\'', '"')));
    }

    private static String last(ScriptedTransport through) {
        String[] lines = through.sent().get(through.sent().size() - 1).split("\n", -1);
        return Arrays.asList(lines).get(lines.length - 1).replace('"', '\'');
    }

    @Test
    void a_connection_without_an_end_gets_the_end_of_its_token_when_it_is_refreshed() {
        Client client = connected("ann", transport);
        send(client, "{'refresh':{'token':'later'},'id':2}");
        assertThat(last(transport))
                .isEqualTo("{'id':2,'refresh':{'client':'" + client.id() + "','expires':true,'ttl':60}}");
        clock.advance(Duration.ofSeconds(86));
        hub.check();
        assertThat(transport.closes()).containsExactly(Disconnect.EXPIRED);
    }

    @Test
    void a_client_may_refresh_a_connection_to_which_the_server_gave_no_end() {
        Client client = connected("later", transport);
        client.extend(0, null);
        send(client, "{'refresh':{'token':'later'},'id':2}");
        assertThat(last(transport)).contains("'expires':true,'ttl':60");
        send(client, "{'refresh':{'token':'ann'},'id':3}");
        assertThat(last(transport)).isEqualTo("{'id':3,'refresh':{'client':'" + client.id() + "'}}");
    }

    @Test
    void a_refresh_ends_the_connection_when_its_token_is_missing_or_of_another_user() {
        send(connected("ann", transport), "{'refresh':{},'id':2}");
        assertThat(transport.closes()).containsExactly(Disconnect.badRequest("a refresh without a token"));
        send(connected("ann", other), "{'refresh':{'token':'bob'},'id':2}");
        assertThat(other.closes()).containsExactly(Disconnect.INVALID_TOKEN);
    }

    @Test
    void other_clients_see_the_info_of_a_refreshed_connection() {
        Client client = connected("ann", transport);
        Client bob = connected("bob", other);
        send(bob, "{'subscribe':{'channel':'room'},'id':2}");
        send(client, "{'subscribe':{'channel':'room'},'id':2}");
        send(client, "{'publish':{'channel':'room','data':1},'id':3}");
        assertThat(last(other)).contains("'conn_info':{'v':1}");
        send(client, "{'refresh':{'token':'later'},'id':4}", "{'publish':{'channel':'room','data':2},'id':5}");
        assertThat(last(other)).contains("'conn_info':{'v':2}");
        send(bob, "{'presence':{'channel':'room'},'id':3}");
        assertThat(last(other)).contains("'conn_info':{'v':2}").doesNotContain("'conn_info':{'v':1}");
    }

    @Test
    void a_client_keeps_its_info_when_the_new_token_has_none() {
        Client client = connected("ann", transport);
        send(client, "{'refresh':{'token':'plain'},'id':2}", "{'subscribe':{'channel':'room'},'id':3}");
        send(client, "{'presence':{'channel':'room'},'id':4}");
        assertThat(last(transport)).contains("'conn_info':{'v':1}");
    }

    @Test
    void other_clients_see_the_info_of_a_refreshed_subscription() {
        Client client = connected("ann", transport);
        send(client, "{'subscribe':{'channel':'room'},'id':2}");
        send(client, "{'sub_refresh':{'channel':'room','token':'editor'},'id':3}");
        send(client, "{'publish':{'channel':'room','data':1},'id':4}");
        assertThat(transport.sent())
                .anyMatch(line -> line.contains("\"chan_info\":{\"role\":\"editor\"}},\"offset\":1"));
        send(client, "{'presence':{'channel':'room'},'id':5}");
        assertThat(last(transport)).contains("'conn_info':{'v':1},'chan_info':{'role':'editor'}");
    }

    @Test
    void a_client_is_not_present_when_it_leaves_while_its_info_changes() {
        Client client = connected("ann", transport);
        send(client, "{'subscribe':{'channel':'room'},'id':2}");
        engine.fallBehind();
        send(client, "{'refresh':{'token':'later'},'id':3}", "{'unsubscribe':{'channel':'room'},'id':4}");
        engine.catchUp();
        send(client, "{'presence':{'channel':'room'},'id':5}");
        assertThat(last(transport)).isEqualTo("{'id':5,'presence':{'presence':{}}}");
    }
}
