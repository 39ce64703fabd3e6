package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.PublishGrant;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.Version;
import dev.switchboard.spi.AccessPolicy.Right;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Checks publications about which the application is asked. */
class PublishHookTest extends ApplicationSetup {

    @Test
    void the_relay_publishes_the_data_with_which_the_application_replaces_a_publication() {
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
    void commands_keep_their_order_when_the_application_answers_slowly() {
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

    /**
     * Publishes a message, runs {@code meanwhile} before the application answers, and then lets it
     * accept.
     */
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
    void a_publication_is_sent_when_its_client_is_connected_at_the_answer_of_the_application() {
        assertThat(heardAfter(subscribed(), PublishHookTest::publish, () -> {})).containsExactly("1");
    }

    @Test
    void nothing_is_published_when_the_client_was_disconnected_before_the_application_answers() {
        Client client = subscribed();
        assertThat(heardAfter(client, PublishHookTest::publish, () -> client.disconnect(Disconnect.FORCED)))
                .isEmpty();
    }

    @Test
    void nothing_is_published_when_the_user_was_blocked_before_the_application_answers() {
        assertThat(heardAfter(
                        subscribed(),
                        PublishHookTest::publish,
                        () -> new ServerOperations(hub).block("ann", Instant.MAX)))
                .isEmpty();
    }

    @Test
    void nothing_is_published_when_the_raw_client_was_disconnected_before_the_application_answers() {
        Client client = raw("moderated", transport);
        application.answer(ANN);
        assertThat(heardAfter(
                        client, sender -> sender.receive(Frame.text("1")), () -> client.disconnect(Disconnect.FORCED)))
                .isEmpty();
    }

    @Test
    void a_client_gets_error_103_when_it_lost_its_right_to_publish_before_the_application_answers() {
        Client client = subscribed();
        assertThat(heardAfter(client, PublishHookTest::publish, () -> access.deny(Right.PUBLISH)))
                .isEmpty();
        assertThat(answers()).last().isEqualTo("{'id':3,'error':{'code':103,'message':'permission denied'}}");
    }

    @Test
    void messages_of_a_raw_client_keep_their_order_and_refusals_do_not_end_the_client() {
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
    void a_raw_client_reconnects_after_a_fault_and_not_after_a_refusal() {
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
    void a_publication_has_the_tags_of_the_application_and_skips_the_history_when_the_application_says_so() {
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
    void nothing_is_published_when_the_version_of_the_application_is_outdated() {
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
}
