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

/**
 * Checks to which channels a client returns that names them in its connect. Libraries name
 * server-side subscriptions.
 */
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
    void a_client_returns_to_a_channel_to_which_the_server_subscribed_it() {
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
    void a_client_that_returns_recovers() {
        new ServerOperations(hub)
                .publish("room", new Publication(Payload.json("7"), null, null))
                .toCompletableFuture()
                .join();
        assertThat(connect("'room':{'recover':true}"))
                .contains("'room':{'recoverable':true", "'publications':[{'data':7,'offset':1}]", "'recovered':true");
    }

    @Test
    void a_client_does_not_return_to_a_channel_that_needs_a_token_or_the_application_or_is_unknown() {
        assertThat(connect("'asked':{},'':{},'a\\u0000':{}")).contains("'subs':{'own':{}}");
        access.refuse(ClientError.PERMISSION_DENIED);
        assertThat(connect("'plain':{}")).contains("'subs':{'own':{}}");
    }

    @Test
    void a_client_returns_to_no_more_channels_than_its_limit() {
        String subs = IntStream.range(0, 200).mapToObj(i -> "'c" + i + "':{}").collect(Collectors.joining(","));
        assertThat(connect(subs)).matches(answer -> answer.split("'(c\\d+|own)':\\{}", -1).length == 129);
    }

    @Test
    void channels_count_once_when_the_token_and_the_client_name_them() {
        Map<String, SubscribeGrant> own =
                IntStream.range(0, 50).boxed().collect(Collectors.toMap(i -> "t" + i, i -> SubscribeGrant.PLAIN));
        access.with("many", new Identity("ann", null, 0, own));
        String subs = IntStream.range(0, 50).mapToObj(i -> "'t" + i + "':{}").collect(Collectors.joining(",")) + ","
                + IntStream.range(0, 78).mapToObj(i -> "'c" + i + "':{}").collect(Collectors.joining(","));
        assertThat(connect(ScriptedTransport.inline(), "many", subs))
                .matches(answer -> answer.split("'[ct]\\d+':\\{}", -1).length == 129);
    }

    @Test
    void an_anonymous_client_returns_too() {
        access.deny(Right.HISTORY);
        assertThat(connect(ScriptedTransport.inline(), "", "'plain':{}")).contains("'subs':{'plain':{}}");
    }
}
