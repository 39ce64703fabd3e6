package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedApplication;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.RefreshGrant;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TokenId;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks how connections and subscriptions expire, with and without an application that renews
 * them.
 */
class RenewalTest {

    private static final Quota QUOTA = new Quota(1000, 500, 100, 65_536);

    private final FakeClock clock = new FakeClock();
    private final ScriptedApplication application = new ScriptedApplication();
    private final OpenAccess access = new OpenAccess()
            .with("ann", new Identity("ann", null, 60, Map.of("news", SubscribeGrant.PLAIN)).withMeta("{\"t\":1}"))
            .with("gated", ChannelOptions.PLAIN.asking(Set.of(Question.SUBSCRIBE)));
    private final ScriptedTransport transport = ScriptedTransport.inline();
    private Hub hub = hub(25);

    private Hub hub(int grace) {
        return new Hub(Nodes.simple(access, application, clock, Duration.ofSeconds(grace)));
    }

    private Client connected() {
        Client client = hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{'token':'ann'},'id':1}");
        return client;
    }

    private static void send(Client client, String command) {
        client.receive(Frame.text(command.replace('\'', '"')));
    }

    private List<String> received() {
        return transport.sent().stream()
                .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                .map(line -> line.replace('"', '\''))
                .filter(line -> !line.equals("{}"))
                .toList();
    }

    private List<String> asked() {
        return application.heard().stream()
                .filter(line -> line.startsWith("refresh"))
                .toList();
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            hub.check();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 25})
    void a_connection_ends_after_its_time_and_the_grace_when_it_is_not_renewed(int grace) {
        hub = hub(grace);
        connected();
        pass(60 + grace);
        assertThat(transport.closes()).isEmpty();
        pass(1);
        assertThat(transport.closes()).containsExactly(Disconnect.EXPIRED);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 25})
    void a_subscription_ends_after_its_time_and_the_grace_when_it_is_not_renewed(int grace) {
        hub = hub(grace);
        Client client = connected();
        send(client, "{'subscribe':{'channel':'gated'},'id':2}");
        application.answer(new SubscribeGrant(null, null, 10));
        pass(10 + grace);
        assertThat(received()).last().asString().contains("'id':2");
        pass(1);
        assertThat(received()).last().asString().contains("'unsubscribe':{'code':2501");
    }

    @Test
    void a_connection_stays_as_long_as_the_application_renews_it() {
        application.renewing();
        connected();
        assertThat(received()).singleElement().asString().doesNotContain("expires", "ttl");
        pass(60);
        assertThat(asked()).isEmpty();
        pass(1);
        assertThat(asked()).containsExactly("refresh ann {\"t\":1}");
        pass(100);
        assertThat(asked()).hasSize(1);
        application.answer(new RefreshGrant(30, null, "{\"t\":2}"));
        pass(31);
        assertThat(asked()).hasSize(2).last().isEqualTo("refresh ann {\"t\":2}");
        application.answer(new RefreshGrant(30, "1", null));
        pass(31);
        assertThat(asked()).hasSize(3).last().isEqualTo("refresh ann {\"t\":2}");
        application.refuse(Disconnect.EXPIRED);
        assertThat(transport.closes()).containsExactly(Disconnect.EXPIRED);
    }

    @Test
    void a_connection_ends_when_the_application_refuses_it_and_with_the_code_of_the_application() {
        application.renewing();
        connected();
        pass(61);
        application.refuse(ClientError.ofApplication(103, "permission denied"));
        assertThat(transport.closes()).containsExactly(Disconnect.EXPIRED);

        ScriptedTransport second = ScriptedTransport.inline();
        send(hub.connect(second, CentrifugeProtocol.json(QUOTA, clock)), "{'connect':{'token':'ann'},'id':1}");
        pass(61);
        application.refuse(Disconnect.ofApplication(4500, "banned"));
        assertThat(second.closes()).containsExactly(Disconnect.ofApplication(4500, "banned"));
    }

    @Test
    void a_connection_stays_a_minute_longer_each_time_the_application_does_not_answer() {
        application.renewing();
        connected();
        pass(61);
        for (int i = 2; i < 5; i++) {
            application.refuse(ClientError.INTERNAL);
            pass(60);
            assertThat(asked()).hasSize(i - 1);
            pass(1);
            assertThat(asked()).hasSize(i);
        }
        application.refuse(ClientError.BUSY);
        pass(2);
        assertThat(asked()).hasSize(5);
        assertThat(transport.closes()).isEmpty();
    }

    /** Subscribes with a token, or to the channel "gated" with a grant of the application. */
    private void subscribed(String channel) {
        access.with("channel", new SubscribeGrant(null, null, 10, new TokenId("", null)));
        Client client = connected();
        boolean gated = channel.equals("gated");
        send(client, "{'subscribe':{'channel':'" + channel + "'" + (gated ? "" : ",'token':'channel'") + "},'id':2}");
        if (gated) {
            application.answer(new SubscribeGrant(null, null, 10));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "gated"})
    void the_application_renews_a_subscription_instead_of_the_client(String channel) {
        application.renewing();
        subscribed(channel);
        assertThat(received()).last().isEqualTo("{'id':2,'subscribe':{}}");
        pass(11);
        assertThat(asked()).containsExactly("refresh ann " + channel);
        application.answer(new RefreshGrant(20, null, null));
        pass(21);
        assertThat(asked()).hasSize(2);
        application.refuse(ClientError.INTERNAL);
        assertThat(received()).last().isEqualTo("{'id':2,'subscribe':{}}");
        pass(29); // then the connection is renewed too
        application.refuse(ClientError.INTERNAL);
        pass(33);
        assertThat(asked()).last().isEqualTo("refresh ann " + channel);
        application.refuse(Disconnect.SUBSCRIPTION_EXPIRED);
        assertThat(received())
                .last()
                .isEqualTo("{'push':{'channel':'" + channel
                        + "','unsubscribe':{'code':2501,'reason':'subscription expired'}}}");
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_client_renews_its_subscription_when_the_application_does_not() {
        subscribed("open");
        assertThat(received()).last().isEqualTo("{'id':2,'subscribe':{'expires':true,'ttl':10}}");
        pass(36);
        assertThat(asked()).isEmpty();
        assertThat(received()).last().asString().contains("'unsubscribe':{'code':2501");
    }

    @Test
    void a_server_side_subscription_is_renewed_or_ends_with_its_connection() {
        application.renewing();
        Client client = connected();
        client.subscribe("gated", new SubscribeGrant(null, null, 10), null);
        pass(11);
        application.answer(new RefreshGrant(0, null, null));
        pass(30);
        assertThat(asked()).containsExactly("refresh ann gated");
        client.unsubscribe("gated");
        client.subscribe("gated", new SubscribeGrant(null, null, 10), null);
        pass(11);
        application.refuse(Disconnect.SUBSCRIPTION_EXPIRED);
        assertThat(transport.closes()).containsExactly(Disconnect.SUBSCRIPTION_EXPIRED);
    }

    @Test
    void a_late_answer_about_a_subscription_has_no_effect_when_the_subscription_has_ended() {
        application.renewing();
        Client client = connected();
        client.subscribe("gated", new SubscribeGrant(null, null, 10), null);
        pass(11);
        client.unsubscribe("gated", Unsubscribe.SERVER);
        application.refuse(Disconnect.SUBSCRIPTION_EXPIRED);
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_client_is_disconnected_when_the_application_answers_a_renewal_with_a_disconnect() {
        application.renewing();
        subscribed("gated");
        pass(11);
        application.refuse(Disconnect.ofApplication(4500, "banned"));
        assertThat(transport.closes()).containsExactly(Disconnect.ofApplication(4500, "banned"));
    }
}
