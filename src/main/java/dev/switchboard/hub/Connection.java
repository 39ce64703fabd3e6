package dev.switchboard.hub;

import dev.switchboard.limits.Admission;
import dev.switchboard.limits.Calls;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Denial;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.LogLine;
import dev.switchboard.model.Payload;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Transport;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Connection is the part of a {@link Client} that the transport sees: it receives messages, sends
 * frames and ends. The other part has the verbs of the protocol.
 */
abstract sealed class Connection implements Recipient permits Client {

    private static final System.Logger LOG = System.getLogger(Client.class.getName());

    private final String id = UUID.randomUUID().toString();
    final Hub hub;
    final Node node;
    final Transport transport;
    final Admission.Place place;
    final Protocol protocol;
    final Encoding encoding;
    final Heartbeat heartbeat;
    private final Outbox outbox;
    final Footprint footprint;
    private final long since;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** The error by which the connect command was refused; null if it was not. */
    private volatile @Nullable ClientError refusal;

    /** When the message that is arriving must be complete; null if none is arriving. */
    private volatile @Nullable Deadline messageDeadline;

    Connection(Hub hub, Node node, Transport transport, Protocol protocol) {
        this.hub = hub;
        this.node = node;
        this.transport = transport;
        this.since = node.nanoTime().getAsLong();
        Admission.Place taken = transport.place();
        this.place = taken == null ? node.admission().enter(transport.peer()) : taken;
        this.protocol = protocol;
        this.encoding = protocol.encoding();
        this.footprint = new Footprint(id, transport, node.witness());
        this.outbox = new Outbox(transport, encoding, node, this::writeFailed);
        this.heartbeat = encoding.ping() instanceof Frame.Ping
                ? new IdleHeartbeat(outbox, node)
                : new PeriodicHeartbeat(this::ping, node);
    }

    /** Gives a whole message to the protocol. */
    abstract void handle(Frame message);

    /** Ends the parts of the client, once; {@code reason} may be empty. */
    abstract void ended(int code, String reason);

    /** Returns the user, or an empty text. */
    abstract String user();

    /** Returns the channels of the client, the first one first. */
    abstract List<String> channels();

    public final String id() {
        return id;
    }

    final Encoding encoding() {
        return encoding;
    }

    /** Limits what the kernel buffers for this client. */
    final void limitBuffering() {
        transport.limitBuffering();
    }

    public final boolean isEnded() {
        return ended.get();
    }

    @Override
    public final Outbox outbox() {
        return outbox;
    }

    // What the transport brings.

    /** Notes that bytes came from the other side: a part of a message, or a pong. */
    public final void received() {
        heartbeat.received();
    }

    /**
     * Notes a part of a message that is not the last; the transport holds {@code held} bytes of it.
     */
    public final void receiving(int held) {
        if (messageDeadline == null) {
            messageDeadline = Deadline.in(node.limits().messageTime(), node.uptime(), Disconnect.SLOW);
        }
        outbox.arrived(held);
        hub.relieve();
    }

    /** Gives a whole message to the protocol. */
    public final void receive(Frame frame) {
        if (messageDeadline != null) {
            messageDeadline = null;
            outbox.arrived(0);
        }
        if (!isEnded()) {
            footprint.received(frame.size());
            serve(() -> handle(frame));
        }
    }

    /**
     * Runs the task. If the protocol can join frames, those that the task sends leave together. If
     * the task throws, the client fails.
     */
    public final void serve(Runnable task) {
        boolean writer = encoding.batchSize() > 1 && outbox.claim();
        try {
            task.run();
        } catch (Throwable failure) {
            failed(failure);
        }
        if (writer) {
            outbox.write();
        }
    }

    /**
     * Runs the task as {@link #serve} does, on a thread that all clients share, after the tasks
     * that wait.
     */
    public final void serveLater(Runnable task) {
        node.writers().execute(() -> serve(task));
    }

    /**
     * Disconnects the client: by the failure itself if that is a {@link Disconnect}, else as after
     * an error of the relay. Nothing is thrown to the container, because containers treat
     * exceptions differently.
     */
    @Override
    public final void failed(Throwable failure) {
        if (failure instanceof Disconnect reason) {
            disconnect(reason);
            return;
        }
        node.journal().execute(() -> LOG.log(System.Logger.Level.ERROR, "client=" + id + ": internal error", failure));
        node.counters().internalErrors().count("client");
        disconnect(Disconnect.INTERNAL_ERROR);
    }

    /**
     * Counts and logs that a command of the client is refused. The name of the command comes from
     * the relay; the channel may be empty.
     */
    public final void refused(String command, String channel, Denial why) {
        if (why instanceof ClientError error) {
            node.counters().errors().count(error.label());
        }
        footprint.refused(channel, why);
        node.events()
                .refused(
                        LOG,
                        command + " " + why.code() + " " + why.why().kind(),
                        () -> line(command + " refused:")
                                .text(
                                        "channel",
                                        channel.isEmpty()
                                                ? Objects.requireNonNullElse(protocol.channel(), "")
                                                : channel)
                                .denial(why));
    }

    /** Logs that the client is not let in. If the client then leaves, that is the reason. */
    public final void connectRefused(ClientError error) {
        refusal = error;
        refused("connect", "", error);
    }

    private void writeFailed(Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "client=" + id + ": write failed", failure);
        disconnect(Disconnect.WRITE_ERROR);
    }

    // What the client is sent.

    /** Sends a frame to this client alone, after all that waits. */
    public final void send(Frame frame) {
        Dispatch dispatch = hub.dispatch();
        dispatch.offer(this, frame);
        dispatch.run();
    }

    /** Sends data to this client alone, if its protocol can carry them. */
    public final void message(Payload data) {
        Frame frame = encoding.message(data);
        if (frame != null) {
            send(frame);
        }
    }

    /**
     * Sends an answer as {@link #send} does.
     *
     * @throws ClientError {@link ClientError#LIMIT_EXCEEDED} if it does not fit
     */
    public final void answer(Frame frame) {
        if (!fits(frame)) {
            throw ClientError.LIMIT_EXCEEDED.because(
                    "the answer is larger than three quarters of switchboard.outbox.bytes");
        }
        send(frame);
    }

    /** Returns false for an answer that is larger than the limit of answers. */
    public final boolean fits(Frame answer) {
        return answer.size() <= node.limits().answerBytes();
    }

    /** Completes when an answer has room, however large it is. */
    public final CompletionStage<?> room() {
        return outbox.room();
    }

    /** Charges the client with bytes of messages that wait for their turn; memory only. */
    public final void sentAhead(int waiting) {
        outbox.sentAhead(waiting);
    }

    final Hub.Kind kind() {
        return new Hub.Kind(transport.name(), encoding.name());
    }

    /** Returns what counts the commands of all clients. */
    public final Calls commands() {
        return node.counters().commands();
    }

    /** Returns true if nothing waits for the client. */
    final boolean hasRead() {
        return outbox.isIdle() || isEnded();
    }

    private void ping() {
        Frame ping = encoding.ping();
        if (outbox.offerFirst(ping) == Outbox.Offer.READY) {
            outbox.write(ping, node.uptime().getAsLong());
        }
    }

    /** Notes that the client answered a ping in the words of its protocol. */
    public final void pong() {
        heartbeat.answered();
    }

    // The end of the client.

    /** Ends the connection. Drops the frames that wait; another thread closes the transport. */
    @Override
    public final void disconnect(Disconnect reason) {
        if (end(reason)) {
            node.background().execute(() -> close(reason));
        }
    }

    /**
     * Ends the connection as {@link #disconnect} does, but closes the transport before it returns,
     * so that the client gets no answer to later messages. May block for a moment. Only the thread
     * that brings the client's messages may call this.
     */
    public final void disconnectNow(Disconnect reason) {
        if (end(reason)) {
            close(reason);
        }
    }

    private void close(Disconnect reason) {
        transport.close(reason, reason.isSilent() ? null : encoding.disconnect(reason));
    }

    /** Sends no more frames, and disconnects the client when those that wait are written. */
    public final void finish(Disconnect reason) {
        outbox.finish().thenRun(() -> disconnect(reason));
    }

    /**
     * Notes that the other side or the container has ended the connection; {@code reason} may be
     * empty.
     */
    public final void closed(int code, String reason) {
        ClientError refused = refusal;
        end(refused == null ? code : refused.code(), refused == null ? reason : refused.text(), "client");
    }

    private boolean end(Disconnect reason) {
        if (!reason.why().text().isEmpty() && !isEnded()) {
            refused("connection", "", reason);
        }
        return end(reason.code(), reason.reason(), reason.label());
    }

    /**
     * Returns true for the one call that ended the client; {@code counted} is the label of its
     * metric.
     */
    private boolean end(int code, String reason, String counted) {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        List<String> channels = channels(); // before the client leaves them
        ended(code, reason);
        place.leave();
        footprint.ended(code, reason);
        node.counters().disconnects().count(counted);
        long nanos = node.nanoTime().getAsLong() - since;
        node.events()
                .info(
                        LOG,
                        () -> line("disconnect", channels)
                                .seconds("seconds", nanos)
                                .number("messages", outbox.framesSent())
                                .number("bytes", outbox.bytesSent())
                                .number("code", code)
                                .always("reason", reason));
        return true;
    }

    /** Logs that the client is let in. */
    final void logConnect() {
        List<String> channels = channels();
        footprint.connected(user());
        node.events().info(LOG, () -> line("connect", channels));
    }

    private LogLine line(String event, List<String> channels) {
        return line(event)
                .word("transport", transport.name())
                .word("protocol", encoding.name())
                .number("channels", channels.size())
                .text("channel", channels.isEmpty() ? "" : channels.get(0));
    }

    /** Returns a line of the log with the client's part. */
    private LogLine line(String event) {
        return new LogLine(event)
                .word("client", id)
                .word("address", transport.peer().address())
                .text("user", user());
    }

    /**
     * Returns the reason to disconnect a client that does not read or does not answer pings, or
     * null.
     */
    final @Nullable Disconnect unresponsive() {
        Disconnect slow = outbox.overdue();
        return slow == null && heartbeat.isGone() ? Disconnect.NO_PONG : slow;
    }

    /**
     * Returns the reason to disconnect a client whose message takes too long to arrive, or null.
     */
    final @Nullable Disconnect incomplete() {
        Deadline message = messageDeadline;
        return message != null && message.isOver() ? message.reason() : null;
    }
}
