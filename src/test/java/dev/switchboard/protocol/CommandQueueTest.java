package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Node;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Disconnect;
import dev.switchboard.protocol.CommandQueue.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CommandQueueTest {

    private static final int MORE_THAN_HALF = 600_000;

    private final Node node = Nodes.simple();
    private final Client client =
            new Hub(node).connect(ScriptedTransport.inline(), new RawProtocol("c", Map.of(), null));
    private final List<Throwable> failures = new ArrayList<>();
    private final CommandQueue queue = new CommandQueue(client, failures::add);
    private final List<String> done = new ArrayList<>();
    private final CompletableFuture<@Nullable Void> slow = new CompletableFuture<>();

    private void submit(String name) {
        queue.submit(MORE_THAN_HALF, doing(name));
    }

    private Step doing(String name) {
        return () -> {
            done.add(name);
            return CommandQueue.DONE;
        };
    }

    private void submitSlow() {
        queue.submit(MORE_THAN_HALF, () -> slow);
    }

    @Test
    void a_message_is_accepted_whatever_its_size_when_no_other_waits() {
        queue.submit(5_000_000, doing("large"));
        assertThat(done).containsExactly("large");
    }

    @Test
    void a_thread_carries_out_more_than_a_turn_when_it_submits_more_than_the_queue_may_hold() {
        List<Runnable> later = new ArrayList<>();
        Node busy = Nodes.of(
                Nodes.limits(100_000),
                Nodes.memory(System::nanoTime),
                new OpenAccess(),
                System::nanoTime,
                later::add,
                Runnable::run);
        CommandQueue turns = new CommandQueue(
                new Hub(busy).connect(ScriptedTransport.inline(), new RawProtocol("c", Map.of(), null)), failures::add);
        turns.submit(400_000, Collections.nCopies(100, doing("a")).iterator());
        assertThat(done).hasSize(CommandQueue.TURN);
        turns.submit(400_000, Collections.nCopies(100, doing("b")).iterator());
        assertThat(done).hasSize(2 * CommandQueue.TURN);
        turns.submit(400_000, Collections.nCopies(100, doing("c")).iterator());
        assertThat(done).hasSizeGreaterThan(200);
        later.forEach(Runnable::run);
        assertThat(done).hasSize(300);
    }

    @Test
    void a_message_counts_against_the_bound_only_while_it_waits() {
        submitSlow();
        submit("a");
        assertThatThrownBy(() -> submit("b")).isEqualTo(Disconnect.TOO_MANY_REQUESTS);
        slow.complete(null);
        submit("c");
        assertThat(done).containsExactly("a", "c");
    }

    @Test
    void bytes_that_wait_are_charged_to_the_node_until_their_turn_comes() {
        submitSlow();
        assertThat(node.admission().outboxBytes()).isZero();
        submit("a");
        assertThat(node.admission().outboxBytes()).isBetween(590_000L, 600_000L);
        slow.complete(null);
        assertThat(done).containsExactly("a");
        assertThat(node.admission().outboxBytes()).isZero();
    }

    @Test
    void bytes_that_wait_are_charged_no_more_when_the_client_has_ended() {
        submitSlow();
        submit("a");
        client.disconnect(Disconnect.SLOW);
        assertThat(node.admission().outboxBytes()).isZero();
        queue.submit(10_000, () -> slow);
        slow.complete(null);
        assertThat(node.admission().outboxBytes()).isZero();
    }

    @Test
    void a_command_is_dropped_when_the_client_has_ended() {
        submitSlow();
        submit("a");
        client.disconnect(Disconnect.SHUTDOWN);
        slow.complete(null);
        submit("b");
        assertThat(done).isEmpty();
    }

    @Test
    void the_next_command_is_carried_out_when_one_fails_at_once_or_later() {
        IllegalStateException first = new IllegalStateException("thrown");
        queue.submit(1, () -> {
            throw first;
        });
        submitSlow();
        submit("a");
        IllegalStateException second = new IllegalStateException("later");
        slow.completeExceptionally(second);
        assertThat(failures).containsExactly(first, second);
        assertThat(done).containsExactly("a");
    }

    @Test
    void commands_are_carried_out_once_and_one_at_a_time_when_several_threads_submit() throws Exception {
        int threads = 8;
        int each = 500;
        AtomicInteger atWork = new AtomicInteger();
        List<List<Integer>> carriedOut = new ArrayList<>();
        List<Thread> submitters = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            List<Integer> own = new ArrayList<>();
            carriedOut.add(own);
            submitters.add(new Thread(() -> IntStream.range(0, each)
                    .forEach(i -> queue.submit(1, () -> {
                        assertThat(atWork.incrementAndGet()).isEqualTo(1);
                        own.add(i);
                        atWork.decrementAndGet();
                        return CommandQueue.DONE;
                    }))));
        }
        submitters.forEach(Thread::start);
        for (Thread submitter : submitters) {
            submitter.join();
        }
        assertThat(failures).isEmpty();
        assertThat(carriedOut)
                .allSatisfy(own -> assertThat(own)
                        .containsExactlyElementsOf(
                                IntStream.range(0, each).boxed().toList()));
        assertThat(node.admission().outboxBytes()).isZero();
    }
}
