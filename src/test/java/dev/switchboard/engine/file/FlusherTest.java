package dev.switchboard.engine.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FlusherTest {

    private final List<String> ran = Collections.synchronizedList(new ArrayList<>());
    private @Nullable Flusher flushed;

    private void flush() {
        Objects.requireNonNull(flushed).flush();
    }

    @Test
    void tasks_run_in_their_order_after_a_flush() throws InterruptedException {
        Flusher flusher = new Flusher(() -> null, () -> {});
        flusher.start();
        for (int i = 0; i < 100; i++) {
            String name = "" + i;
            flusher.whenSafe(() -> ran.add(name), () -> ran.add("failed"));
        }
        flusher.close();
        assertThat(ran).hasSize(100).isSortedAccordingTo((a, b) -> Integer.parseInt(a) - Integer.parseInt(b));
        assertThat(flusher.fault()).isNull();
    }

    @Test
    void a_flush_that_fails_runs_what_stands_instead_of_the_tasks_and_is_a_fault_for_good()
            throws InterruptedException {
        Flusher flusher = new Flusher(
                () -> {
                    throw new UncheckedIOException(new IOException("broken disk"));
                },
                this::flush);
        flushed = flusher;
        flusher.start();
        flusher.whenSafe(() -> ran.add("told"), () -> ran.add("failed"));
        await().until(() -> flusher.fault() != null);
        flusher.whenSafe(() -> ran.add("told"), () -> ran.add("failed"));
        flusher.close();
        assertThat(flusher.fault()).contains("broken disk");
        assertThat(ran).containsExactly("failed", "failed");
    }
}
