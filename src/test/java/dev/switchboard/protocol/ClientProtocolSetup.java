package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.util.Arrays;
import java.util.List;

/** Connects clients of the client protocol to a hub that a test controls. */
class ClientProtocolSetup {

    static final Quota QUOTA = new Quota(1000, 500, 100, 65_536);

    final FakeClock clock = new FakeClock();
    final FaultyEngine engine = new FaultyEngine(Nodes.memory(clock));
    final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    final Hub hub = new Hub(Nodes.of(Nodes.limits(1_000_000), engine, access, clock, Runnable::run, Runnable::run));
    final ScriptedTransport transport = ScriptedTransport.inline();

    Client connect(ScriptedTransport through) {
        Client client = hub.connect(through, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        return client;
    }

    Client connected() {
        return connect(transport);
    }

    static void send(Client client, String... commands) {
        client.receive(Frame.text(String.join("\n", commands).replace('\'', '"')));
    }

    /** The replies and pushes after the answer to the connect. */
    static List<String> received(ScriptedTransport through) {
        return through.sent().stream()
                .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                .filter(line -> !line.contains("\"connect\""))
                .map(line -> line.replace('"', '\''))
                .toList();
    }

    List<String> received() {
        return received(transport);
    }
}
