package dev.switchboard.protocol;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Measures reading a publish command and making its push, in JSON. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FramingBenchmark {

    /** The size of the data, in bytes. */
    @Param({"128", "2048"})
    public int size;

    private Frame command = Frame.text("");
    private Publication publication = publication("null");
    private List<Frame> waiting = List.of();

    private static Publication publication(String data) {
        ClientInfo publisher = new ClientInfo("9f4b1d2c-5f6a-4d8e-8a3b-0c1d2e3f4a5b", "", null, null);
        return new Publication(Payload.json(data), publisher, new Position("epoch", 42));
    }

    @Setup
    public void prepare() {
        String data = "{\"text\":\"" + "x".repeat(size - 11) + "\"}";
        command = Frame.text("{\"id\":3,\"publish\":{\"channel\":\"room\",\"data\":" + data + "}}");
        publication = publication(data);
        waiting = Collections.nCopies(8, push());
    }

    @Benchmark
    public void parse_a_publish_command(Blackhole sink) {
        JsonFraming.INSTANCE.commands(command).forEachRemaining(next -> sink.consume(next.read()));
    }

    @Benchmark
    public @Nullable Frame frame_a_push() {
        return JsonFraming.INSTANCE.publication("room", publication);
    }

    @Benchmark
    public Frame join_eight_pushes() {
        return JsonFraming.INSTANCE.batch(waiting);
    }

    private Frame push() {
        Frame push = frame_a_push();
        if (push == null) {
            throw new IllegalStateException("JSON that JSON cannot carry");
        }
        return push;
    }
}
