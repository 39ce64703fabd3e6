package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Checks how many commands a client may send, and how large they may be. */
class CommandLimitsTest extends ClientProtocolSetup {

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
    void a_send_ends_the_client_without_a_reply_even_beyond_the_rate_limit() {
        Client client = connected();
        IntStream.range(0, 2000).forEach(i -> send(client, "{'ping':{},'id':2}"));
        int answers = received().size();
        send(client, "{'send':{'data':1}}");
        assertThat(received()).hasSize(answers);
        assertThat(transport.closes()).containsExactly(Disconnect.NOT_AVAILABLE);
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
}
