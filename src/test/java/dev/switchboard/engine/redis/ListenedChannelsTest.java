package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests the checks of positions, with a link that answers when the test says so. */
class ListenedChannelsTest {

    private final List<String> reached = new ArrayList<>();
    private final SlowLink link = new SlowLink();
    private final OneLink redis = new OneLink(link);
    private final Readiness readiness = new Readiness(
            redis, (place, channel) -> CompletableFuture.completedStage(null), ready -> {}, System::nanoTime);
    private final Keys keys = new Keys("sb");
    private final ListenedChannels channels = new ListenedChannels(
            redis, keys, new StreamScripts(new Scripts(keys, true, () -> 0)), readiness, new Reached(), 1);

    @Test
    void the_answer_of_a_server_that_the_link_has_left_says_nothing_and_the_next_one_is_asked() {
        readiness.connected(link);
        channels.listen("c");
        channels.hasStream("c");
        channels.tick();
        channels.disconnected(link); // the link moves, and the next server brings what comes later
        link.answer("e 5");
        assertThat(reached).isEmpty();
        channels.tick();
        link.answer("e 6");
        assertThat(reached).containsExactly("c 6");
    }

    @Test
    void an_answer_counts_when_another_link_has_left_its_server_meanwhile() {
        readiness.connected(link);
        channels.listen("c");
        channels.hasStream("c");
        channels.tick();
        channels.disconnected(new SlowLink());
        link.answer("e 5");
        assertThat(reached).containsExactly("c 5");
    }

    /** Answers scripts when the test says so. */
    private static final class SlowLink implements Link {

        private final Queue<Runnable> answers = new ArrayDeque<>();
        private String next = "";

        void answer(String top) {
            next = top;
            answers.remove().run();
        }

        @Override
        public <T extends @Nullable Object> CompletionStage<T> run(
                Script script, List<byte[]> names, List<byte[]> arguments, Function<@Nullable Object, T> reading) {
            CompletableFuture<T> stage = new CompletableFuture<>();
            answers.add(() -> stage.complete(reading.apply(List.of(bytes(next)))));
            return stage;
        }

        @Override
        public CompletionStage<?> subscribe(byte[] channel) {
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void unsubscribe(byte[] channel) {}

        @Override
        public boolean isConnected() {
            return true;
        }

        @Override
        public String fault() {
            return "";
        }
    }

    private record OneLink(Link link) implements Redis {

        @Override
        public Place place(String channel) {
            return new Place(link, "", false);
        }

        @Override
        public Collection<Link> links() {
            return List.of(link);
        }

        @Override
        public void close() {}
    }

    private final class Reached implements Engine.Feed {

        @Override
        public Runnable published(String channel, Publication publication) {
            return () -> {};
        }

        @Override
        public Runnable joined(String channel, ClientInfo client) {
            return () -> {};
        }

        @Override
        public Runnable left(String channel, ClientInfo client) {
            return () -> {};
        }

        @Override
        public Runnable reached(String channel, Position top) {
            reached.add(channel + " " + top.offset());
            return () -> {};
        }
    }
}
