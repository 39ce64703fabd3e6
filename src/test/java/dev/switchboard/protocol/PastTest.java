package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Checks what a client gets of the history of a channel, and how it learns that something is left
 * out.
 */
class PastTest {

    private static final Quota QUOTA = new Quota(1000, 500, 100, 65_536);

    private static final Retention KEPT = new Retention(100, Duration.ofMinutes(5));

    private final FakeClock clock = new FakeClock();
    private final OpenAccess access = new OpenAccess()
            .with("room", OpenAccess.EVERYTHING)
            .with("cache", options(RecoveryMode.CACHE, Offer.ON_REQUEST))
            .with("forced", options(RecoveryMode.STREAM, Offer.FORCED))
            .with("off", options(RecoveryMode.STREAM, Offer.OFF));
    private final Hub hub = new Hub(
            Nodes.of(Nodes.limits(1_048_576), Nodes.memory(clock), access, clock, Runnable::run, Runnable::run));
    private final ScriptedTransport transport = ScriptedTransport.inline();

    private static ChannelOptions options(RecoveryMode mode, Offer positioning) {
        return ChannelOptions.PLAIN
                .with(KEPT)
                .withRecovery(Offer.ON_REQUEST)
                .with(mode)
                .withPositioning(positioning);
    }

    private String ask(String command) {
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        client.receive(Frame.text("{\"connect\":{},\"id\":1}"));
        client.receive(Frame.text(command.replace('\'', '"')));
        return transport.sent().get(transport.sent().size() - 1).replace('"', '\'');
    }

    private void publish(int count, int size) {
        Client raw = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        IntStream.range(0, count).forEach(i -> raw.receive(Frame.text("x".repeat(size))));
    }

    private static int publications(String answer) {
        return (int) Pattern.compile("'data':").matcher(answer).results().count();
    }

    @Test
    void a_subscribe_to_an_empty_cache_channel_succeeds() {
        String answer = ask("{'subscribe':{'channel':'cache','recoverable':true,'recover':true,'flag':2},'id':2}");
        assertThat(answer)
                .matches("\\{'id':2,'subscribe':\\{'recoverable':true,'positioned':true,'epoch':'\\w+',"
                        + "'was_recovering':true}}");
    }

    @ParameterizedTest
    @CsvSource({"10, 60000", "300, 2500", "12, 62000"})
    void a_page_and_a_recovery_are_complete_when_they_fit_the_outbox(int count, int size) {
        access.with(
                "room",
                ChannelOptions.PLAIN
                        .with(new Retention(300, Duration.ofMinutes(5)))
                        .withRecovery(Offer.ON_REQUEST));
        publish(count, size);
        assertThat(publications(ask("{'history':{'channel':'room','limit':-1},'id':2}")))
                .isEqualTo(count);
        String recovered = ask("{'subscribe':{'channel':'room','recoverable':true,'recover':true},'id':2}");
        assertThat(publications(recovered)).isEqualTo(count);
        assertThat(recovered).contains("'was_recovering':true,'recovered':true");
    }

    @Test
    void a_page_is_cut_and_recovery_fails_when_they_are_too_large() {
        publish(20, 60_000);
        String page = ask("{'history':{'channel':'room','limit':20},'id':2}");
        assertThat(publications(page)).isBetween(12, 13);
        assertThat(page).contains("'offset':12}").doesNotContain("'offset':14}").endsWith("'offset':20}}");
        String next = ask("{'history':{'channel':'room','limit':20,'since':{'offset':13}},'id':2}");
        assertThat(publications(next)).as("the rest").isEqualTo(7);
        String recovery = ask("{'subscribe':{'channel':'room','recoverable':true,'recover':true},'id':2}");
        assertThat(recovery).contains("'offset':20,'was_recovering':true}").doesNotContain("'recovered'");
    }

    @ParameterizedTest
    @CsvSource({"forced, false, true", "off, true, false", "room, true, true", "room, false, false"})
    void a_subscription_has_a_position_when_the_rule_or_the_client_asks_for_it(
            String channel, boolean wished, boolean given) {
        String answer = ask("{'subscribe':{'channel':'" + channel + "','positioned':" + wished + "},'id':2}");
        assertThat(answer.contains("'positioned':true")).isEqualTo(given);
        assertThat(answer.contains("'epoch'")).isEqualTo(given);
        assertThat(answer).doesNotContain("'recoverable'");
    }
}
