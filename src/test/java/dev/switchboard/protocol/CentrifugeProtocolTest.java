package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.spi.AccessPolicy.Right;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CentrifugeProtocolTest {

    private static final Quota QUOTA = new Quota(1000, 500, 100, 65_536);

    private final FakeClock clock = new FakeClock();
    private final FaultyEngine engine = new FaultyEngine(Nodes.memory(clock));
    private final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    private final Hub hub =
            new Hub(Nodes.of(Nodes.limits(1_000_000), engine, access, clock, Runnable::run, Runnable::run));
    private final ScriptedTransport transport = ScriptedTransport.inline();

    private Client connect(ScriptedTransport through) {
        Client client = hub.connect(through, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        return client;
    }

    private Client connected() {
        return connect(transport);
    }

    private static void send(Client client, String... commands) {
        client.receive(Frame.text(String.join("\n", commands).replace('\'', '"')));
    }

    /** The replies and pushes after the answer to the connect. */
    private static List<String> received(ScriptedTransport through) {
        return through.sent().stream()
                .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                .filter(line -> !line.contains("\"connect\""))
                .map(line -> line.replace('"', '\''))
                .toList();
    }

    private List<String> received() {
        return received(transport);
    }

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
    void a_client_is_ended_when_too_many_bytes_wait() {
        access.answerLater();
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        String large = "{'publish':{'channel':'room','data':'" + "x".repeat(60_000) + "'},'id':2}";
        for (int i = 0; i < 20 && !client.isEnded(); i++) {
            send(client, large);
        }
        assertThat(transport.closes()).containsExactly(Disconnect.TOO_MANY_REQUESTS);
        access.answer();
        assertThat(transport.sent()).isEmpty();
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
    void a_client_is_refused_beyond_its_channels_and_ended_beyond_its_errors() {
        Client client = connected();
        int sent = 0;
        while (!client.isEnded()) {
            send(client, "{'subscribe':{'channel':'c" + sent + "'},'id':" + (sent + 2) + "}");
            sent++;
        }
        assertThat(sent).isEqualTo(128 + 101);
        assertThat(received().get(128)).isEqualTo("{'id':130,'error':{'code':106,'message':'limit exceeded'}}");
        assertThat(transport.closes()).containsExactly(Disconnect.TOO_MANY_ERRORS);
    }

    @Test
    void errors_count_for_a_minute() {
        Client client = connected();
        for (int minute = 0; minute < 3; minute++) {
            for (int i = 0; i < 100; i++) {
                send(client, "{'rpc':{},'id':2}");
            }
            clock.advance(Duration.ofSeconds(61));
        }
        assertThat(received()).hasSize(300);
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_client_is_refused_when_it_sends_too_fast_and_ended_when_it_goes_on() {
        Client client = connected();
        for (int i = 0; i < 1999; i++) {
            send(client, "{'ping':{},'id':2}");
        }
        assertThat(received()).noneMatch(line -> line.contains("error"));
        send(client, "{'ping':{},'id':3}");
        send(client, "{'ping':{},'id':4}");
        assertThat(received()).endsWith("{'id':4,'error':{'code':111,'message':'too many requests','temporary':true}}");
        clock.advance(Duration.ofSeconds(1));
        send(client, "{'ping':{},'id':5}");
        assertThat(received()).endsWith("{'id':5,'ping':{}}");

        for (int tenth = 0; tenth < 110 && !client.isEnded(); tenth++) {
            for (int i = 0; i < 300 && !client.isEnded(); i++) {
                send(client, "{'ping':{},'id':6}");
            }
            clock.advance(Duration.ofMillis(100));
        }
        assertThat(transport.closes()).containsExactly(Disconnect.TOO_MANY_REQUESTS);
    }

    @Test
    void publications_have_a_rate_limit_of_their_own() {
        Client client = connected();
        for (int i = 0; i < 1001; i++) {
            send(client, "{'publish':{'channel':'plain','data':1},'id':2}");
        }
        assertThat(received().subList(0, 1000)).containsOnly("{'id':2,'publish':{}}");
        assertThat(received()).endsWith("{'id':2,'error':{'code':111,'message':'too many requests','temporary':true}}");
        send(client, "{'ping':{},'id':3}");
        assertThat(received()).endsWith("{'id':3,'ping':{}}");
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
    void a_ping_is_on_time_and_leaves_before_waiting_frames_when_the_connection_is_busy() {
        ScriptedTransport slow = ScriptedTransport.late();
        Client client = connect(slow);
        slow.complete();
        send(client, "{'subscribe':{'channel':'room'},'id':2}");
        send(client, "{'publish':{'channel':'room','data':1},'id':3}");
        clock.advance(Duration.ofSeconds(9));
        slow.complete(); // the reply to subscribe; the publication is being written
        send(client, "{'publish':{'channel':'room','data':2},'id':4}");
        clock.advance(Duration.ofSeconds(9));
        slow.complete();
        send(client, "{'publish':{'channel':'room','data':3},'id':5}");
        clock.advance(Duration.ofSeconds(8)); // the first ping is due after 25 s at the latest
        hub.check();
        slow.complete();
        assertThat(slow.sent().get(slow.sent().size() - 1)).startsWith("{}\n{\"push\"");
    }

    @Test
    void a_client_gets_pings_at_an_interval_and_is_ended_when_it_does_not_answer() {
        Client client = connected();
        int seconds = 0;
        while (received().isEmpty()) {
            second();
            seconds++;
        }
        assertThat(seconds).isBetween(12, 26);
        assertThat(received()).containsExactly("{}");
        send(client, "{}");
        IntStream.range(0, 24).forEach(i -> second());
        assertThat(received()).hasSize(1);
        second();
        assertThat(received()).containsExactly("{}", "{}");
        IntStream.range(0, 8).forEach(i -> {
            send(client, "{'ping':{},'id':2}"); // no pong
            second();
        });
        assertThat(transport.closes()).isEmpty();
        second();
        assertThat(transport.closes()).containsExactly(Disconnect.NO_PONG);
    }

    private void second() {
        clock.advance(Duration.ofSeconds(1));
        hub.check();
    }

    @Test
    void a_client_gets_no_ping_before_it_connects() {
        hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        IntStream.range(0, 10).forEach(i -> second());
        assertThat(transport.sent()).isEmpty();
        assertThat(transport.closes()).isEmpty();
        second();
        assertThat(transport.closes()).containsExactly(Disconnect.STALE);
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
    void every_member_of_a_command_counts_while_the_command_waits() {
        access.answerLater();
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        String large = "{'presence':{'channel':'" + "x".repeat(60_000) + "'},'id':2}";
        int sent = 0;
        while (!client.isEnded()) {
            send(client, large);
            sent++;
        }
        assertThat(sent).isLessThan(20);
        assertThat(transport.closes()).containsExactly(Disconnect.TOO_MANY_REQUESTS);
    }

    @Test
    void a_client_gets_an_error_for_each_expired_token_and_stays_connected() {
        Client client = connected();
        access.refuse(ClientError.TOKEN_EXPIRED);
        send(client, commands(128, i -> "{'subscribe':{'channel':'c" + i + "'},'id':" + (i + 2) + "}"));
        assertThat(received()).hasSize(128).allMatch(line -> line.contains("'code':109"));
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_connect_is_refused_when_a_position_is_out_of_range() {
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{'subs':{'room':{'recover':true,'offset':-5}}},'id':1}");
        assertThat(received()).containsExactly("{'id':1,'error':{'code':107,'message':'bad request'}}");
    }

    @Test
    void a_send_ends_the_client_without_a_reply_even_beyond_the_rate_limit() {
        Client client = connected();
        IntStream.range(0, 2000).forEach(i -> send(client, "{'ping':{},'id':2}"));
        int answers = received().size();
        send(client, "{'send':{'data':1}}");
        assertThat(received()).hasSize(answers);
        assertThat(transport.closes()).containsExactly(Disconnect.NOT_AVAILABLE);
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
    void clients_that_connect_together_get_their_pings_at_different_times() {
        List<ScriptedTransport> transports =
                IntStream.range(0, 20).mapToObj(i -> ScriptedTransport.inline()).toList();
        transports.forEach(this::connect);
        Set<Long> pinged = new HashSet<>();
        IntStream.range(0, 26).forEach(i -> {
            second();
            pinged.add(transports.stream()
                    .filter(through -> !received(through).isEmpty())
                    .count());
        });
        assertThat(pinged).hasSizeGreaterThan(2).contains(20L);
    }

    @Test
    void a_pong_without_a_ping_is_forgiven_after_a_pong_to_a_ping() {
        Client client = connected();
        for (int ping = 1; ping <= 3; ping++) {
            send(client, "{}"); // a pong without a ping
            while (received().size() < ping && !client.isEnded()) {
                second();
            }
            send(client, "{}");
        }
        assertThat(transport.closes()).isEmpty();
    }

    /** Returns a hub that sends a second ping before the time for a pong is over. */
    private Hub pinging() {
        Duration ten = Duration.ofSeconds(10);
        return new Hub(Nodes.of(
                new ClientLimits(ten, 1_000_000, ten, ten, Duration.ofSeconds(5), Duration.ofSeconds(8), ten, 128),
                engine,
                access,
                clock,
                Runnable::run,
                Runnable::run));
    }

    @Test
    void a_second_ping_does_not_extend_the_time_for_a_pong() {
        Hub pinging = pinging();
        Client client = pinging.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        for (int i = 0; i < 15; i++) {
            clock.advance(Duration.ofSeconds(1));
            pinging.check();
        }
        assertThat(transport.closes()).containsExactly(Disconnect.NO_PONG);
    }

    @Test
    void a_client_stays_when_its_pong_comes_after_a_second_ping_and_in_time() {
        Hub pinging = pinging();
        Client client = pinging.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        List<Integer> pings = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            clock.advance(Duration.ofSeconds(1));
            pinging.check();
            pings.add(received().size());
            if (i >= 6 && pings.get(i - 6) > (i == 6 ? 0 : pings.get(i - 7))) {
                send(client, "{}");
            }
        }
        send(client, "{}");
        send(client, "{}"); // two pings wait for a pong, or one does and the other pong is forgiven
        assertThat(received()).hasSizeGreaterThan(10);
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_pong_counts_at_once_when_a_command_before_is_slow() {
        Client client = connected();
        while (received().isEmpty()) {
            second();
        }
        engine.fallBehind();
        send(client, "{'subscribe':{'channel':'room'},'id':2}", "{}");
        IntStream.range(0, 10).forEach(i -> second());
        assertThat(transport.closes()).isEmpty();
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
    void a_message_may_be_larger_than_the_limit_of_one_command() {
        Client client = connected();
        send(
                client,
                commands(
                        128,
                        i -> "{'subscribe':{'channel':'c" + i + "','token':'" + "x".repeat(2_000) + "'},'id':" + (i + 2)
                                + "}"));
        assertThat(transport.closes()).isEmpty();
        assertThat(received())
                .hasSize(128)
                .allSatisfy(answer -> assertThat(answer).contains("'subscribe':{"));
    }

    @Test
    void a_message_is_dropped_and_ends_the_client_when_one_command_is_too_large() {
        for (String command : List.of(
                "{'subscribe':{'channel':'c','token':'" + "x".repeat(65_536) + "'},'id':3}",
                "{'publish':{'channel':'room','data':'" + "x".repeat(65_536) + "'},'id':3}",
                "{'publish':{'channel':'room','data':'" + "€".repeat(22_000) + "'},'id':3}")) {
            ScriptedTransport through = ScriptedTransport.inline();
            Client client = connect(through);
            send(client, "{'subscribe':{'channel':'room'},'id':2}", command);
            assertThat(through.closes()).containsExactly(Disconnect.MESSAGE_TOO_BIG);
            assertThat(received(through)).isEmpty();
            assertThat(hub.channelCount()).isZero();
        }
    }

    @Test
    void a_command_is_refused_alone_when_its_data_has_more_than_64_levels() {
        String deep = "[".repeat(65) + "]".repeat(65);
        String deepest = "[".repeat(10_000) + "]".repeat(10_000);
        send(
                connected(),
                "{'publish':{'data':" + deep + ",'channel':'room'},'id':2}",
                "{'subscribe':{'channel':'room','data':" + deepest + "},'id':3}",
                "{'rpc':{'method':'m','data':{'a':" + deep + "}},'id':4}",
                "{'publish':{'channel':'room','data':" + "[".repeat(64) + "]".repeat(64) + "},'id':5}");
        assertThat(received())
                .containsExactly(
                        "{'id':2,'error':{'code':107,'message':'bad request'}}",
                        "{'id':3,'error':{'code':107,'message':'bad request'}}",
                        "{'id':4,'error':{'code':107,'message':'bad request'}}",
                        "{'id':5,'publish':{}}");
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_connect_is_refused_when_its_data_has_more_than_64_levels() {
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{'data':" + "[".repeat(65) + "]".repeat(65) + "},'id':1}");
        assertThat(received()).containsExactly("{'id':1,'error':{'code':107,'message':'bad request'}}");
    }

    @Test
    void tokens_count_while_their_commands_wait() {
        access.answerLater();
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        String large = "{'subscribe':{'channel':'room','token':'" + "x".repeat(60_000) + "'},'id':2}";
        for (int i = 0; i < 20 && !client.isEnded(); i++) {
            send(client, large);
        }
        assertThat(transport.closes()).containsExactly(Disconnect.TOO_MANY_REQUESTS);
    }

    @Test
    void an_unsubscribe_succeeds_when_the_client_sends_too_fast() {
        Client client = connected();
        send(client, "{'subscribe':{'channel':'room'},'id':2}");
        for (int i = 0; i < 2000; i++) {
            send(client, "{'ping':{},'id':3}");
        }
        assertThat(received()).last().asString().contains("too many requests");
        send(client, "{'unsubscribe':{'channel':'room'},'id':4}");
        assertThat(received()).endsWith("{'id':4,'unsubscribe':{}}");
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
