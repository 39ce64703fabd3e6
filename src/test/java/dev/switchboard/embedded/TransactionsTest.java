package dev.switchboard.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionsTest {

    private final Container container = new Container();
    private final Transactions transactions = new Transactions(container);
    private final List<String> done = new ArrayList<>();

    /** Imitates a container with at most one transaction. */
    private static final class Container implements TransactionSynchronizationRegistry {
        private final Map<Object, Object> resources = new HashMap<>();
        private final List<Synchronization> synchronizations = new ArrayList<>();
        private int status = Status.STATUS_NO_TRANSACTION;

        void begin() {
            status = Status.STATUS_ACTIVE;
        }

        void end(int outcome) {
            status = outcome;
            List.copyOf(synchronizations).forEach(each -> each.afterCompletion(outcome));
            status = Status.STATUS_NO_TRANSACTION;
            resources.clear();
            synchronizations.clear();
        }

        @Override
        public @Nullable Object getTransactionKey() {
            return status == Status.STATUS_NO_TRANSACTION ? null : this;
        }

        @Override
        public void putResource(Object key, Object value) {
            resources.put(key, value);
        }

        @Override
        public @Nullable Object getResource(Object key) {
            return resources.get(key);
        }

        @Override
        public void registerInterposedSynchronization(Synchronization synchronization) {
            if (status != Status.STATUS_ACTIVE) {
                throw new IllegalStateException("status " + status);
            }
            synchronizations.add(synchronization);
        }

        @Override
        public int getTransactionStatus() {
            return status;
        }

        @Override
        public void setRollbackOnly() {
            status = Status.STATUS_MARKED_ROLLBACK;
        }

        @Override
        public boolean getRollbackOnly() {
            return status == Status.STATUS_MARKED_ROLLBACK;
        }
    }

    private void act(String name) {
        transactions.await(() -> done.add(name), () -> done.add(name + " dropped"));
    }

    @Test
    void a_publication_is_sent_at_once_when_there_is_no_transaction() {
        act("a");
        assertThat(done).containsExactly("a");
    }

    @Test
    void publications_are_sent_in_order_after_the_commit() {
        container.begin();
        act("a");
        act("b");
        act("c");
        assertThat(done).isEmpty();
        container.end(Status.STATUS_COMMITTED);
        assertThat(done).containsExactly("a", "b", "c");
        assertThat(container.synchronizations).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {Status.STATUS_ROLLEDBACK, Status.STATUS_UNKNOWN})
    void publications_are_dropped_when_the_transaction_is_not_committed(int outcome) {
        container.begin();
        act("a");
        act("b");
        container.end(outcome);
        assertThat(done).containsExactly("a dropped", "b dropped");
    }

    @Test
    void a_rollback_drops_nothing_of_the_next_transaction() {
        container.begin();
        act("a");
        container.end(Status.STATUS_ROLLEDBACK);
        container.begin();
        act("b");
        container.end(Status.STATUS_COMMITTED);
        assertThat(done).containsExactly("a dropped", "b");
    }

    @Test
    void a_publication_is_dropped_when_only_a_rollback_is_possible() {
        container.begin();
        act("a");
        container.setRollbackOnly();
        act("b");
        container.end(Status.STATUS_ROLLEDBACK);
        container.begin();
        container.setRollbackOnly();
        act("c");
        assertThat(done).containsExactly("a dropped", "b dropped", "c dropped");
    }

    @Test
    void a_publication_is_sent_at_once_after_the_commit() {
        container.begin();
        container.synchronizations.add(new Synchronization() {
            @Override
            public void beforeCompletion() {}

            @Override
            public void afterCompletion(int status) {
                act("late");
            }
        });
        act("a");
        container.end(Status.STATUS_COMMITTED);
        assertThat(done).containsExactlyInAnyOrder("late", "a");
        assertThat(container.synchronizations).isEmpty();
    }
}
