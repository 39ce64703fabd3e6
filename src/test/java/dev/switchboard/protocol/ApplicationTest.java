package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedApplication;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.PublishGrant;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Version;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.spi.AccessPolicy.Right;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import switchboard.wire.Wire;

/** What clients get where there is an application to ask, however it answers. */
class ApplicationTest {

    private static final Quota QUOTA = new Quota(1000, 500, 100, 65_536);
    private static final ConnectGrant ANN = ConnectGrant.once(new Identity("ann", null, 0, Map.of()), "{\"hi\":1}");

    private final ScriptedApplication application = new ScriptedApplication();
    private final OpenAccess access = new OpenAccess()
            .with("asked", ChannelOptions.PLAIN.asking(Set.of(Question.SUBSCRIBE, Question.PUBLISH)))
            .with("moderated", ChannelOptions.PLAIN.asking(Set.of(Question.PUBLISH)));
    private final Hub hub = new Hub(Nodes.simple(access, application));
    private final ScriptedTransport transport = ScriptedTransport.inline();

    private Client json(ScriptedTransport through) {
        return hub.connect(through, CentrifugeProtocol.json(QUOTA, System::nanoTime));
    }

    private Client raw(String channel, ScriptedTransport through) {
        return hub.connect(through, new RawProtocol(channel, Map.of(), null));
    }

    private static void send(Client client, String... commands) {
        client.receive(Frame.text(String.join("\n", commands).replace('\'', '"')));
    }

    private static List<String> received(ScriptedTransport through) {
        return through.sent().stream()
                .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                .map(line -> line.replace('"', '\''))
                .toList();
    }

    private Client connected() {
        Client client = json(transport);
        send(client, "{'connect':{},'id':1}");
        application.answer(ANN);
        return client;
    }

    /** All but what the first command brought. */
    private List<String> answers() {
        return received(transport).stream().skip(1).toList();
    }

    private List<String> asked() {
        return application.heard().stream().skip(1).toList();
    }

    @Test
    void it_says_who_comes_without_a_token_and_what_that_one_is_told() {
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
    void who_brings_a_token_or_a_login_is_known_without_it() {
        send(json(transport), "{'connect':{'token':'eve'},'id':1}");
        json(ScriptedTransport.inline().from(new Peer("", new Identity("bob", null, 0, Map.of()))));
        raw("c", ScriptedTransport.inline().from(new Peer("", new Identity("bob", null, 0, Map.of()))));
        assertThat(transport.sent()).hasSize(1);
        assertThat(application.heard()).containsExactly("occupied c");
    }

    @Test
    void a_connection_that_it_grants_for_a_time_is_not_for_the_client_to_renew() {
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
    void a_channel_of_an_unknown_namespace_that_it_names_refuses_the_connect() {
        access.forget("nowhere:1");
        Client client = json(transport);
        send(client, "{'connect':{},'id':1}");
        Map<String, SubscribeGrant> channels = Map.of("news", SubscribeGrant.PLAIN, "nowhere:1", SubscribeGrant.PLAIN);
        application.answer(ConnectGrant.once(new Identity("ann", null, 0, channels), null));
        assertThat(received(transport)).containsExactly("{'id':1,'error':{'code':102,'message':'unknown channel'}}");
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void whom_it_refuses_stays_out_and_it_is_told_nothing_of_that_one() {
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
    void who_has_gone_before_it_answered_is_reported_all_the_same_and_once() {
        Client client = json(transport);
        send(client, "{'connect':{},'id':1}");
        client.closed(1001, "going away");
        application.answer(ANN);
        assertThat(application.heard()).containsExactly("connect json", "disconnected ann 1001 going away");
    }

    @Test
    void a_raw_client_is_asked_for_as_well() {
        Client client = raw("c", transport);
        assertThat(hub.channelCount()).isZero();
        application.answer(ANN);
        assertThat(hub.channelCount()).isEqualTo(1);
        client.closed(1000, "");
        assertThat(application.heard())
                .containsExactly("connect raw", "occupied c", "disconnected ann 1000 ", "vacated c");
    }

    @Test
    void it_has_the_last_word_about_a_subscription() {
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
    void a_subscription_token_has_been_its_word_already() {
        Client client = connected();
        send(client, "{'subscribe':{'channel':'asked','token':'signed'},'id':2}");
        assertThat(answers()).containsExactly("{'id':2,'subscribe':{}}");
    }

    @Test
    void whom_the_rules_refuse_it_is_not_asked_about() {
        Client client = connected();
        access.refuse(ClientError.PERMISSION_DENIED);
        send(client, "{'subscribe':{'channel':'asked'},'id':2}");
        assertThat(answers()).containsExactly("{'id':2,'error':{'code':103,'message':'permission denied'}}");
        assertThat(asked()).isEmpty();
    }

    @Test
    void what_it_puts_in_the_place_of_a_publication_is_published() {
        Client client = connected();
        send(
                client,
                "{'subscribe':{'channel':'moderated'},'id':2}",
                "{'publish':{'channel':'moderated','data':'x'},'id':3}");
        application.answer(Payload.json("\"***\""));
        assertThat(answers())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("{'id':2,'subscribe':{}}"),
                        line -> assertThat(line).contains("'pub':{'data':'***'"),
                        line -> assertThat(line).isEqualTo("{'id':3,'publish':{}}"));
    }

    @Test
    void a_slow_answer_turns_no_two_publications_around_nor_anything_else() {
        Client client = connected();
        send(client, "{'subscribe':{'channel':'moderated'},'id':2}");
        send(
                client,
                "{'publish':{'channel':'moderated','data':1},'id':3}",
                "{'publish':{'channel':'moderated','data':2},'id':4}",
                "{'rpc':{'method':'count','data':3},'id':5}",
                "{'unsubscribe':{'channel':'moderated'},'id':6}");
        assertThat(asked()).containsExactly("occupied moderated", "publish moderated 1");
        application.answer(Payload.json("1"));
        assertThat(asked()).endsWith("publish moderated 2");
        application.refuse(ClientError.ofApplication(400, "no"));
        assertThat(asked()).endsWith("rpc count 3");
        application.answer(Payload.json("[3]"));
        assertThat(answers().stream().map(line -> line.replaceAll("'info':\\{.*?}", "")))
                .containsExactly(
                        "{'id':2,'subscribe':{}}",
                        "{'push':{'channel':'moderated','pub':{'data':1,}}}",
                        "{'id':3,'publish':{}}",
                        "{'id':4,'error':{'code':400,'message':'no'}}",
                        "{'id':5,'rpc':{'data':[3]}}",
                        "{'id':6,'unsubscribe':{}}");
    }

    /** Sends one message while the application is asked about it, and gives the answer when {@code meanwhile} has happened. */
    private List<String> heardAfter(Client publisher, Consumer<Client> publish, Runnable meanwhile) {
        ScriptedTransport listener = ScriptedTransport.inline();
        raw("moderated", listener);
        application.answer(ConnectGrant.once(new Identity("bob", null, 0, Map.of()), null));
        publish.accept(publisher);
        meanwhile.run();
        application.answer(Payload.json("1"));
        return listener.sent();
    }

    private Client subscribed() {
        Client client = connected();
        send(client, "{'subscribe':{'channel':'moderated'},'id':2}");
        return client;
    }

    private static void publish(Client client) {
        send(client, "{'publish':{'channel':'moderated','data':1},'id':3}");
    }

    @Test
    void a_publication_goes_out_if_its_sender_is_there_when_the_application_answers() {
        assertThat(heardAfter(subscribed(), ApplicationTest::publish, () -> {})).containsExactly("1");
    }

    @Test
    void nothing_is_published_for_a_client_that_was_sent_away_while_the_application_was_asked() {
        Client client = subscribed();
        assertThat(heardAfter(client, ApplicationTest::publish, () -> client.disconnect(Disconnect.FORCED)))
                .isEmpty();
    }

    @Test
    void nothing_is_published_for_a_client_whose_user_was_blocked_while_the_application_was_asked() {
        assertThat(heardAfter(
                        subscribed(),
                        ApplicationTest::publish,
                        () -> new ServerOperations(hub).block("ann", Instant.MAX)))
                .isEmpty();
    }

    @Test
    void nothing_is_published_for_a_raw_client_that_was_sent_away_while_the_application_was_asked() {
        Client client = raw("moderated", transport);
        application.answer(ANN);
        assertThat(heardAfter(
                        client, sender -> sender.receive(Frame.text("1")), () -> client.disconnect(Disconnect.FORCED)))
                .isEmpty();
    }

    @Test
    void a_client_that_lost_its_right_to_publish_while_the_application_was_asked_gets_error_103() {
        Client client = subscribed();
        assertThat(heardAfter(client, ApplicationTest::publish, () -> access.deny(Right.PUBLISH)))
                .isEmpty();
        assertThat(answers()).last().isEqualTo("{'id':3,'error':{'code':103,'message':'permission denied'}}");
    }

    @Test
    void messages_of_a_raw_client_keep_their_order_and_a_hundred_of_its_refusals_are_no_crime() {
        ScriptedTransport listener = ScriptedTransport.inline();
        raw("moderated", listener);
        application.answer(ANN);
        Client client = raw("moderated", transport);
        application.answer(ANN);
        client.receive(Frame.text("one"));
        client.receive(Frame.text("two"));
        application.answer(Payload.opaque(Frame.text("ONE")));
        application.answer(Payload.opaque(Frame.text("TWO")));
        assertThat(listener.sent()).containsExactly("ONE", "TWO");

        ScriptedTransport other = ScriptedTransport.inline();
        Client speaker = json(other);
        send(speaker, "{'connect':{},'id':1}");
        application.answer(ANN);
        for (int i = 2; i < 150; i++) {
            send(speaker, "{'rpc':{'method':'m'},'id':" + i + "}");
            application.refuse(ClientError.ofApplication(404, "none"));
        }
        assertThat(other.closes()).isEmpty();
    }

    @Test
    void a_raw_client_that_is_refused_goes_and_comes_again_only_after_a_fault() {
        raw("moderated", transport);
        application.answer(ANN);
        Client refused = raw("moderated", transport);
        application.answer(ANN);
        refused.receive(Frame.text("x"));
        application.refuse(ClientError.ofApplication(400, "no"));
        assertThat(transport.closes()).containsExactly(Disconnect.PERMISSION_DENIED);

        ScriptedTransport second = ScriptedTransport.inline();
        Client unlucky = raw("moderated", second);
        application.answer(ANN);
        unlucky.receive(Frame.text("x"));
        application.refuse(ClientError.INTERNAL);
        assertThat(second.closes()).containsExactly(Disconnect.INTERNAL_ERROR);
    }

    @Test
    void bytes_that_a_method_answers_reach_no_client_that_speaks_json() {
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
    void a_method_that_answers_nothing_has_an_empty_result() {
        Client client = connected();
        send(client, "{'rpc':{'method':'m'},'id':2}");
        application.answer(null);
        assertThat(answers()).containsExactly("{'id':2,'rpc':{}}");
    }

    @Test
    void errors_of_the_application_are_no_fault_of_the_client_whatever_their_code() {
        Client client = connected();
        for (int i = 2; i < 150; i++) {
            send(client, "{'rpc':{'method':'m'},'id':" + i + "}");
            application.refuse(ClientError.ofApplication(103, "permission denied"));
        }
        assertThat(answers()).last().isEqualTo("{'id':149,'error':{'code':103,'message':'permission denied'}}");
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_publication_has_the_tags_that_the_application_says_and_is_kept_only_if_it_does_not_say_otherwise() {
        access.with("kept", OpenAccess.EVERYTHING.asking(Set.of(Question.PUBLISH)));
        Client client = connected();
        send(client, "{'subscribe':{'channel':'kept'},'id':2}", "{'publish':{'channel':'kept','data':1},'id':3}");
        application.answer(new PublishGrant(Payload.json("2"), Map.of("a", "b"), new PublishOptions("", true)));
        send(client, "{'publish':{'channel':'kept','data':3},'id':4}");
        application.answer(new PublishGrant(Payload.json("3"), Map.of(), new PublishOptions("once", false)));
        send(client, "{'publish':{'channel':'kept','data':3},'id':5}");
        application.answer(new PublishGrant(Payload.json("4"), Map.of(), new PublishOptions("once", false)));
        send(client, "{'history':{'channel':'kept','limit':10},'id':6}");
        assertThat(answers().stream()
                        .map(line -> line.replaceAll("'info':\\{.*?},?|'epoch':'.*?',?", ""))
                        .toList())
                .containsExactly(
                        "{'id':2,'subscribe':{}}",
                        "{'push':{'channel':'kept','pub':{'data':2,'tags':{'a':'b'}}}}",
                        "{'id':3,'publish':{}}",
                        "{'push':{'channel':'kept','pub':{'data':3,'offset':1}}}",
                        "{'id':4,'publish':{}}",
                        "{'id':5,'publish':{}}",
                        "{'id':6,'history':{'publications':[{'data':3,'offset':1}],'offset':1}}");
    }

    @Test
    void a_publication_with_an_outdated_version_of_the_application_is_not_published() {
        access.with("kept", OpenAccess.EVERYTHING.asking(Set.of(Question.PUBLISH)));
        Client client = connected();
        for (int version : new int[] {2, 1, 3}) {
            send(client, "{'publish':{'channel':'kept','data':0},'id':" + (version + 1) + "}");
            application.answer(new PublishGrant(
                    Payload.json("" + version), Map.of(), PublishOptions.PLAIN, new Version(version, "")));
        }
        send(client, "{'history':{'channel':'kept','limit':10},'id':6}");
        assertThat(answers().get(3).replaceAll("'info':\\{.*?},?|'epoch':'.*?',?", ""))
                .isEqualTo(
                        "{'id':6,'history':{'publications':[{'data':2,'offset':1},{'data':3,'offset':2}],'offset':2}}");
    }

    @Test
    void it_hears_what_a_client_says_of_itself_and_of_its_headers_those_that_it_wants() {
        Client client = json(transport);
        send(
                client,
                "{'connect':{'name':'js','version':'5.2','headers':{'x-team':'red','cookie':'a=1'},"
                        + "'subs':{'a':{},'b':{'recover':true}}},'id':1}");
        assertThat(application.introduction())
                .isEqualTo(new ConnectRequest(
                        "js", "5.2", List.of("a", "b"), Map.of("x-team", "red", "cookie", "a=1"), null));
        assertThat(application.caller().said()).isEqualTo(Map.of("X-Team", "red"));
        application.answer(ConnectGrant.once(new Identity("ann", null, 0, Map.of()).withMeta("{}"), null));
        send(client, "{'rpc':{'method':'m'},'id':2}");
        assertThat(application.caller().said()).isEqualTo(Map.of("X-Team", "red"));
        assertThat(application.caller().meta()).isEqualTo("{}");
        assertThat(received(transport).toString()).doesNotContain("meta");
    }

    @Test
    void it_hears_the_same_of_a_client_that_speaks_protobuf() {
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
        assertThat(application.caller().said()).isEqualTo(Map.of("X-Team", "red"));
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
    void it_hears_of_the_first_who_comes_to_a_channel_and_of_the_last_who_leaves() {
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
    void without_an_application_there_is_nobody_to_call() {
        Client client = new Hub(Nodes.simple()).connect(transport, CentrifugeProtocol.json(QUOTA, System::nanoTime));
        send(client, "{'connect':{},'id':1}", "{'rpc':{'method':'m'},'id':2}");
        assertThat(answers()).containsExactly("{'id':2,'error':{'code':108,'message':'not available'}}");
    }
}
