package dev.switchboard.transcript;

import dev.switchboard.access.Access;
import dev.switchboard.access.AccessSettings;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.RulesPolicy;
import dev.switchboard.access.Tokens;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Node;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.Transport;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.protocol.JsonText;
import dev.switchboard.protocol.RawProtocol;
import dev.switchboard.web.RulesFiles;
import java.io.IOException;
import java.net.URI;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The transcripts against the relay in memory, with a clock that they move. */
class TranscriptTest {

    static List<Transcript> all() throws IOException {
        return Transcript.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void the_relay_says_what_the_transcript_says(Transcript transcript) throws Exception {
        transcript.play(new MemoryServer());
    }

    /** All on one thread, inline. */
    private static final class MemoryServer implements Server {
        final FakeClock clock = new FakeClock();
        final List<MemoryLine> lines = new ArrayList<>();
        final Instant started = Instant.now();
        final long startedNanos = clock.getAsLong();
        final ChannelRules rules = RulesFiles.read(Transcript.rules());
        final Hub hub = new Hub(new Node(
                Nodes.limits(1_048_576),
                Nodes.memory(clock),
                new RulesPolicy(
                        rules,
                        new Tokens(
                                new AccessSettings(Access.OPEN, SECRET, null, "switchboard", ISSUER),
                                JsonText::member,
                                () -> started.plusNanos(clock.getAsLong() - startedNanos),
                                Runnable::run,
                                Executors.newSingleThreadScheduledExecutor()),
                        Access.OPEN),
                clock,
                Runnable::run,
                Runnable::run));

        @Override
        public Line open(String endpoint) {
            URI uri = URI.create("ws://memory/" + endpoint);
            String path = uri.getPath();
            MemoryLine line = new MemoryLine();
            lines.add(line);
            if (path.startsWith("/raw/")) {
                String channel = path.substring("/raw/".length());
                String greeting = rules.of(channel).greeting();
                line.client = hub.connect(
                        line,
                        new RawProtocol(channel, parameters(uri), greeting == null ? null : Frame.text(greeting)));
            } else {
                line.client = hub.connect(line, CentrifugeProtocol.json(new Quota(1000, 1000, 100), clock));
            }
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
    }

    private static final class MemoryLine implements Server.Line, Transport {
        final Queue<String> received = new ArrayDeque<>();

        @Nullable
        Client client;

        private Client client() {
            return Objects.requireNonNull(client);
        }

        @Override
        public void send(Frame frame, Completion completion) {
            if (frame instanceof Frame.Text text) {
                received.add(text.text());
            }
            completion.completed(null);
        }

        @Override
        public void close(Disconnect why) {
            received.add("close " + why.code() + " " + why.reason());
        }

        @Override
        public void send(String message) {
            client().receive(Frame.text(message));
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
