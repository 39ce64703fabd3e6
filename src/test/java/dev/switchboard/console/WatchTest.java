package dev.switchboard.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.console.Watch.Target;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.json.JsonObject;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Witness.Subject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WatchTest {

    private static final Subject ANN = new Subject("id", "ann", "");

    private final FakeClock clock = new FakeClock();
    private final List<JsonObject> told = new ArrayList<>();
    private final List<Runnable> later = new ArrayList<>();
    private final Listener listener = new Listener() {
        @Override
        public void event(String name, String id, String json) {
            told.add(JsonObject.of(json));
        }

        @Override
        public void ping() {}

        @Override
        public void end() {}
    };
    private final Watch watch = new Watch(Target.CHANNEL, "room", true, listener, later::add, clock);

    private void offer(@Nullable Publication publication) {
        watch.offer("publish", ANN, "room", publication, 0, 0, "");
    }

    private void runLater() {
        List<Runnable> due = List.copyOf(later);
        later.clear();
        due.forEach(Runnable::run);
    }

    @Test
    void the_thread_of_an_event_does_not_call_the_listener() {
        offer(null);
        offer(null);
        assertThat(told).isEmpty();
        assertThat(later).hasSize(1);
        runLater();
        assertThat(told).hasSize(2);
    }

    @Test
    void of_more_than_a_hundred_events_in_a_second_the_others_are_counted() {
        for (int i = 0; i < 130; i++) {
            offer(null);
        }
        runLater();
        assertThat(told).hasSize(100);

        watch.tick();
        runLater();
        assertThat(told).hasSize(100); // the second is not over

        clock.advance(Duration.ofSeconds(1));
        watch.tick();
        runLater();
        assertThat(told.get(100).text("event")).isEqualTo("skipped");
        assertThat(told.get(100).number("count")).isEqualTo(30);

        offer(null);
        runLater();
        assertThat(told.get(101).text("event")).isEqualTo("publish");
    }

    @Test
    void binary_data_are_in_base64_and_long_text_is_cut_between_characters() {
        offer(new Publication(Payload.opaque(Frame.binary(new byte[] {0, -1})), null, null));
        offer(new Publication(Payload.opaque(Frame.text("x".repeat(4_095) + "😀")), null, null));
        runLater();
        assertThat(told.get(0).text("b64data")).isEqualTo(Base64.getEncoder().encodeToString(new byte[] {0, -1}));
        assertThat(told.get(0).flag("cut")).isFalse();
        assertThat(told.get(1).text("data")).isEqualTo("x".repeat(4_095));
        assertThat(told.get(1).flag("cut")).isTrue();
    }
}
