package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.AccessPolicy.Right;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CentrifugeProtocolTest extends ClientProtocolSetup {

    @Test
    void the_commands_of_one_message_are_answered_in_one_message() {
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}", "{'subscribe':{'channel':'room'},'id':2}", "{'ping':{},'id':3}");
        assertThat(transport.sent())
                .singleElement()
                .satisfies(frame -> assertThat(frame)
                        .contains("\"id\":1,\"connect\"")
                        .endsWith("\n{\"id\":2,\"subscribe\":{}}\n{\"id\":3,\"ping\":{}}"));
    }

    @Test
    void a_command_waits_until_the_commands_before_are_answered() {
        Client client = connected();
        engine.fallBehind();
        send(client, "{'subscribe':{'channel':'room'},'id':2}", "{'unsubscribe':{'channel':'room'},'id':3}");
        send(client, "{'ping':{},'id':4}");
        assertThat(received()).isEmpty();
        engine.catchUp();
        assertThat(received())
                .containsExactly("{'id':2,'subscribe':{}}", "{'id':3,'unsubscribe':{}}", "{'id':4,'ping':{}}");
    }

    @Test
    void commands_wait_when_the_connect_before_them_is_slow() {
        access.answerLater();
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}", "{'subscribe':{'channel':'room'},'id':2}");
        send(client, "{'presence_stats':{'channel':'room'},'id':3}");
        assertThat(transport.sent()).isEmpty();
        access.answer();
        assertThat(received())
                .containsExactly(
                        "{'id':2,'subscribe':{}}", "{'id':3,'presence_stats':{'num_clients':1,'num_users':1}}");
    }

    @Test
    void one_message_subscribes_to_all_channels() {
        Client client = connected();
        send(client, commands(128, i -> "{'subscribe':{'channel':'c" + i + "'},'id':" + (i + 2) + "}"));
        assertThat(received()).hasSize(128).allMatch(line -> line.contains("'subscribe':{}"));
    }

    private static String[] commands(int count, IntFunction<String> command) {
        return IntStream.range(0, count).mapToObj(command).toArray(String[]::new);
    }

    @Test
    void a_command_gets_a_temporary_error_when_the_engine_fails() {
        Client client = connected();
        engine.fail(new IllegalStateException("down, as the test wants it"));
        send(client, "{'publish':{'channel':'room','data':1},'id':2}", "{'subscribe':{'channel':'room'},'id':3}");
        engine.fail(null);
        send(client, "{'subscribe':{'channel':'room'},'id':4}");
        assertThat(received())
                .containsExactly(
                        "{'id':2,'error':{'code':100,'message':'internal server error','temporary':true}}",
                        "{'id':3,'error':{'code':100,'message':'internal server error','temporary':true}}",
                        "{'id':4,'subscribe':{}}");
    }

    @Test
    void bytes_that_are_not_json_are_refused_unless_the_rules_allow_them() {
        access.deny(Right.PUBLISH_BINARY);
        Client client = connected();
        send(client, "{'subscribe':{'channel':'room'},'id':2}");
        ScriptedTransport binary = ScriptedTransport.inline();
        Client publisher = hub.connect(binary, CentrifugeProtocol.protobuf(QUOTA, clock));
        publisher.receive(bytes(4, 0x08, 1, 0x22, 0)); // connect
        publisher.receive(publish(0xff));
        assertThat(transport.closes()).isEmpty();
        access.allowAll();
        publisher.receive(publish('5'));
        assertThat(received()).anyMatch(line -> line.contains("'data':5,"));
        publisher.receive(publish(0xff));
        assertThat(transport.closes()).containsExactly(Disconnect.INAPPROPRIATE_PROTOCOL);
        assertThat(publisher.isEnded()).isFalse();
    }

    /** Publishes one byte into the channel "room". */
    private static Frame publish(int data) {
        return bytes(13, 0x08, 2, 0x3a, 9, 0x0a, 4, 'r', 'o', 'o', 'm', 0x12, 1, data);
    }

    private static Frame bytes(int... values) {
        byte[] bytes = new byte[values.length];
        IntStream.range(0, values.length).forEach(i -> bytes[i] = (byte) values[i]);
        return Frame.binary(bytes);
    }

    @Test
    void recovery_fails_and_the_client_stays_when_escapes_make_the_history_larger_than_the_outbox() {
        access.with("loud", new Identity("loud", null, 0, Map.of("room", SubscribeGrant.PLAIN)));
        Client raw = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        for (int i = 0; i < 8; i++) {
            raw.receive(Frame.text("\u0001".repeat(50_000)));
        }
        Client client = connected();
        send(client, "{'subscribe':{'channel':'room','recoverable':true,'recover':true},'id':2}");
        assertThat(received())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("'offset':8,'was_recovering':true}")
                        .doesNotContain("'recovered'"));
        send(client, "{'history':{'channel':'room','limit':100},'id':3}");
        assertThat(received())
                .last()
                .satisfies(line -> assertThat(line)
                        .as("a page of two, and the top")
                        .contains("'offset':2}]", "'offset':8}")
                        .doesNotContain("'offset':3}"));
        send(client, "{'history':{'channel':'room','limit':2},'id':4}");
        assertThat(received()).last().satisfies(line -> assertThat(line).startsWith("{'id':4,'history'"));

        ScriptedTransport other = ScriptedTransport.inline();
        Client named = hub.connect(other, CentrifugeProtocol.json(QUOTA, clock));
        send(named, "{'connect':{'token':'loud','subs':{'room':{'recover':true}}},'id':1}");
        assertThat(other.sent())
                .singleElement()
                .satisfies(line ->
                        assertThat(line).contains("\"was_recovering\":true").doesNotContain("\"recovered\""));
        raw.receive(Frame.text("5"));
        assertThat(received()).last().satisfies(line -> assertThat(line).contains("'data':5,"));
        assertThat(received(other)).last().satisfies(line -> assertThat(line).contains("'data':5,"));
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void large_replies_wait_until_the_replies_before_have_left() {
        ScriptedTransport slow = ScriptedTransport.late();
        Client client = connect(slow);
        slow.complete();
        Client raw = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        IntStream.range(0, 8).forEach(i -> raw.receive(Frame.text("x".repeat(50_000))));
        for (int i = 0; i < 20; i++) {
            send(client, "{'history':{'channel':'room','limit':100},'id':" + (i + 2) + "}");
        }
        send(client, "{}"); // a pong does not wait
        send(client, "{'ping':{},'id':99}");
        while (received(slow).stream().noneMatch(line -> line.startsWith("{'id':99"))) {
            slow.complete();
        }
        assertThat(received(slow))
                .filteredOn(line -> line.contains("'history'"))
                .hasSize(20);
        assertThat(received(slow)).last().isEqualTo("{'id':99,'ping':{}}");
        assertThat(slow.closes()).isEmpty();
    }

    @Test
    void a_json_client_subscribes_without_recovery_when_the_history_has_bytes() {
        Client raw = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        raw.receive(Frame.text("1"));
        raw.receive(bytes(0xff));
        raw.receive(Frame.text("3"));
        Client client = connected();
        send(client, "{'subscribe':{'channel':'room','recover':true,'recoverable':true},'id':2}");
        send(client, "{'history':{'channel':'room','limit':9},'id':3}");
        assertThat(received().get(0)).contains("'offset':3,'was_recovering':true}");
        assertThat(received().get(1)).contains("'data':1,", "'data':3,").doesNotContain("'offset':2");
        access.with("ann", new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN)));
        ScriptedTransport other = ScriptedTransport.inline();
        send(
                hub.connect(other, CentrifugeProtocol.json(QUOTA, clock)),
                "{'connect':{'token':'ann','subs':{'room':{'recover':true}}},'id':1}");
        assertThat(other.sent())
                .singleElement()
                .satisfies(line ->
                        assertThat(line).contains("\"was_recovering\":true").doesNotContain("\"recovered\""));
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_connect_is_refused_when_a_position_is_out_of_range() {
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{'subs':{'room':{'recover':true,'offset':-5}}},'id':1}");
        assertThat(received()).containsExactly("{'id':1,'error':{'code':107,'message':'bad request'}}");
    }

    @Test
    void a_subscribe_with_the_flag_is_an_error_when_the_history_is_too_large() {
        Client raw = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        IntStream.range(0, 8).forEach(i -> raw.receive(Frame.text("\u0001".repeat(50_000))));
        Client client = connected();
        send(client, "{'subscribe':{'channel':'room','recover':true,'flag':3},'id':2}");
        send(client, "{'subscribe':{'channel':'room'},'id':3}");
        assertThat(received())
                .containsExactly(
                        "{'id':2,'error':{'code':112,'message':'unrecoverable position'}}", "{'id':3,'subscribe':{}}");
    }

    @Test
    void a_client_gets_a_push_for_each_act_of_the_server() {
        Client client = connected();
        client.message(Payload.json("{'hello':1}".replace('\'', '"')));
        client.extend(600, null);
        client.subscribe("room", new SubscribeGrant(null, "[1]", 0), null);
        client.unsubscribe("room", Unsubscribe.SERVER);
        client.unsubscribe("room", Unsubscribe.SERVER);
        List<String> pushes = received();
        String subscribe =
                pushes.stream().filter(line -> line.contains("'subscribe'")).collect(Collectors.joining());
        assertThat(subscribe).contains("'channel':'room'", "'recoverable':true", "'positioned':true", "'data':[1]");
        assertThat(pushes)
                .containsExactly(
                        "{'push':{'message':{'data':{'hello':1}}}}",
                        "{'push':{'refresh':{'expires':true,'ttl':600}}}",
                        subscribe,
                        "{'push':{'channel':'room','unsubscribe':{'code':2000,'reason':'server unsubscribe'}}}");
    }

    @Test
    void a_command_waits_for_a_subscribe_an_unsubscribe_and_a_refresh() {
        access.with("ann", new Identity("ann", null, 60, Map.of()));
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{'token':'ann'},'id':1}", "{'subscribe':{'channel':'room'},'id':2}");
        engine.fallBehind();
        send(client, "{'unsubscribe':{'channel':'room'},'id':3}", "{'subscribe':{'channel':'room'},'id':4}");
        assertThat(received()).containsExactly("{'id':2,'subscribe':{}}");
        engine.catchUp();
        assertThat(received()).endsWith("{'id':3,'unsubscribe':{}}", "{'id':4,'subscribe':{}}");

        access.answerLater();
        send(client, "{'refresh':{'token':'ann'},'id':5}", "{'ping':{},'id':6}");
        assertThat(received()).hasSize(3);
        access.answer();
        assertThat(received()).hasSize(5).endsWith("{'id':6,'ping':{}}");
    }

    @Test
    void commands_are_ignored_when_the_connect_was_refused() {
        access.with("ann", new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN)));
        engine.fail(new IllegalStateException("down, as the test wants it"));
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{'token':'ann'},'id':1}", "{'subscribe':{'channel':'plain'},'id':2}");
        engine.fail(null);
        send(client, "{'subscribe':{'channel':'plain'},'id':3}", "{'connect':{},'id':4}");
        assertThat(received())
                .containsExactly("{'id':1,'error':{'code':100,'message':'internal server error','temporary':true}}");
        assertThat(hub.channelCount()).isZero();
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_subscribe_with_the_flag_is_an_error_when_it_cannot_recover() {
        Client client = connected();
        String recover = "'channel':'room','recoverable':true,'recover':true,'epoch':'other','offset':7";
        send(client, "{'subscribe':{" + recover + ",'flag':2},'id':2}");
        assertThat(received()).containsExactly("{'id':2,'error':{'code':112,'message':'unrecoverable position'}}");
        send(client, "{'subscribe':{" + recover + ",'flag':1},'id':3}");
        assertThat(received()).last().asString().contains("'was_recovering':true");
    }

    @Test
    void bytes_get_error_103_when_the_client_has_no_right_to_publish() {
        access.deny(Right.PUBLISH);
        access.deny(Right.PUBLISH_BINARY);
        List<String> answers = new ArrayList<>();
        ScriptedTransport binary = ScriptedTransport.scripted((frame, completion) -> {
            if (frame instanceof Frame.Binary answer) {
                answers.add(StandardCharsets.ISO_8859_1
                        .decode(answer.bytes().duplicate())
                        .toString());
            }
            completion.completed(null);
        });
        Client publisher = hub.connect(binary, CentrifugeProtocol.protobuf(QUOTA, clock));
        publisher.receive(bytes(4, 0x08, 1, 0x22, 0)); // connect
        publisher.receive(publish(0xff));
        assertThat(answers).last().asString().contains("permission denied");
    }
}
