package dev.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {

    private final Queue<Runnable> executor = new ArrayDeque<>();
    private final Turns turns = new Turns(executor::add);
    private final List<Integer> done = new ArrayList<>();

    @Test
    void tasks_run_in_their_order_and_one_at_a_time() {
        turns.execute(() -> {
            turns.execute(() -> done.add(2));
            done.add(1);
        });
        turns.execute(() -> done.add(3));
        assertThat(executor).hasSize(1);
        executor.remove().run();
        assertThat(done).containsExactly(1, 3, 2);
        assertThat(executor).isEmpty();
    }

    @Test
    void a_task_that_is_offered_waits_for_a_run() {
        turns.offer(() -> done.add(1));
        assertThat(executor).isEmpty();
        turns.run();
        turns.run();
        assertThat(executor).hasSize(1);
        executor.remove().run();
        assertThat(done).containsExactly(1);
        turns.run();
        assertThat(executor).isEmpty();
    }

    @Test
    void a_task_that_fails_does_not_stop_the_others() {
        turns.execute(() -> {
            throw new IllegalStateException("broken");
        });
        turns.execute(() -> done.add(2));
        executor.remove().run();
        assertThat(done).containsExactly(2);
    }

    @Test
    void offers_are_refused_beyond_a_bound_and_tasks_that_must_run_are_not() {
        IntStream.rangeClosed(1, 10_001).forEach(i -> turns.offer(() -> done.add(i)));
        turns.execute(() -> done.add(0));
        executor.remove().run();
        assertThat(done).hasSize(10_001).endsWith(10_000, 0);
        turns.offer(() -> done.add(7));
        turns.run();
        executor.remove().run();
        assertThat(done).endsWith(7);
    }

    @Test
    void tasks_run_after_an_executor_that_refused() {
        boolean[] full = {true};
        Turns refused = new Turns(task -> {
            if (full[0]) {
                throw new RejectedExecutionException();
            }
            task.run();
        });
        assertThatThrownBy(() -> refused.execute(() -> done.add(1))).isInstanceOf(RejectedExecutionException.class);
        full[0] = false;
        refused.run();
        assertThat(done).containsExactly(1);
    }
}
