package dev.switchboard.engine;

import static dev.switchboard.engine.EngineContract.now;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.Frame;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A client that comes back after many publications, to a relay with some engine. */
public final class LongRecovery {

    private static final int MISSED = 1_000;
    private static final Retention KEPT = new Retention(2 * MISSED, Duration.ofHours(1));
    private static final Pattern NUMBER = Pattern.compile("\"data\":(\\d+)");

    private LongRecovery() {}

    /** Checks that the client gets each publication once and in order; the engine was not started. */
    public static void check(Engine engine) {
        OpenAccess access =
                new OpenAccess().with("room", ChannelOptions.PLAIN.with(KEPT).withRecovery(Offer.FORCED));
        Hub hub = new Hub(
                Nodes.of(Nodes.limits(1_000_000), engine, access, System::nanoTime, Runnable::run, Runnable::run));
        Position before =
                now(engine.history("room", HistoryQuery.POSITION, KEPT)).top();
        List<? extends CompletionStage<?>> published = IntStream.rangeClosed(1, MISSED)
                .mapToObj(i -> engine.publish("room", EngineContract.publication("" + i), KEPT))
                .toList();
        published.forEach(EngineContract::now);
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = hub.connect(
                transport, CentrifugeProtocol.json(new Quota(1_000, 1_000, 1_000, 65_536), System::nanoTime));
        client.receive(Frame.text("{\"id\":1,\"connect\":{}}"));
        client.receive(
                Frame.text("{\"id\":2,\"subscribe\":{\"channel\":\"room\",\"recover\":true,\"offset\":0,\"epoch\":\""
                        + before.epoch() + "\"}}"));
        await().until(() -> transport.sent().stream().anyMatch(frame -> frame.contains("\"recovered\":true")));
        now(engine.publish("room", EngineContract.publication("" + (MISSED + 1)), KEPT));
        await().untilAsserted(() -> assertThat(transport.sent().stream().flatMap(LongRecovery::numbers))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, MISSED + 1)
                        .mapToObj(i -> "" + i)
                        .toList()));
    }

    private static Stream<String> numbers(String frame) {
        return NUMBER.matcher(frame).results().map((MatchResult found) -> found.group(1));
    }
}
