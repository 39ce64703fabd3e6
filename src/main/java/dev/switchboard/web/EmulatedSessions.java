package dev.switchboard.web;

import dev.switchboard.Settings;
import dev.switchboard.hub.Client;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.EmulatedMessage;
import dev.switchboard.protocol.Emulation;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Cluster.Delivery;
import dev.switchboard.spi.Cluster.Message;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * EmulatedSessions keeps the clients without WebSocket of this node, and gives messages to them and
 * to those of other nodes. Any thread; nothing blocks.
 */
final class EmulatedSessions {

    private static final SecureRandom RANDOM = new SecureRandom();

    /** The number of random bytes in the id of a session. */
    private static final int SESSION_BYTES = 16;

    /**
     * Session is a client without WebSocket.
     *
     * @param login the user whose requests may send its commands; empty for requests without a login
     */
    private record Session(Client client, String login) {}

    private final int commandBytes;
    private final int messageBytes;
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private volatile String node = "";
    private volatile Cluster cluster = Cluster.ALONE;

    EmulatedSessions(Settings settings) {
        commandBytes = settings.commandBytes();
        messageBytes = settings.messageBytes();
    }

    /** Begins as that node of the cluster; called before all other methods. */
    void start(String newNode, Cluster newCluster) {
        node = newNode;
        cluster = newCluster;
        newCluster.receive(this::take);
    }

    /** Returns the name of a new session; {@link #add} follows. */
    Emulation next() {
        byte[] bytes = new byte[SESSION_BYTES];
        RANDOM.nextBytes(bytes);
        return new Emulation(HexFormat.of().formatHex(bytes), node);
    }

    void add(Emulation emulation, Client client, String login) {
        sessions.put(emulation.session(), new Session(client, login));
    }

    /** Forgets the sessions that have ended. */
    void sweep() {
        sessions.values().removeIf(session -> session.client.isEnded());
    }

    /**
     * Gives the message to the session that it names, on whatever node. If the stage fails, the
     * outcome is unknown. Messages to one session arrive in the order of the calls.
     *
     * @param login the user of the request; empty for none
     */
    CompletionStage<Delivery> deliver(EmulatedMessage sent, String login) {
        Message message = new Message(sent.emulation().session(), login, sent.message());
        String holder = sent.emulation().node();
        return holder.equals(node) ? CompletableFuture.completedStage(take(message)) : cluster.deliver(holder, message);
    }

    private Delivery take(Message message) {
        Session session = sessions.get(message.session());
        if (session == null || session.client.isEnded() || !session.login.equals(message.login())) {
            return Delivery.UNKNOWN;
        }
        Frame frame = message.frame();
        if (frame.size() > commandBytes || EmulatedMessage.isTooLarge(frame, messageBytes)) {
            return Delivery.TOO_LARGE;
        }
        session.client.received();
        session.client.receive(frame);
        return Delivery.TAKEN;
    }
}
