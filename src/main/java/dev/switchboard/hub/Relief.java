package dev.switchboard.hub;

import dev.switchboard.limits.Budget;
import dev.switchboard.model.Disconnect;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Relief disconnects the clients with the most waiting bytes when all clients together exceed their
 * budget. A client that reads can recover from the history.
 */
final class Relief {

    private final Node node;
    private final Collection<? extends Recipient> clients;
    private final AtomicBoolean running = new AtomicBoolean();

    /** {@code clients} is live: it holds the clients of each moment. */
    Relief(Node node, Collection<? extends Recipient> clients) {
        this.node = node;
        this.clients = clients;
    }

    /** If the budget is exceeded, starts the work on another thread. Memory only. */
    void relieve() {
        if (node.admission().budget().isExceeded() && running.compareAndSet(false, true)) {
            node.writers().execute(() -> {
                try {
                    disconnectLargest(node.admission().budget());
                } finally {
                    running.set(false);
                }
            });
        }
    }

    private void disconnectLargest(Budget budget) {
        record Load(Recipient client, long bytes) {}
        List<Load> loads = clients.stream()
                .map(client -> new Load(client, client.outbox().stuck()))
                .filter(load -> load.bytes > 0)
                .sorted(Comparator.comparingLong(Load::bytes).reversed())
                .toList();
        for (Load load : loads) {
            if (budget.isRelieved()) {
                return;
            }
            load.client.disconnect(Disconnect.SLOW);
        }
    }
}
