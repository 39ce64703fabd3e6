package dev.switchboard.load;

/** Sends one message back and forth between the two clients of each pair. */
final class PairFlow implements Flow {

    private final Connections connections;
    private final Measurement measurement;
    private final MessageFrame[] frames;
    private final int[] newest;

    /** The last message of each pair before this phase. */
    private final int[] old;

    private boolean sending;

    PairFlow(Load load, Connections connections, Measurement measurement) {
        this.connections = connections;
        this.measurement = measurement;
        frames = new MessageFrame[load.clients() / 2];
        newest = new int[frames.length];
        old = new int[frames.length];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = load.frame(2 * i);
        }
    }

    @Override
    public void begin() {
        sending = true;
        for (int pair = 0; pair < frames.length; pair++) {
            old[pair] = newest[pair];
            send(connections.get(2 * pair));
        }
    }

    private void send(Connection from) {
        int pair = from.id() / 2;
        connections.publish(from, frames[pair], from.id(), ++newest[pair], System.nanoTime(), 1);
    }

    @Override
    public long sendDue() {
        return Long.MAX_VALUE;
    }

    @Override
    public void end() {
        sending = false;
    }

    @Override
    public void received(Connection receiver, int sender, int sequence, long nanos) {
        int pair = receiver.id() / 2;
        if (sender != (receiver.id() ^ 1)
                || sequence > newest[pair]
                || !measurement.add(receiver.id(), sequence)
                || sequence <= old[pair]) {
            return;
        }
        measurement.deliver(nanos, connections.now());
        if (sending) {
            send(receiver);
        }
    }

    /** Does nothing, because a pair waits for none but its own message. */
    @Override
    public void giveUp() {}
}
