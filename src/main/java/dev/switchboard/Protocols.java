package dev.switchboard;

import dev.switchboard.access.ChannelRules;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.Emulation;
import dev.switchboard.protocol.RawProtocol;
import dev.switchboard.spi.Transport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * Connects clients to the hub, each with its protocol and the limits of that protocol. Any thread.
 */
public final class Protocols {

    private final Settings settings;
    private final ChannelRules rules;
    private final Hub hub;

    Protocols(Settings settings, ChannelRules rules, Hub hub) {
        this.settings = settings;
        this.rules = rules;
        this.hub = hub;
    }

    /** Connects a raw client; {@code parameters} are those of the URL's query. */
    public Client connectRaw(Transport transport, String channel, Map<String, List<String>> parameters) {
        String greeting = rules.of(channel).greeting();
        return hub.connect(transport, new RawProtocol(channel, parameters, greeting, rawQuota()));
    }

    /**
     * Connects a raw client that reads an event stream; {@code lastEventId} is empty the first
     * time.
     */
    public Client connectEvents(
            Transport transport, String channel, Map<String, List<String>> parameters, String lastEventId) {
        String greeting = rules.of(channel).greeting();
        return hub.connect(transport, RawProtocol.events(channel, parameters, greeting, lastEventId));
    }

    /**
     * Publishes one raw message of a peer that has no connection. The refusals of
     * {@link RawProtocol#publish} are thrown, or the stage fails with them.
     */
    public CompletionStage<?> publishRaw(
            Peer from, String channel, Map<String, List<String>> parameters, Frame message) {
        return RawProtocol.publish(hub, from, channel, parameters, message);
    }

    private BooleanSupplier rawQuota() {
        if (settings.rawPublishes() == Settings.UNLIMITED) {
            return () -> true;
        }
        RateLimit limit = new RateLimit(settings.rawPublishes(), System.nanoTime());
        return () -> limit.take(System.nanoTime());
    }

    /** Connects a client that speaks the client protocol in JSON. */
    public Client connectJson(Transport transport) {
        return hub.connect(transport, json());
    }

    /**
     * As {@link #connectJson(Transport)}, for a client that sends each command in a request of its
     * own.
     */
    public Client connectJson(Transport transport, Emulation emulation) {
        return hub.connect(transport, json().emulated(emulation));
    }

    private CentrifugeProtocol json() {
        return CentrifugeProtocol.json(settings.quota(), System::nanoTime);
    }

    /** Connects a client that speaks the client protocol in Protobuf. */
    public Client connectProtobuf(Transport transport) {
        return hub.connect(transport, protobuf());
    }

    /**
     * As {@link #connectProtobuf(Transport)}, for a client that sends each command in a request of
     * its own.
     */
    public Client connectProtobuf(Transport transport, Emulation emulation) {
        return hub.connect(transport, protobuf().emulated(emulation));
    }

    private CentrifugeProtocol protobuf() {
        return CentrifugeProtocol.protobuf(settings.quota(), System::nanoTime);
    }
}
