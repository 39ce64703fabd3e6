package dev.switchboard.hub;

import dev.switchboard.model.Frame;
import dev.switchboard.model.Position;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The local listeners of one channel; all of them hear what happens in one and the same order. */
final class Channel {

    // all guarded by this
    private final Set<Subscription> listeners = new LinkedHashSet<>();
    private int curious; // of the listeners, those that hear who comes and goes
    private Subscription @Nullable []
            inOrder; // as long as nobody comes or goes: the set's entries would be one more place to visit for each

    synchronized void add(Subscription listener) {
        if (listeners.add(listener) && listener.hearsJoinLeave()) {
            curious++;
        }
        inOrder = null;
    }

    synchronized void remove(Subscription listener) {
        if (listeners.remove(listener) && listener.hearsJoinLeave()) {
            curious--;
        }
        inOrder = null;
        listener.end();
    }

    private Subscription[] inOrder() {
        Subscription[] known = inOrder;
        if (known == null) {
            known = listeners.toArray(new Subscription[0]);
            inOrder = known;
        }
        return known;
    }

    synchronized int size() {
        return listeners.size();
    }

    synchronized boolean isEmpty() {
        return listeners.isEmpty();
    }

    /** Queues it for everybody; the writes are for the caller to run. What is done {@code alongside} meets the same order; memory only. */
    Dispatch tell(Broadcast broadcast, Runnable alongside) {
        Dispatch dispatch = new Dispatch();
        synchronized (this) {
            alongside.run();
            if (broadcast.publication() == null && curious == 0) {
                return dispatch; // or ten thousand who come would look at each other, one by one
            }
            for (Subscription listener : inOrder()) {
                try {
                    listener.hear(broadcast, dispatch);
                } catch (Throwable failure) { // the others hear it all the same
                    dispatch.fail(listener.client(), failure);
                }
            }
        }
        return dispatch;
    }

    /** Queues the answer to a subscription and lets it hear what comes after; false if it has ended. */
    synchronized boolean goLive(
            Subscription listener, List<Frame> answer, @Nullable Position reached, Dispatch dispatch) {
        return listener.goLive(answer, reached, dispatch);
    }

    /** From where on the history is to be read for one that fell behind; null if it has ended. */
    @Nullable
    synchronized Position rewind(Subscription listener) {
        return listener.rewind();
    }

    /** Queues what was read for it; the writes are for the caller to run. */
    synchronized Dispatch resume(Subscription listener, List<Broadcast> missed, Position top) {
        Dispatch dispatch = new Dispatch();
        listener.resume(missed, top, dispatch);
        return dispatch;
    }

    /** What it missed cannot be read; the consequences are for the caller to run. */
    synchronized Dispatch lose(Subscription listener) {
        Dispatch dispatch = new Dispatch();
        listener.lose(dispatch);
        return dispatch;
    }
}
