package dev.switchboard.embedded;

import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** After the commit of the transaction that the caller's thread is in, and never after a rollback; without a transaction at once. */
final class Transactions implements PublishTiming {

    private final TransactionSynchronizationRegistry registry;

    /** {@code registry} is a {@link TransactionSynchronizationRegistry}; of another type it would link its caller to JTA. */
    Transactions(Object registry) {
        this.registry = (TransactionSynchronizationRegistry) registry;
    }

    @Override
    public void await(Runnable action, Runnable dropped) {
        if (registry.getTransactionKey() == null) {
            action.run();
            return;
        }
        @Nullable Waiting known = (Waiting) registry.getResource(Waiting.class);
        if (known != null && known.add(action, dropped)) {
            return;
        }
        switch (registry.getTransactionStatus()) {
            case Status.STATUS_NO_TRANSACTION, Status.STATUS_COMMITTED -> action.run();
            case Status.STATUS_MARKED_ROLLBACK, Status.STATUS_ROLLING_BACK, Status.STATUS_ROLLEDBACK -> dropped.run();
            default -> {
                Waiting waiting = new Waiting();
                registry.registerInterposedSynchronization(waiting);
                registry.putResource(Waiting.class, waiting);
                waiting.add(action, dropped);
            }
        }
    }

    /** What waits for the end of one transaction. */
    private static final class Waiting implements Synchronization {

        private record Waiter(Runnable action, Runnable dropped) {}

        private final List<Waiter> waiters = new ArrayList<>(); // guarded by this
        private boolean completed; // guarded by this

        /** False after the end. */
        synchronized boolean add(Runnable action, Runnable dropped) {
            return !completed && waiters.add(new Waiter(action, dropped));
        }

        @Override
        public void beforeCompletion() {}

        /** A transaction that takes too long is ended by a thread of the container. */
        @Override
        public void afterCompletion(int status) {
            List<Waiter> all;
            synchronized (this) {
                completed = true;
                all = List.copyOf(waiters);
            }
            for (Waiter waiter : all) {
                (status == Status.STATUS_COMMITTED ? waiter.action : waiter.dropped).run();
            }
        }
    }
}
