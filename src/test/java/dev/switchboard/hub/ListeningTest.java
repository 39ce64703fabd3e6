package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeRequest;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tests which channels a node asks of its engine, and what follows from the engine's answers. */
class ListeningTest extends HubClients {

    @Test
    void a_node_listens_from_the_first_subscription_of_a_channel_to_the_last() {
        TestClient ann = new TestClient();
        TestClient bob = new TestClient();
        ann.subscribe(Set.of(), null);
        bob.subscribe(Set.of(), null);
        ann.client.unsubscribe("room");
        assertThat(engine.listening()).containsExactly("+room");
        bob.client.closed(1000, "");
        assertThat(engine.listening()).containsExactly("+room", "-room");
    }

    @Test
    void a_node_listens_to_a_channel_while_an_observer_needs_it() {
        Observer observer = hub.observe("room", event -> true, event -> {});
        TestClient ann = new TestClient();
        ann.subscribe(Set.of(), null);
        ann.client.closed(1000, "");
        assertThat(engine.listening()).containsExactly("+room");
        observer.close();
        observer.close();
        assertThat(engine.listening()).containsExactly("+room", "-room");
    }

    @Test
    void a_client_is_subscribed_when_the_engine_listens() {
        CompletableFuture<?> begun = engine.listenLater();
        TestClient ann = new TestClient();
        CompletableFuture<?> subscribed = ann.subscribe(Set.of(), null);
        TestClient bob = new TestClient();
        CompletableFuture<?> second = bob.subscribe(Set.of(), null);
        assertThat(subscribed).isNotDone();
        assertThat(second).isNotDone();
        begun.complete(null);
        assertThat(subscribed).isCompleted();
        assertThat(second).isCompleted();
        assertThat(engine.listening()).containsExactly("+room");
    }

    @Test
    void a_client_is_refused_when_the_engine_cannot_listen_and_may_try_again() {
        engine.listenLater().completeExceptionally(ClientError.INTERNAL);
        TestClient ann = new TestClient();
        failure(ann.subscribe(Set.of(), null), ClientError.INTERNAL);
        assertThat(engine.listening()).containsExactly("+room", "-room");
        engine.listenNow();
        assertThat(ann.subscribe(Set.of(), null)).isCompleted();
    }

    @Test
    void a_subscription_that_missed_the_top_of_the_stream_ends() {
        TestClient ann = new TestClient();
        ann.subscribe(RECOVERABLE, null);
        ann.publish("1");
        Position one = position(ann, 1);
        engine.reach("room", one);
        assertThat(ann.sent()).containsExactly("subscribed", "1");
        engine.reach("room", new Position(one.epoch(), 2));
        assertThat(ann.sent()).containsExactly("subscribed", "1", "unsubscribe room 2500");
    }

    @Test
    void a_subscription_ends_when_the_stream_has_another_epoch_or_went_back() {
        for (Position top : List.of(new Position("other", 1), new Position("", 0))) {
            TestClient ann = new TestClient();
            ann.subscribe(RECOVERABLE, null);
            ann.publish("1");
            engine.reach("room", top);
            assertThat(ann.sent()).endsWith("unsubscribe room 2500");
        }
    }

    @Test
    void a_gap_that_is_found_before_the_subscription_is_live_ends_it_when_it_is() {
        TestClient ann = new TestClient();
        ann.subscribe(RECOVERABLE, null);
        ann.publish("1");
        Position two = new Position(position(ann, 1).epoch(), 2);
        TestClient bob = new TestClient();
        engine.fallBehind();
        bob.subscribe(RECOVERABLE, null);
        engine.reach("room", two);
        engine.catchUp();
        assertThat(bob.sent()).containsExactly("subscribed", "unsubscribe room 2500");
    }

    @Test
    void a_subscription_without_a_position_misses_nothing() {
        TestClient ann = new TestClient();
        ann.subscribe(new SubscribeRequest("plain", "", Set.of(), null, null, Echo.ON));
        engine.reach("plain", new Position("any", 7));
        assertThat(ann.sent()).containsExactly("subscribed");
    }

    private static Position position(TestClient client, long offset) {
        return new Position(position(client.result()).epoch(), offset);
    }
}
