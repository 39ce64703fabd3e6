package dev.switchboard.load;

import java.util.concurrent.TimeUnit;

/**
 * Sends from each sender to all clients.
 *
 * <p>With a rate, a sender sends when the next message is due. Without one, a sender sends when the
 * oldest message of its window has arrived at all clients.
 */
final class FanOutFlow implements Flow {

    /**
     * The most messages that a sender that is late sends before its receivers read again. With
     * more, the server would take the receivers for slow clients.
     */
    private static final int BURST = 8;

    private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Load load;
    private final Connections connections;
    private final Measurement measurement;
    private final Sender[] senders;
    private final boolean paced;
    private final int burst;

    /** Nanoseconds between two messages of a sender. */
    private final double interval;

    private final class Sender {
        private final MessageFrame frame;
        private final int number;

        /** The number of clients that have each message of the window. */
        private final int[] arrived = new int[load.window()];

        private int newest;

        /** All messages up to this one have arrived at all clients. */
        private int done;

        /** The last message before this phase. */
        private int old;

        private long due;

        Sender(int number) {
            this.number = number;
            frame = load.frame(load.clients() + number);
        }
    }

    FanOutFlow(Load load, Connections connections, Measurement measurement) {
        this.load = load;
        this.connections = connections;
        this.measurement = measurement;
        paced = load.rate() > 0;
        burst = paced ? BURST : load.window();
        interval = paced ? SECOND / load.rate() : 0;
        senders = new Sender[load.senders()];
        for (int i = 0; i < senders.length; i++) {
            senders[i] = new Sender(i);
        }
    }

    @Override
    public void begin() {
        for (Sender sender : senders) {
            sender.old = sender.newest;
            sender.due = connections.now() + (long) (interval * sender.number / senders.length);
        }
    }

    @Override
    public long sendDue() {
        long wait = Long.MAX_VALUE;
        for (Sender sender : senders) {
            Connection connection = connections.get(load.clients() + sender.number);
            for (int sent = 0; sent < burst && !connection.hasUnsent() && isDue(sender); sent++) {
                sender.newest++;
                sender.arrived[sender.newest % load.window()] = 0;
                connections.publish(
                        connection,
                        sender.frame,
                        sender.number,
                        sender.newest,
                        paced ? sender.due : System.nanoTime(),
                        connections.receivers());
                sender.due += (long) interval;
            }
            if (paced && !connection.hasUnsent()) {
                wait = Math.min(wait, sender.due - connections.now());
            }
        }
        return wait;
    }

    private boolean isDue(Sender sender) {
        return paced ? sender.due <= connections.now() : sender.newest - sender.done < load.window();
    }

    @Override
    public void end() {}

    @Override
    public void received(Connection receiver, int number, int sequence, long nanos) {
        if (number < 0 || number >= senders.length) {
            return;
        }
        Sender sender = senders[number];
        if (sequence > sender.newest || !measurement.add(receiver.id() * senders.length + number, sequence)) {
            return;
        }
        if (sequence > sender.old) {
            measurement.deliver(nanos, connections.now());
        }
        if (!paced && sequence > sender.done) {
            int receivers = connections.receivers();
            if (++sender.arrived[sequence % load.window()] >= receivers) {
                while (sender.done < sender.newest && sender.arrived[(sender.done + 1) % load.window()] >= receivers) {
                    sender.done++;
                }
            }
        }
    }

    @Override
    public void giveUp() {
        for (Sender sender : senders) {
            sender.done = sender.newest;
        }
    }
}
