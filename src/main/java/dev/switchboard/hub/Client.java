package dev.switchboard.hub;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * One connection, and every verb it may use.
 *
 * <p>It ends exactly once, whoever comes first: {@link #disconnect} from our side or {@link #closed} from the other. After that every verb is
 * accepted and does nothing. All methods may be called from any thread and none of them blocks.
 */
public final class Client {

    private static final System.Logger LOG = System.getLogger(Client.class.getName());

    private final String id = UUID.randomUUID().toString();
    private final Hub hub;
    private final Node node;
    private final Transport transport;
    private final Protocol protocol;
    private final Outbox outbox;
    private final Pulse pulse;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>(); // guarded by this
    private volatile boolean ended; // written under this

    Client(Hub hub, Node node, Transport transport, Protocol protocol) {
        this.hub = hub;
        this.node = node;
        this.transport = transport;
        this.protocol = protocol;
        this.outbox = new Outbox(transport, node, this::writeFailed);
        this.pulse = new Pulse(outbox, node);
    }

    public String id() {
        return id;
    }

    Outbox outbox() {
        return outbox;
    }

    /** The transport opened. */
    void open() {
        try {
            protocol.open(this);
        } catch (Throwable failure) {
            failed(failure);
        }
    }

    /** The transport heard from the other side: a part of a message, or a pong. */
    public void heard() {
        pulse.heard();
    }

    /** The transport brought a whole message. */
    public void receive(Frame frame) {
        if (ended) {
            return;
        }
        try {
            protocol.receive(this, frame);
        } catch (Throwable failure) {
            failed(failure);
        }
    }

    /** Something of ours broke while it served this client. Containers disagree on what an exception does to a session, so none gets there. */
    public void failed(Throwable failure) {
        LOG.log(System.Logger.Level.ERROR, "client=" + id + ": internal error", failure);
        disconnect(Disconnect.INTERNAL_ERROR);
    }

    /** Hears the channel from now on; a second call for the same channel changes nothing. */
    public synchronized void subscribe(String channel, Echo echo) {
        if (ended || subscriptions.containsKey(channel)) {
            return;
        }
        Subscription subscription = new Subscription(this, echo);
        subscriptions.put(channel, subscription);
        hub.join(channel, subscription);
    }

    public void publish(String channel, Frame data) {
        if (!ended) {
            hub.publish(channel, new Publication(Payload.opaque(data), new ClientInfo(id, "", null, null), null));
        }
    }

    /** Sends to this client alone, after all that waits for it already. */
    public void send(Frame frame) {
        Dispatch dispatch = new Dispatch();
        dispatch.offer(this, frame);
        dispatch.run();
    }

    /** Ends the connection from our side: what waits is dropped, the close itself happens in the background. */
    public void disconnect(Disconnect why) {
        if (end(why.code(), why.reason())) {
            node.background().execute(() -> transport.close(why));
        }
    }

    /** The connection has ended from the other side or through the container, with this code and this reason, which may be empty. */
    public void closed(int code, String reason) {
        end(code, reason);
    }

    /** True for the one call that ended the client. */
    private boolean end(int code, String reason) {
        synchronized (this) {
            if (ended) {
                return false;
            }
            ended = true;
            subscriptions.forEach(hub::leave);
            subscriptions.clear();
        }
        outbox.close();
        hub.remove(this);
        node.background()
                .execute(() -> LOG.log(
                        System.Logger.Level.INFO,
                        () -> "disconnect " + describe() + " code=" + code + " reason=" + LogText.quote(reason)));
        return true;
    }

    void logConnect() {
        LOG.log(System.Logger.Level.INFO, () -> "connect " + describe());
    }

    private String describe() {
        String channel = protocol.channel();
        return "client=" + id + (channel == null ? "" : " channel=" + LogText.quote(channel));
    }

    /** Called by the watchdog: ends a client that moves nothing, and asks one that says nothing whether it is there. */
    void check() {
        Disconnect overdue = outbox.overdue();
        if (overdue != null) {
            disconnect(overdue);
        } else if (pulse.isGone()) {
            disconnect(Disconnect.NO_PONG);
        } else if (pulse.isTooQuiet()) {
            node.background().execute(pulse::ask);
        }
    }

    private void writeFailed(Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "client=" + id + ": write failed", failure);
        disconnect(Disconnect.WRITE_ERROR);
    }
}
