package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.SubscribeGrant;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import switchboard.wire.Wire;

/** Checks what clients get when an application answers hooks. */
class ApplicationTest extends ApplicationSetup {

    @Test
    void the_application_names_the_user_and_sends_data_when_a_client_connects_without_a_token() {
        Client client = json(transport);
        send(client, "{'connect':{'data':{'name':'Ann'}},'id':1}", "{'ping':{},'id':2}");
        assertThat(application.heard()).containsExactly("connect json {\"name\":\"Ann\"}");
        assertThat(transport.sent()).isEmpty();
        application.answer(ANN);
        assertThat(received(transport))
                .containsExactly(
                        "{'id':1,'connect':{'client':'" + client.id()
                                + "','version':'switchboard','data':{'hi':1},'ping':25,'pong':true}}",
                        "{'id':2,'ping':{}}");
        client.disconnect(Disconnect.SHUTDOWN);
        assertThat(application.heard()).endsWith("disconnected ann 3001 shutdown");
    }

    @Test
    void the_application_is_not_asked_when_a_client_has_a_token_or_a_login() {
        send(json(transport), "{'connect':{'token':'eve'},'id':1}");
        json(ScriptedTransport.inline().from(new Peer("", new Identity("bob", null, 0, Map.of()))));
        raw("c", ScriptedTransport.inline().from(new Peer("", new Identity("bob", null, 0, Map.of()))));
        assertThat(transport.sent()).hasSize(1);
        assertThat(application.heard()).containsExactly("occupied c");
    }

    @Test
    void the_client_need_not_refresh_when_the_application_grants_a_connection_for_a_time() {
        Client client = json(transport);
        send(client, "{'connect':{},'id':1}");
        application.answer(
                ConnectGrant.once(new Identity("ann", null, 3600, Map.of("news", SubscribeGrant.PLAIN)), null));
        assertThat(received(transport))
                .singleElement()
                .satisfies(line ->
                        assertThat(line).doesNotContain("expires", "ttl").contains("'subs':{'news':"));
    }

    @Test
    void a_connect_is_refused_when_the_application_names_a_channel_of_an_unknown_namespace() {
        access.forget("nowhere:1");
        Client client = json(transport);
        send(client, "{'connect':{},'id':1}");
        Map<String, SubscribeGrant> channels = Map.of("news", SubscribeGrant.PLAIN, "nowhere:1", SubscribeGrant.PLAIN);
        application.answer(ConnectGrant.once(new Identity("ann", null, 0, channels), null));
        assertThat(received(transport)).containsExactly("{'id':1,'error':{'code':102,'message':'unknown channel'}}");
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void the_application_is_told_nothing_of_a_client_that_it_refused() {
        Client client = json(transport);
        send(client, "{'connect':{},'id':1}");
        application.refuse(ClientError.ofApplication(403, "not you"));
        assertThat(received(transport)).containsExactly("{'id':1,'error':{'code':403,'message':'not you'}}");
        client.closed(1000, "");

        ScriptedTransport second = ScriptedTransport.inline();
        send(json(second), "{'connect':{},'id':1}");
        application.refuse(Disconnect.ofApplication(4500, "banned"));
        assertThat(second.closes()).containsExactly(Disconnect.ofApplication(4500, "banned"));
        assertThat(application.heard()).containsExactly("connect json", "connect json");
    }

    @Test
    void a_disconnect_is_reported_once_when_the_client_leaves_before_the_application_answers() {
        Client client = json(transport);
        send(client, "{'connect':{},'id':1}");
        client.closed(1001, "going away");
        application.answer(ANN);
        assertThat(application.heard()).containsExactly("connect json", "disconnected ann 1001 going away");
    }

    @Test
    void the_application_is_asked_when_a_raw_client_connects() {
        Client client = raw("c", transport);
        assertThat(hub.channelCount()).isZero();
        application.answer(ANN);
        assertThat(hub.channelCount()).isEqualTo(1);
        client.closed(1000, "");
        assertThat(application.heard())
                .containsExactly("connect raw", "occupied c", "disconnected ann 1000 ", "vacated c");
    }

    @Test
    void a_subscription_is_refused_when_the_application_refuses_it() {
        Client client = connected();
        send(client, "{'subscribe':{'channel':'asked','data':{'seat':3}},'id':2}", "{'ping':{},'id':3}");
        assertThat(asked()).containsExactly("subscribe ann asked {\"seat\":3}");
        assertThat(answers()).isEmpty();
        application.refuse(ClientError.ofApplication(409, "taken"));
        assertThat(answers()).containsExactly("{'id':2,'error':{'code':409,'message':'taken'}}", "{'id':3,'ping':{}}");
        send(client, "{'subscribe':{'channel':'asked'},'id':4}");
        application.answer(new SubscribeGrant(null, "{\"seat\":4}", 60));
        assertThat(answers()).last().isEqualTo("{'id':4,'subscribe':{'data':{'seat':4}}}");
    }

    @Test
    void the_application_is_not_asked_when_a_subscribe_has_a_token() {
        Client client = connected();
        send(client, "{'subscribe':{'channel':'asked','token':'signed'},'id':2}");
        assertThat(answers()).containsExactly("{'id':2,'subscribe':{}}");
    }

    @Test
    void the_application_is_not_asked_when_the_rules_refuse_a_subscription() {
        Client client = connected();
        access.refuse(ClientError.PERMISSION_DENIED);
        send(client, "{'subscribe':{'channel':'asked'},'id':2}");
        assertThat(answers()).containsExactly("{'id':2,'error':{'code':103,'message':'permission denied'}}");
        assertThat(asked()).isEmpty();
    }

    @Test
    void a_json_client_gets_an_error_when_a_method_answers_bytes() {
        Client client = connected();
        send(client, "{'rpc':{'method':'m'},'id':2}", "{'rpc':{'method':'n','data':null},'id':3}");
        application.answer(Payload.opaque(Frame.binary(new byte[] {-1})));
        application.refuse(ClientError.METHOD_NOT_FOUND);
        assertThat(asked()).containsExactly("rpc m", "rpc n null");
        assertThat(answers())
                .containsExactly(
                        "{'id':2,'error':{'code':100,'message':'internal server error','temporary':true}}",
                        "{'id':3,'error':{'code':104,'message':'method not found'}}");
    }

    @Test
    void the_result_is_empty_when_a_method_answers_nothing() {
        Client client = connected();
        send(client, "{'rpc':{'method':'m'},'id':2}");
        application.answer(null);
        assertThat(answers()).containsExactly("{'id':2,'rpc':{}}");
    }

    @Test
    void errors_of_the_application_never_end_the_client() {
        Client client = connected();
        for (int i = 2; i < 150; i++) {
            send(client, "{'rpc':{'method':'m'},'id':" + i + "}");
            application.refuse(ClientError.ofApplication(103, "permission denied"));
        }
        assertThat(answers()).last().isEqualTo("{'id':149,'error':{'code':103,'message':'permission denied'}}");
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void the_application_gets_the_name_the_version_and_the_wanted_headers_of_a_client() {
        Client client = json(transport);
        send(
                client,
                "{'connect':{'name':'js','version':'5.2','headers':{'x-team':'red','cookie':'a=1'},"
                        + "'subs':{'a':{},'b':{'recover':true}}},'id':1}");
        assertThat(application.introduction())
                .isEqualTo(new ConnectRequest(
                        "js", "5.2", List.of("a", "b"), Map.of("x-team", "red", "cookie", "a=1"), null));
        assertThat(application.caller().commandHeaders()).isEqualTo(Map.of("X-Team", "red"));
        application.answer(ConnectGrant.once(new Identity("ann", null, 0, Map.of()).withMeta("{}"), null));
        send(client, "{'rpc':{'method':'m'},'id':2}");
        assertThat(application.caller().commandHeaders()).isEqualTo(Map.of("X-Team", "red"));
        assertThat(application.caller().meta()).isEqualTo("{}");
        assertThat(received(transport).toString()).doesNotContain("meta");
    }

    @Test
    void the_application_gets_the_same_of_a_protobuf_client() {
        Client client = hub.connect(transport, CentrifugeProtocol.protobuf(QUOTA, System::nanoTime));
        client.receive(Frame.binary(delimited(Wire.Command.newBuilder()
                .setId(1)
                .setConnect(Wire.ConnectRequest.newBuilder()
                        .setName("go")
                        .setVersion("0.10")
                        .putHeaders("X-TEAM", "red")
                        .putSubs("a", Wire.SubscribeRequest.getDefaultInstance()))
                .build())));
        assertThat(application.introduction())
                .isEqualTo(new ConnectRequest("go", "0.10", List.of("a"), Map.of("X-TEAM", "red"), null));
        assertThat(application.caller().commandHeaders()).isEqualTo(Map.of("X-Team", "red"));
    }

    private static byte[] delimited(Wire.Command command) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            command.writeDelimitedTo(bytes);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    @Test
    void the_application_is_told_when_a_channel_gets_its_first_client_and_loses_its_last() {
        access.with("ann", new Identity("ann", null, 0, Map.of()));
        Client client = json(transport);
        Client other = json(ScriptedTransport.inline());
        for (Client each : List.of(client, other)) {
            send(each, "{'connect':{'token':'ann'},'id':1}", "{'subscribe':{'channel':'c'},'id':2}");
        }
        send(client, "{'unsubscribe':{'channel':'c'},'id':3}");
        other.closed(1000, "");
        assertThat(application.heard()).containsExactly("occupied c", "disconnected ann 1000 ", "vacated c");
    }

    @Test
    void an_rpc_is_refused_when_there_is_no_application() {
        Client client = new Hub(Nodes.simple()).connect(transport, CentrifugeProtocol.json(QUOTA, System::nanoTime));
        send(client, "{'connect':{},'id':1}", "{'rpc':{'method':'m'},'id':2}");
        assertThat(answers()).containsExactly("{'id':2,'error':{'code':108,'message':'not available'}}");
    }
}
