package dev.switchboard.hub;

import dev.switchboard.limits.Traffic;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Position;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Channel holds the subscriptions of this node to one channel, and tells all of them each event in
 * the same order.
 *
 * <p>The caller runs a {@link Dispatch} that a method has filled, when the method has returned.
 */
final class Channel {

    private final Traffic.Namespace namespace;

    // All fields below are guarded by this.
    private final Set<Subscription> subscriptions = new LinkedHashSet<>();

    /** The number of the subscriptions that want joins and leaves. */
    private int wantingJoinLeave;

    /** The number of the subscriptions that presence shows. */
    private int present;

    /**
     * The subscriptions in their order; null after a change. An array, because the entries of the
     * set would be one more object to visit for each subscription.
     */
    private Subscription @Nullable [] inOrder;

    /** {@code namespace} counts the publications of the channel. */
    Channel(Traffic.Namespace namespace) {
        this.namespace = namespace;
    }

    synchronized void add(Subscription subscription) {
        if (subscriptions.add(subscription)) {
            count(subscription, 1);
        }
        inOrder = null;
    }

    private void count(Subscription subscription, int change) {
        wantingJoinLeave += subscription.wantsJoinLeave() ? change : 0;
        present += subscription.options().presence() ? change : 0;
    }

    /** Removes the subscription and ends it. Returns false if it was removed before. */
    synchronized boolean remove(Subscription subscription) {
        boolean removed = subscriptions.remove(subscription);
        if (removed) {
            count(subscription, -1);
        }
        inOrder = null;
        subscription.end();
        return removed;
    }

    private Subscription[] inOrder() {
        Subscription[] array = inOrder;
        if (array == null) {
            array = subscriptions.toArray(new Subscription[0]);
            inOrder = array;
        }
        return array;
    }

    synchronized int size() {
        return subscriptions.size();
    }

    /** Returns the first subscribers. */
    synchronized List<ClientInfo> first(int limit) {
        return subscriptions.stream().limit(limit).map(Subscription::info).toList();
    }

    /** Returns the number of subscriptions that presence shows. */
    synchronized int present() {
        return present;
    }

    synchronized boolean isEmpty() {
        return subscriptions.isEmpty();
    }

    /**
     * Queues the event for all subscriptions. {@code alongside} runs in the same order; memory
     * only.
     */
    synchronized void tell(Broadcast broadcast, Dispatch dispatch, Runnable alongside) {
        alongside.run();
        if (broadcast.publication() == null && wantingJoinLeave == 0) {
            return; // else ten thousand clients that come would visit one another
        }
        for (Subscription subscription : inOrder()) {
            try {
                subscription.receive(broadcast, dispatch);
            } catch (Throwable failure) { // the other subscriptions still receive the event
                subscription.fail(failure, dispatch);
            }
        }
        dispatch.count(namespace);
    }

    /** Ends the subscriptions that have missed something before the top of the stream. */
    synchronized void reached(Position top, Dispatch dispatch) {
        for (Subscription subscription : inOrder()) {
            subscription.reached(top, dispatch);
        }
    }

    /**
     * Queues the answer to a subscribe request and makes the subscription live. Returns false if
     * the subscription has ended.
     */
    synchronized boolean goLive(
            Subscription subscription, List<Frame> answer, @Nullable Position reached, Dispatch dispatch) {
        boolean live = subscription.goLive(answer, reached, dispatch);
        dispatch.count(namespace);
        return live;
    }

    /**
     * Returns the position after which a subscription that fell behind reads the history, or null
     * if the subscription has ended.
     */
    @Nullable
    synchronized Position rewind(Subscription subscription) {
        return subscription.rewind();
    }

    /** Queues what the subscription has read from the history. */
    synchronized void resume(Subscription subscription, List<Broadcast> missed, Position top, Dispatch dispatch) {
        subscription.resume(missed, top, dispatch);
        dispatch.count(namespace);
    }

    /** Ends a subscription that cannot read what it missed. */
    synchronized void lose(Subscription subscription, Dispatch dispatch) {
        subscription.lose(dispatch);
    }
}
