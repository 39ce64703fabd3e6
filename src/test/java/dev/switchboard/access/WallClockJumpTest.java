package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.Row;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.spi.Ledger;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sets the wall clock while a client is connected; only later tokens are judged by the new time.
 */
class WallClockJumpTest {

    private static final ChannelRule PLAIN = ChannelRule.PLAIN;

    private final WallClock wall = new WallClock();
    private final FakeClock clock = new FakeClock();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final ScriptedTransport transport = ScriptedTransport.inline();
    private final Hub hub = new Hub(
            Nodes.of(Nodes.limits(100_000), Nodes.memory(clock), policy(), clock, Runnable::run, Runnable::run));

    private RulesPolicy policy() {
        AccessSettings settings = new AccessSettings(
                Access.TOKEN,
                Issuer.SECRET,
                null,
                "",
                "",
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                AccessSettings.Use.REPEATED);
        Tokens tokens =
                new Tokens(settings, wall, Runnable::run, Runnable::run, timer, new LabelledCounter(), Ledger.NONE);
        ChannelRule kept = new ChannelRule(
                null,
                PLAIN.subscribe(),
                PLAIN.publish(),
                PLAIN.binary(),
                PLAIN.presence(),
                PLAIN.history(),
                ChannelOptions.PLAIN
                        .with(new Retention(10, Duration.ofMinutes(5)))
                        .withPresence(true)
                        .withRecovery(Offer.ON_REQUEST));
        return new RulesPolicy(new ChannelRules(kept, Map.of(), Map.of()), tokens, Access.TOKEN);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @ParameterizedTest
    @Row("S9")
    @ValueSource(longs = {1, -1})
    void a_client_and_its_history_stay_when_the_wall_clock_is_set(long hours) {
        Client client = hub.connect(
                transport, CentrifugeProtocol.json(new CentrifugeProtocol.Quota(1_000, 1_000, 100, 65_536), clock));
        say(
                client,
                "{\"id\":1,\"connect\":{\"token\":\"" + Issuer.signed(Issuer.lasting("{\"sub\":\"ann\"}")) + "\"}}");
        say(client, "{\"id\":2,\"subscribe\":{\"channel\":\"c\",\"recoverable\":true}}");
        say(client, "{\"id\":3,\"publish\":{\"channel\":\"c\",\"data\":\"before\"}}");
        wall.advance(Duration.ofHours(hours));
        hub.check();
        clock.advance(Duration.ofSeconds(5));
        hub.check();
        say(client, "{\"id\":4,\"history\":{\"channel\":\"c\",\"limit\":10}}");
        assertThat(transport.closes()).isEmpty();
        assertThat(String.join("\n", transport.sent())).containsPattern("\"id\":4,\"history\":.*before");

        clock.advance(Duration.ofSeconds(600 + 25));
        hub.check();
        assertThat(transport.closes()).hasSize(1); // the token is valid as long as at first
    }

    private static void say(Client client, String text) {
        client.receive(Frame.text(text));
    }
}
