package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.spi.Transport;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Measures the fan-out of one message to a thousand clients, for each delivery, without a network.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FanOutBenchmark {

    private static final int CLIENTS = 1000;
    private static final Quota QUOTA = new Quota(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, 65_536);
    private static final Frame RAW = Frame.text("x".repeat(128));
    private static final Frame JSON =
            Frame.text("{\"id\":3,\"publish\":{\"channel\":\"room\",\"data\":\"" + "x".repeat(128) + "\"}}");
    private static final Frame OPENING =
            Frame.text("{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"room\"}}");

    /** Kept in a field, because a logger without a reference loses its level. */
    private static final Logger LOG = Logger.getLogger("dev.switchboard");

    private final Sink sink = new Sink();
    private final Client raw = raw(new Hub(Nodes.simple()));
    private final Client json = json(new Hub(Nodes.simple()));
    private long expected;

    private static final class Sink implements Transport {
        private long written;
        private long closed;

        @Override
        public void send(Frame frame, Completion completion) {
            written++;
            completion.completed(null);
        }

        @Override
        public void close(Disconnect why, @Nullable Frame word) {
            closed++;
        }
    }

    /** Connects the clients, and returns the last: it publishes, and gets no message. */
    private Client raw(Hub hub) {
        for (int i = 0; i < CLIENTS; i++) {
            hub.connect(sink, new RawProtocol("room", Map.of(), null));
        }
        return hub.connect(sink, new RawProtocol("room", Map.of(), null));
    }

    /**
     * Connects the clients, and returns the last: it publishes. Its reply and its publication are
     * one frame.
     */
    private Client json(Hub hub) {
        for (int i = 0; i < CLIENTS - 1; i++) {
            jsonClient(hub);
        }
        return jsonClient(hub);
    }

    private Client jsonClient(Hub hub) {
        Client client = hub.connect(sink, CentrifugeProtocol.json(QUOTA, System::nanoTime));
        client.receive(OPENING);
        return client;
    }

    static {
        LOG.setLevel(java.util.logging.Level.WARNING); // otherwise each client has a log line
    }

    @Setup(Level.Iteration)
    public void count() {
        sink.written = 0;
        expected = 0;
    }

    /** Fails if a message was not delivered: such a benchmark would be too fast. */
    @TearDown(Level.Iteration)
    public void check() {
        if (sink.written != expected || sink.closed > 0) {
            throw new IllegalStateException(
                    sink.written + " of " + expected + " written, " + sink.closed + " connections closed");
        }
    }

    @Benchmark
    @OperationsPerInvocation(CLIENTS)
    public void raw() {
        raw.receive(RAW);
        expected += CLIENTS;
    }

    @Benchmark
    @OperationsPerInvocation(CLIENTS)
    public void json() {
        json.receive(JSON);
        expected += CLIENTS;
    }
}
