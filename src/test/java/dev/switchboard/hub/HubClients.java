package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.spi.Encoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A hub with clients whose verbs the test calls; the channel "room" offers everything. */
class HubClients {

    static final Set<Wish> RECOVERABLE = Set.of(Wish.RECOVERABLE);

    final FakeClock clock = new FakeClock();
    final FaultyEngine engine = new FaultyEngine(Nodes.memory(clock));
    final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    final Node node = Nodes.of(Nodes.limits(100_000), engine, access, clock, Runnable::run, Runnable::run);
    final Hub hub = new Hub(node);

    /** Returns a publication without a position. */
    static Publication unplaced(String text) {
        return new Publication(Payload.json(text), null, null);
    }

    /** A client whose verbs the test calls. */
    final class TestClient implements Protocol {
        final ScriptedTransport transport;
        final Client client;
        final List<SubscribeResult> results = new ArrayList<>();

        final Encoding encoding;

        TestClient(ScriptedTransport transport, Hub at) {
            this(transport, at, PlainEncoding.STEADY);
        }

        TestClient(ScriptedTransport transport, Hub at, Encoding encoding) {
            this.transport = transport;
            this.encoding = encoding;
            client = at.connect(transport, this);
        }

        TestClient(ScriptedTransport transport) {
            this(transport, hub);
        }

        TestClient() {
            this(ScriptedTransport.inline());
        }

        @Override
        public @Nullable String channel() {
            return null;
        }

        @Override
        public Encoding encoding() {
            return encoding;
        }

        @Override
        public void open(Client opened) {}

        @Override
        public void receive(Client from, Frame frame) {}

        CompletableFuture<?> subscribe(SubscribeRequest request) {
            CompletionStage<?> done = client.subscribe(request, result -> {
                results.add(result);
                return List.of(Frame.text("subscribed"));
            });
            return done.toCompletableFuture();
        }

        CompletableFuture<?> subscribe(Set<Wish> wishes, @Nullable Position recover) {
            return subscribe(new SubscribeRequest("room", "", wishes, recover, null, Echo.ON));
        }

        void publish(String... texts) {
            for (String text : texts) {
                assertThat(client.publish("room", Payload.json(text))).isCompleted();
            }
        }

        SubscribeResult result() {
            return results.get(results.size() - 1);
        }

        List<String> sent() {
            return transport.sent();
        }
    }

    static List<String> texts(List<Publication> publications) {
        return publications.stream()
                .map(publication -> ((Frame.Text) publication.data().frame()).text())
                .toList();
    }

    static Position position(SubscribeResult result) {
        return Objects.requireNonNull(result.position());
    }

    static CompletableFuture<?> failure(CompletableFuture<?> stage, Throwable expected) {
        assertThatThrownBy(stage::join).cause().isEqualTo(expected);
        return stage;
    }
}
