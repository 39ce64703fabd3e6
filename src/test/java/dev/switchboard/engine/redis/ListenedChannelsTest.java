package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
