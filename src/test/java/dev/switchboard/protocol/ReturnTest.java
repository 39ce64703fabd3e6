package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.spi.AccessPolicy.Right;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The channels to which a client comes back that names them in its connect, as libraries do for subscriptions of the server. */
class ReturnTest {

    private static final Quota QUOTA = new Quota(1000, 500, 100, 65_536);

    private final OpenAccess access = new OpenAccess()
            .with("room", OpenAccess.EVERYTHING)
            .with("asked", ChannelOptions.PLAIN.asking(Set.of(Question.SUBSCRIBE)))
            .with("ann", new Identity("ann", null, 0, Map.of("own", SubscribeGrant.PLAIN)));
    private final Hub hub = new Hub(Nodes.simple(access));

    private String connect(ScriptedTransport through, String subs) {
        return connect(through, "ann", subs);
    }

    private String connect(ScriptedTransport through, String token, String subs) {
        Client client = hub.connect(through, CentrifugeProtocol.json(QUOTA, System::nanoTime));
        client.receive(
                Frame.text(("{'connect':{'token':'" + token + "','subs':{" + subs + "}},'id':1}").replace('\'', '"')));
        return through.sent().get(0).replace('"', '\'');
    }

    private String connect(String subs) {
        return connect(ScriptedTransport.inline(), subs);
    }

    @Test
    void a_client_comes_back_to_a_channel_in_which_the_server_put_it() {
        ScriptedTransport transport = ScriptedTransport.inline();
        assertThat(connect(transport, "'plain':{},'room':{}"))
                .contains("'own':{}", "'plain':{}", "'room':{'recoverable':true,'positioned':true");
        new ServerOperations(hub)
                .publish("plain", new Publication(Payload.json("1"), null, null))
                .toCompletableFuture()
                .join();
        assertThat(transport.sent()).last().asString().contains("\"data\":1");
    }

    @Test
    void it_recovers_there() {
        new ServerOperations(hub)
                .publish("room", new Publication(Payload.json("7"), null, null))
                .toCompletableFuture()
                .join();
        assertThat(connect("'room':{'recover':true}"))
                .contains("'room':{'recoverable':true", "'publications':[{'data':7,'offset':1}]", "'recovered':true");
    }

    @Test
    void it_does_not_come_back_where_it_needs_a_token_or_the_word_of_the_application_or_where_no_channel_can_be() {
        assertThat(connect("'asked':{},'':{},'a\\u0000':{}")).contains("'subs':{'own':{}}");
        access.refuse(ClientError.PERMISSION_DENIED);
        assertThat(connect("'plain':{}")).contains("'subs':{'own':{}}");
    }

    @Test
    void it_comes_back_to_no_more_channels_than_it_may_have() {
        String subs = IntStream.range(0, 200).mapToObj(i -> "'c" + i + "':{}").collect(Collectors.joining(","));
        assertThat(connect(subs)).matches(answer -> answer.split("'(c\\d+|own)':\\{}", -1).length == 129);
    }

    @Test
    void channels_of_its_token_among_those_that_it_names_take_no_room_twice() {
        Map<String, SubscribeGrant> own =
                IntStream.range(0, 50).boxed().collect(Collectors.toMap(i -> "t" + i, i -> SubscribeGrant.PLAIN));
        access.with("many", new Identity("ann", null, 0, own));
        String subs = IntStream.range(0, 50).mapToObj(i -> "'t" + i + "':{}").collect(Collectors.joining(",")) + ","
                + IntStream.range(0, 78).mapToObj(i -> "'c" + i + "':{}").collect(Collectors.joining(","));
        assertThat(connect(ScriptedTransport.inline(), "many", subs))
                .matches(answer -> answer.split("'[ct]\\d+':\\{}", -1).length == 129);
    }

    @Test
    void a_client_without_a_name_comes_back_as_well() {
        access.deny(Right.HISTORY);
        assertThat(connect(ScriptedTransport.inline(), "", "'plain':{}")).contains("'subs':{'plain':{}}");
    }
}
