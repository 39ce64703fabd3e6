package dev.switchboard.transcript;

import dev.switchboard.access.Access;
import dev.switchboard.access.AccessSettings;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.RulesPolicy;
import dev.switchboard.access.Tokens;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.Protocol;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.protocol.RawProtocol;
import dev.switchboard.spi.Ledger;
import dev.switchboard.spi.Transport;
import dev.switchboard.web.RulesFiles;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs the relay without a container, on one thread, with a clock that moves when a test says so.
 */
final class MemoryServer implements Server {

    private final Dialect dialect;
    private final FakeClock clock = new FakeClock();
    private final List<MemoryLine> lines = new ArrayList<>();
    private final Instant started = Instant.now();
    private final long startedNanos = clock.getAsLong();
    private final ChannelRules rules = RulesFiles.read(Transcript.rules());
    private final Hub hub = new Hub(Nodes.timed(
            Nodes.of(
                    Nodes.limits(1_048_576),
                    Nodes.memory(clock),
                    new RulesPolicy(
                            rules,
                            new Tokens(
                                    new AccessSettings(
                                            Access.OPEN,
                                            SECRET,
                                            null,
                                            "switchboard",
                                            ISSUER,
                                            Duration.ofHours(24),
                                            Duration.ofSeconds(5),
                                            AccessSettings.Use.REPEATED),
                                    this::now,
                                    Runnable::run,
                                    Runnable::run,
                                    Executors.newSingleThreadScheduledExecutor(),
                                    new LabelledCounter(),
                                    Ledger.NONE),
                            Access.OPEN),
                    clock,
                    Runnable::run,
                    Runnable::run),
            this::now));

    MemoryServer(Dialect dialect) {
        this.dialect = dialect;
    }

    private Instant now() {
        return started.plusNanos(clock.getAsLong() - startedNanos);
    }

    @Override
    public Line open(String endpoint) {
        URI uri = URI.create("ws://memory/" + endpoint);
        String path = uri.getPath();
        if (path.startsWith("/raw/")) {
            String channel = path.substring("/raw/".length());
            String greeting = rules.of(channel).greeting();
            return open(Dialect.JSON, new RawProtocol(channel, parameters(uri), greeting));
        }
        Quota quota = new Quota(1000, 1000, 100, 65_536);
        return dialect == Dialect.PROTOBUF || Dialect.isProtobuf(endpoint)
                ? open(Dialect.PROTOBUF, CentrifugeProtocol.protobuf(quota, clock))
                : open(Dialect.JSON, CentrifugeProtocol.json(quota, clock));
    }

    private Line open(Dialect spoken, Protocol protocol) {
        MemoryLine line = new MemoryLine(spoken);
        lines.add(line);
        line.client = hub.connect(line, protocol);
        return line;
    }

    private static Map<String, List<String>> parameters(URI uri) {
        return uri.getQuery() == null
                ? Map.of()
                : Arrays.stream(uri.getQuery().split("&"))
                        .map(parameter -> parameter.split("=", 2))
                        .collect(Collectors.toMap(pair -> pair[0], pair -> List.of(pair[1])));
    }

    @Override
    public void pass(Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plusSeconds(1)) {
            clock.advance(Duration.ofSeconds(1));
            hub.check();
            lines.forEach(MemoryLine::answerPings);
        }
    }

    private static final class MemoryLine implements Server.Line, Transport {
        final Dialect spoken;
        final Queue<String> received = new ArrayDeque<>();

        @Nullable
        Client client;

        MemoryLine(Dialect spoken) {
            this.spoken = spoken;
        }

        private Client client() {
            return Objects.requireNonNull(client);
        }

        @Override
        public void send(Frame frame, Completion completion) {
            if (frame instanceof Frame.Text text) {
                addLines(text.text());
            } else if (frame instanceof Frame.Binary binary) {
                addLines(Translation.replies(bytes(binary.bytes().duplicate())));
            }
            completion.completed(null);
        }

        private void addLines(String message) {
            received.addAll(Arrays.asList(message.split("\n", -1)));
        }

        private static byte[] bytes(ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        }

        @Override
        public void close(Disconnect why, @Nullable Frame word) {
            received.add("close " + why.code() + " " + why.reason());
        }

        @Override
        public void send(String message) {
            client().receive(
                            spoken == Dialect.JSON ? Frame.text(message) : Frame.binary(Translation.commands(message)));
        }

        void answerPings() {
            while (received.remove("{}")) {
                send("{}");
            }
        }

        @Override
        public String next() {
            String next = received.poll();
            return next == null ? "nothing" : next;
        }

        @Override
        public void cut() {
            client().closed(1006, "");
        }
    }
}
