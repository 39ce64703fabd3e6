package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedApplication;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Connects clients to a hub whose application a test scripts. */
class ApplicationSetup {

    static final Quota QUOTA = new Quota(1000, 500, 100, 65_536);
    static final ConnectGrant ANN = ConnectGrant.once(new Identity("ann", null, 0, Map.of()), "{\"hi\":1}");

    final ScriptedApplication application = new ScriptedApplication();
    final OpenAccess access = new OpenAccess()
            .with("asked", ChannelOptions.PLAIN.asking(Set.of(Question.SUBSCRIBE, Question.PUBLISH)))
            .with("moderated", ChannelOptions.PLAIN.asking(Set.of(Question.PUBLISH)));
    final Hub hub = new Hub(Nodes.simple(access, application));
    final ScriptedTransport transport = ScriptedTransport.inline();

    Client json(ScriptedTransport through) {
        return hub.connect(through, CentrifugeProtocol.json(QUOTA, System::nanoTime));
    }

    Client raw(String channel, ScriptedTransport through) {
        return hub.connect(through, new RawProtocol(channel, Map.of(), null));
    }

    static void send(Client client, String... commands) {
        client.receive(Frame.text(String.join("\n", commands).replace('\'', '"')));
    }

    static List<String> received(ScriptedTransport through) {
        return through.sent().stream()
                .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                .map(line -> line.replace('"', '\''))
                .toList();
    }

    Client connected() {
        Client client = json(transport);
        send(client, "{'connect':{},'id':1}");
        application.answer(ANN);
        return client;
    }

    /** Returns the calls of the application after the first. */
    List<String> answers() {
        return received(transport).stream().skip(1).toList();
    }

    List<String> asked() {
        return application.heard().stream().skip(1).toList();
    }
}
