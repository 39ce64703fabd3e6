package dev.switchboard.web;

import dev.switchboard.limits.Admission.Place;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.spi.Transport;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Holds one write, one close and one call of {@link #limitBuffering} until the session of a client
 * is open, and then passes them to the transport of the session.
 *
 * <p>The outbox holds the frames after that write. Any thread.
 */
final class HeldTransport implements Transport {

    private record Write(Frame frame, Completion completion) {}

    private record Close(Disconnect reason, @Nullable Frame word) {}

    private final Peer peer;
    private final Place place;
    private volatile @Nullable Transport session; // written under this
    private @Nullable Write write; // guarded by this
    private @Nullable Close close; // guarded by this
    private boolean limited; // guarded by this

    HeldTransport(Peer peer, Place place) {
        this.peer = peer;
        this.place = place;
    }

    /**
     * Passes what is held to {@code opened}, and then each call. {@code background} runs a close,
     * which may block.
     */
    void open(Transport opened, Executor background) {
        Write first;
        Close last;
        boolean small;
        synchronized (this) {
            session = opened;
            first = write;
            last = close;
            write = null;
            small = limited;
        }
        if (small) {
            opened.limitBuffering();
        }
        if (last != null) {
            background.execute(() -> opened.close(last.reason, last.word));
        } else if (first != null) {
            try {
                opened.send(first.frame, first.completion);
            } catch (Throwable failure) { // the outbox would catch it, but its call has returned
                first.completion.completed(failure);
            }
        }
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public Place place() {
        return place;
    }

    @Override
    public void send(Frame frame, Completion completion) {
        Transport open = session;
        if (open == null) {
            synchronized (this) {
                open = session;
                if (open == null) {
                    write = new Write(frame, completion);
                    return;
                }
            }
        }
        open.send(frame, completion);
    }

    @Override
    public int batchSize() {
        Transport open = session;
        return open == null ? 1 : open.batchSize();
    }

    @Override
    public void send(List<Frame> frames, Completion completion) {
        Transport open = session;
        if (open == null) {
            throw new IllegalStateException("several frames before the session is open");
        }
        open.send(frames, completion);
    }

    @Override
    public void limitBuffering() {
        Transport open;
        synchronized (this) {
            open = session;
            limited = true;
        }
        if (open != null) {
            open.limitBuffering();
        }
    }

    @Override
    public void close(Disconnect why, @Nullable Frame word) {
        Transport open;
        synchronized (this) {
            open = session;
            if (open == null) {
                close = new Close(why, word);
                return;
            }
        }
        open.close(why, word);
    }
}
