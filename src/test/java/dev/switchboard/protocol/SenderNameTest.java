package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import switchboard.wire.Wire;

/** Checks that a sender gets no publication of its own, on any connection and from any history. */
class SenderNameTest {

    private final Hub hub = new Hub(Nodes.of(
            Nodes.limits(1_000_000),
            Nodes.memory(System::nanoTime),
            new OpenAccess().with("room", OpenAccess.EVERYTHING),
            System::nanoTime,
            Runnable::run,
            Runnable::run));

    /** A JSON client in the channel "room". */
    private final class Member {
        final ScriptedTransport transport = ScriptedTransport.inline();
        final Client client =
                hub.connect(transport, CentrifugeProtocol.json(new Quota(1000, 500, 100, 65_536), System::nanoTime));

        Member(String wishes) {
            send("{'connect':{},'id':1}");
            send("{'subscribe':{'channel':'room'" + wishes + "},'id':2}");
        }

        final void send(String command) {
            client.receive(Frame.text(command.replace('\'', '"')));
        }

        Member says(int number) {
            send("{'publish':{'channel':'room','data':" + number + "},'id':3}");
            return this;
        }

        List<String> heard() {
            return transport.sent().stream()
                    .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                    .filter(line -> line.contains("\"data\":"))
                    .toList();
        }
    }

    private static final String AS_TAB = ",'data':{'sender':'tab'}";

    @Test
    void a_publication_goes_to_all_clients_but_its_sender() {
        Member tab = new Member(AS_TAB);
        Member other = new Member("");
        tab.says(1);
        other.says(2);
        assertThat(tab.heard())
                .singleElement()
                .asString()
                .contains("\"data\":2")
                .doesNotContain("tab");
        assertThat(other.heard()).hasSize(2).noneMatch(line -> line.contains("tab"));
    }

    @Test
    void a_publication_does_not_go_to_another_connection_of_its_sender() {
        Member tab = new Member(AS_TAB);
        Member again = new Member(AS_TAB);
        tab.says(1);
        assertThat(again.heard()).isEmpty();
    }

    @Test
    void a_publication_does_not_go_to_its_sender_when_the_sender_recovers() {
        Member tab = new Member(AS_TAB + ",'recoverable':true").says(1);
        new Member("").says(2);
        tab.says(3);
        tab.client.closed(1006, "");
        Member again = new Member(AS_TAB + ",'recover':true,'recoverable':true");
        assertThat(again.heard())
                .singleElement()
                .asString()
                .contains("\"recovered\":true", "\"data\":2")
                .doesNotContain("\"data\":1", "\"data\":3");
        new Member("").says(4);
        assertThat(again.heard()).last().asString().contains("\"offset\":4");
    }

    @Test
    void a_raw_client_gives_its_sender_name_in_its_url() {
        Member tab = new Member(AS_TAB);
        ScriptedTransport raw = ScriptedTransport.inline();
        Map<String, List<String>> parameters = Map.of("sender", List.of("tab"), "history", List.of("9"));
        tab.says(1);
        new Member("").says(2);
        Client client = hub.connect(raw, new RawProtocol("room", parameters, null));
        client.receive(Frame.text("3"));
        tab.says(4);
        new Member("").says(5);
        assertThat(raw.sent()).containsExactly("2", "5");
        assertThat(tab.heard()).hasSize(2);
    }

    @Test
    void the_application_publishes_under_the_name_of_a_sender() {
        Member tab = new Member(AS_TAB);
        Member other = new Member("");
        new ServerOperations(hub).publish("room", Publication.ofServer(Payload.json("1"), Map.of(), "tab"));
        assertThat(tab.heard()).isEmpty();
        assertThat(other.heard()).hasSize(1);
    }

    @Test
    void a_protobuf_client_gives_its_sender_name_in_json() throws IOException {
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = hub.connect(
                transport, CentrifugeProtocol.protobuf(new Quota(1000, 500, 100, 65_536), System::nanoTime));
        ByteArrayOutputStream commands = new ByteArrayOutputStream();
        Wire.Command.newBuilder()
                .setId(1)
                .setConnect(Wire.ConnectRequest.getDefaultInstance())
                .build()
                .writeDelimitedTo(commands);
        Wire.Command.newBuilder()
                .setId(2)
                .setSubscribe(Wire.SubscribeRequest.newBuilder()
                        .setChannel("room")
                        .setData(ByteString.copyFromUtf8("{\"sender\":\"tab\"}")))
                .build()
                .writeDelimitedTo(commands);
        client.receive(Frame.binary(commands.toByteArray()));
        int before = transport.sent().size();
        new Member(AS_TAB).says(1);
        assertThat(transport.sent()).hasSize(before);
        new Member("").says(2);
        assertThat(transport.sent()).hasSize(before + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",'data':null", ",'data':[1]", ",'data':{'room':'a'}", ",'data':{'sender':''}"})
    void a_client_gets_its_own_publications_when_it_gives_no_sender_name(String data) {
        assertThat(new Member(data).says(1).heard()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "null", "{}"})
    void a_sender_that_is_not_a_string_has_no_effect(String sender) {
        assertThat(new Member(",'data':{'sender':" + sender + "}").says(1).heard())
                .hasSize(1);
    }

    @Test
    void a_sender_name_is_refused_and_the_client_stays_when_the_name_is_too_long() {
        Member member = new Member(",'data':{'sender':'" + "x".repeat(65) + "'}");
        assertThat(member.transport.sent()).last().asString().contains("\"code\":107");
        assertThat(member.client.isEnded()).isFalse();
    }
}
