package dev.switchboard.hub;

import dev.switchboard.model.Failure;
import dev.switchboard.model.History;
import dev.switchboard.model.Position;
import dev.switchboard.spi.Encoding;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Rewind reads the history for a subscription that fell behind, one page at a time. */
final class Rewind {

    private static final System.Logger LOG = System.getLogger(Rewind.class.getName());

    private final Subscription subscription;
    private final Encoding encoding;
    private final Hub hub;
    private final Node node;

    Rewind(Subscription subscription, Encoding encoding, Hub hub, Node node) {
        this.subscription = subscription;
        this.encoding = encoding;
        this.hub = hub;
        this.node = node;
    }

    /** Reads one page. If there is more, the subscription falls behind again at its end. */
    void readPage() {
        Channel channel = hub.channel(subscription.channel());
        Position from = channel == null ? null : channel.rewind(subscription);
        if (channel == null || from == null) {
            return;
        }
        CompletableFuture.completedStage(from)
                .thenCompose(position -> node.engine()
                        .history(
                                subscription.channel(),
                                CatchUp.page(position, CatchUp.MAX_PUBLICATIONS),
                                subscription.options().retention()))
                .thenApply(page -> {
                    List<Broadcast> missed = broadcasts(page);
                    return queued(dispatch -> channel.resume(subscription, missed, page.top(), dispatch));
                })
                .exceptionally(failure -> {
                    LOG.log(System.Logger.Level.WARNING, "the engine failed", Failure.cause(failure));
                    return queued(dispatch -> channel.lose(subscription, dispatch));
                })
                .thenAccept(Dispatch::run);
    }

    private Dispatch queued(Consumer<Dispatch> work) {
        Dispatch dispatch = hub.dispatch();
        work.accept(dispatch);
        return dispatch;
    }

    /**
     * Returns as much of the page as fits, encoded here because the channel's lock is for all
     * clients.
     */
    private List<Broadcast> broadcasts(History page) {
        return CatchUp.fitting(page.publications(), node.limits().historyBytes()).stream()
                .map(publication -> Broadcast.publication(subscription.channel(), publication))
                .peek(broadcast -> broadcast.in(encoding))
                .toList();
    }
}
