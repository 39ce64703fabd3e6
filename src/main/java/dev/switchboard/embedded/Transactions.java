package dev.switchboard.embedded;

import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Publishes after the commit of the JTA transaction of the calling thread, and drops after a
 * rollback. Without a transaction it publishes at once.
 */
final class Transactions implements PublishTiming {

    private final TransactionSynchronizationRegistry registry;

    /**
     * {@code registry} is a {@link TransactionSynchronizationRegistry}. A parameter of
     * that type would load JTA with the caller.
     */
    Transactions(Object registry) {
        this.registry = (TransactionSynchronizationRegistry) registry;
    }

    @Override
    public void await(Runnable publish, Runnable drop) {
        if (registry.getTransactionKey() == null) {
            publish.run();
            return;
        }
        @Nullable Waiting known = (Waiting) registry.getResource(Waiting.class);
        if (known != null && known.add(publish, drop)) {
            return;
        }
        switch (registry.getTransactionStatus()) {
            case Status.STATUS_NO_TRANSACTION, Status.STATUS_COMMITTED -> publish.run();
            case Status.STATUS_MARKED_ROLLBACK, Status.STATUS_ROLLING_BACK, Status.STATUS_ROLLEDBACK -> drop.run();
            default -> {
                Waiting waiting = new Waiting();
                registry.registerInterposedSynchronization(waiting);
                registry.putResource(Waiting.class, waiting);
                waiting.add(publish, drop);
            }
        }
    }

    /** Holds the publications that wait for the end of one transaction. Any thread. */
    private static final class Waiting implements Synchronization {

        private record Entry(Runnable publish, Runnable drop) {}

        private final List<Entry> entries = new ArrayList<>(); // guarded by this
        private boolean completed; // guarded by this

        /** Returns false if the transaction has ended. */
        synchronized boolean add(Runnable publish, Runnable drop) {
            return !completed && entries.add(new Entry(publish, drop));
        }

        @Override
        public void beforeCompletion() {}

        /** Runs on a thread of the container if the transaction took too long. */
        @Override
        public void afterCompletion(int status) {
            List<Entry> all;
            synchronized (this) {
                completed = true;
                all = List.copyOf(entries);
            }
            for (Entry entry : all) {
                (status == Status.STATUS_COMMITTED ? entry.publish : entry.drop).run();
            }
        }
    }
}
