package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * CommandQueue carries out the commands of one client in their order (protocol section 4).
 *
 * <p>The thread that brings a message carries out the first {@value #TURN} commands. The others
 * follow in turns of that size on threads that all clients share, so that a large message holds no
 * thread. No thread waits for a command that takes its time.
 */
final class CommandQueue {

    /** Completed: the next command need not wait. */
    static final CompletionStage<?> DONE = CompletableFuture.completedStage(null);

    /** Carries out one command; the stage completes when the next one may begin. */
    interface Step extends Supplier<CompletionStage<?>> {}

    /** The bytes of messages that a client may send ahead while a command takes its time. */
    private static final int MAX_BYTES = 1024 * 1024;

    /** The same while a thread is at work: a container may read for a while before that thread gets a processor. */
    private static final int MAX_BYTES_AT_WORK = 4 * MAX_BYTES;

    /** The number of commands after which other clients have their turn. */
    static final int TURN = 64;

    private enum State {
        /** Nothing waits. */
        IDLE,
        /** A thread carries out a command. */
        AT_WORK,
        /** A command takes its time. */
        WAITING,
        /** The next turn waits for a thread. */
        BETWEEN_TURNS,
        /** Nothing is carried out any more. */
        STOPPED
    }

    private record Message(Iterator<? extends Step> commands, int bytes) {}

    private final Client client;
    private final Consumer<Throwable> onFailure;
    private final Queue<Message> messages = new ArrayDeque<>(); // each has a command left; guarded by this
    private State state = State.IDLE; // guarded by this
    private int bytes; // guarded by this
    private int told; // of those, what the client is charged with; guarded by this

    /** {@code onFailure} hears what a command throws or fails with. */
    CommandQueue(Client client, Consumer<Throwable> onFailure) {
        this.client = client;
        this.onFailure = onFailure;
    }

    /** As {@link #submit(int, Iterator)}, for one command. */
    void submit(int bytes, Step command) {
        submit(bytes, List.of(command).iterator());
    }

    /**
     * Carries out the commands of a message after those before them.
     *
     * @param bytes about what the message holds in memory
     * @param commands at least one; memory only
     */
    void submit(int bytes, Iterator<? extends Step> commands) {
        synchronized (this) {
            if (state == State.STOPPED) {
                return;
            }
            int most = state == State.WAITING ? MAX_BYTES : MAX_BYTES_AT_WORK;
            if (!messages.isEmpty() && this.bytes + bytes > most) { // one alone may be as large as a message
                throw Disconnect.TOO_MANY_REQUESTS;
            }
            this.bytes += bytes;
            messages.add(new Message(commands, bytes));
            if (state == State.AT_WORK || state == State.WAITING) {
                tell();
                return;
            }
            state = State.AT_WORK;
        }
        run();
        while (isMuch() && resume()) { // the thread that brings more than can be carried out brings no more meanwhile
            run();
        }
    }

    /** Drops what waits; what is under way goes on. Returns true for the first call. */
    synchronized boolean stop() {
        boolean first = state != State.STOPPED;
        state = State.STOPPED;
        clear();
        return first;
    }

    private synchronized boolean isMuch() {
        return bytes > MAX_BYTES / 2;
    }

    /** Returns true for the one thread that is to carry out the next turn. */
    private synchronized boolean resume() {
        return change(State.BETWEEN_TURNS, State.AT_WORK);
    }

    /** Returns true if the state was {@code from}. */
    private synchronized boolean change(State from, State to) {
        if (state != from) {
            return false;
        }
        state = to;
        return true;
    }

    private void nextTurn() {
        if (resume()) {
            run();
        }
    }

    private void run() {
        for (int i = 0; i < TURN; i++) {
            Step next = next();
            if (next == null) {
                return;
            }
            CompletableFuture<?> stage = start(next);
            if (!stage.isDone()) {
                change(State.AT_WORK, State.WAITING);
                CompletableFuture<?> unused = stage.whenComplete((done, failure) -> {
                    check(failure);
                    change(State.WAITING, State.AT_WORK);
                    client.serve(this::run);
                });
                return;
            }
            CompletableFuture<?> unused = stage.whenComplete((done, failure) -> check(failure));
        }
        if (endTurn()) {
            client.serveLater(this::nextTurn);
        }
    }

    private void check(@Nullable Throwable failure) {
        if (failure != null) {
            onFailure.accept(Failure.cause(failure));
        }
    }

    private static CompletableFuture<?> start(Step command) {
        try {
            return command.get().toCompletableFuture();
        } catch (Throwable failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private synchronized @Nullable Step next() {
        if (state == State.STOPPED) {
            return null;
        }
        Message first = client.isEnded() ? null : messages.peek();
        if (first == null) {
            clear();
            state = State.IDLE;
            return null;
        }
        Step next = first.commands.next();
        if (!first.commands.hasNext()) {
            messages.remove();
            bytes -= first.bytes;
        }
        if (told > 0) { // who never waits is not charged
            tell();
        }
        return next;
    }

    private void clear() {
        messages.clear();
        bytes = 0;
        if (told > 0) {
            tell();
        }
    }

    /** Returns true if there is another turn. */
    private synchronized boolean endTurn() {
        if (state == State.STOPPED) {
            return false;
        }
        state = messages.isEmpty() ? State.IDLE : State.BETWEEN_TURNS;
        if (bytes > 0) {
            tell();
        }
        return state == State.BETWEEN_TURNS;
    }

    private void tell() {
        told = bytes;
        client.sentAhead(told);
    }
}
