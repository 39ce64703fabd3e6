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
 * CommandQueue carries out the commands of one client, one at a time, in their order (protocol
 * section 4). All clients have one, whether they use WebSocket or HTTP.
 *
 * <p>The thread that submits a message carries out its first {@value #TURN} commands. The others
 * follow in turns of that size on threads that all clients share. Without the turns a large message
 * would occupy a thread. No thread waits for a command that is not yet complete.
 *
 * <p>Any thread may call any method, several threads at once too. The queue charges the bytes that
 * wait to the outbox of the client.
 */
final class CommandQueue {

    /** The stage of a command that is complete, so that the next command need not wait. */
    static final CompletionStage<?> DONE = CompletableFuture.completedStage(null);

    /** Step carries out one command. The next step begins when its stage is complete. */
    interface Step extends Supplier<CompletionStage<?>> {}

    /** Maximum bytes of messages that wait while a command is not yet complete. */
    private static final int MAX_BYTES = 1024 * 1024;

    /**
     * Maximum bytes of messages that wait while a thread carries out commands. It is larger because
     * the container may read on before that thread gets a processor.
     */
    private static final int MAX_BYTES_AT_WORK = 4 * MAX_BYTES;

    /** Maximum commands of one turn. */
    static final int TURN = 64;

    private enum State {
        /** No command waits. */
        IDLE,
        /** A thread carries out a command. */
        AT_WORK,
        /** A command has begun and is not yet complete. */
        WAITING,
        /** Commands wait for a thread that carries out the next turn. */
        BETWEEN_TURNS,
        /** The queue carries out no more commands. */
        STOPPED
    }

    private record Message(Iterator<? extends Step> commands, int bytes) {}

    private final Client client;
    private final Consumer<Throwable> onFailure;

    // All guarded by this.
    private final Queue<Message> messages = new ArrayDeque<>(); // each has a command left
    private State state = State.IDLE;
    private int bytes; // of all messages
    private int charged; // bytes that are charged to the client

    /** Takes in {@code onFailure} the receiver of each exception with which a command fails. */
    CommandQueue(Client client, Consumer<Throwable> onFailure) {
        this.client = client;
        this.onFailure = onFailure;
    }

    /** Submits a message with one command, as {@link #submit(int, Iterator)} does. */
    void submit(int bytes, Step command) {
        submit(bytes, List.of(command).iterator());
    }

    /**
     * Carries out the commands of a message after the commands that were submitted before.
     *
     * @param bytes the approximate size of the message in memory
     * @param commands at least one; the iterator must not block
     * @throws Disconnect if too many bytes wait
     */
    void submit(int bytes, Iterator<? extends Step> commands) {
        synchronized (this) {
            if (state == State.STOPPED) {
                return;
            }
            int most = state == State.WAITING ? MAX_BYTES : MAX_BYTES_AT_WORK;
            // The transport limits the size of a single message.
            if (!messages.isEmpty() && this.bytes + bytes > most) {
                throw Disconnect.TOO_MANY_REQUESTS;
            }
            this.bytes += bytes;
            messages.add(new Message(commands, bytes));
            if (state == State.AT_WORK || state == State.WAITING) {
                charge();
                return;
            }
            state = State.AT_WORK;
        }
        run();
        while (isMuch() && resume()) { // keeps a thread that submits too much from submitting more
            run();
        }
    }

    /**
     * Drops the commands that wait. A command that has begun goes on. Returns true for the first
     * call.
     */
    synchronized boolean stop() {
        boolean first = state != State.STOPPED;
        state = State.STOPPED;
        clear();
        return first;
    }

    private synchronized boolean isMuch() {
        return bytes > MAX_BYTES / 2;
    }

    /** Returns true for one thread, which then carries out the next turn. */
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
        if (charged > 0) { // a client whose messages never wait is never charged
            charge();
        }
        return next;
    }

    private void clear() {
        messages.clear();
        bytes = 0;
        if (charged > 0) {
            charge();
        }
    }

    /** Returns true if commands are left for another turn. */
    private synchronized boolean endTurn() {
        if (state == State.STOPPED) {
            return false;
        }
        state = messages.isEmpty() ? State.IDLE : State.BETWEEN_TURNS;
        if (bytes > 0) {
            charge();
        }
        return state == State.BETWEEN_TURNS;
    }

    private void charge() {
        charged = bytes;
        client.sentAhead(charged);
    }
}
