package dev.switchboard.engine.redis;

import dev.switchboard.model.ClientError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Keeps the requests of one connection in order, from its beginning to its end.
 *
 * <p>One thread writes, and another one reads and completes requests. Any thread may send requests
 * and end the session; that takes memory only.
 */
final class Session {

    /** Receives what the server sends without being asked, on the reading thread. */
    interface Receiver {

        void message(byte[] channel, byte[] message);

        /** Says that the server has ended a subscription, also one that we ended. */
        void unsubscribed(byte[] channel);

        /** Says that the server has refused a request. */
        void refused(Verdict verdict, String error);
    }

    /** How often a script is sent that the server does not know. */
    private static final int MAX_TRIES = 3;

    private final RedisConnection connection;
    private final Receiver receiver;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by the lock.
    private final Pending pending = new Pending();
    private final Set<Script> loaded = new HashSet<>();
    private boolean writerWaits;
    private boolean held; // a script is lost: the writer waits until nothing is under way
    private boolean ended;
    private @Nullable String end; // why the session ends as soon as nothing is under way

    private volatile long progressAt = System.nanoTime(); // when the server sent something

    // For the reading thread alone.
    private final Deque<Request> again = new ArrayDeque<>(); // met the lost script
    private final Set<ByteBuffer> overtaken = new HashSet<>(); // lanes in which a later call ran

    Session(RedisConnection connection, Receiver receiver) {
        this.connection = connection;
        this.receiver = receiver;
        connection.receive(this::pushed);
    }

    /** Sends the request, or fails it at once if too much is pending or the session ends. */
    void send(Request request) {
        offer(request, () -> pending.hasRoom(request.size()));
    }

    /** Sends a request of the link itself, whatever is pending. */
    void sendAnyway(Request request) {
        offer(request, () -> true);
    }

    private void offer(Request request, BooleanSupplier room) {
        ClientError refusal;
        lock.lock();
        try {
            if (ended || end != null) {
                refusal = ClientError.INTERNAL;
            } else if (!room.getAsBoolean()) {
                refusal = ClientError.TOO_MANY_REQUESTS;
            } else {
                pending.add(request);
                if (writerWaits && !held) {
                    changed.signal();
                }
                return;
            }
        } finally {
            lock.unlock();
        }
        request.fail(refusal);
    }

    /** Writes all requests until the session ends. Only the writing thread calls this. */
    void write() {
        try {
            List<Request> batch = new ArrayList<>();
            while (take(batch)) {
                for (Request request : batch) {
                    connection.write(request.command(), request.arguments());
                }
                connection.flush();
                batch.clear();
            }
        } catch (JedisConnectionException gone) {
            end("cannot write: " + gone.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            end("the writer has ended");
        }
    }

    private boolean take(List<Request> batch) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!ended && (held || end != null || !pending.hasWaiting())) {
                writerWaits = true;
                changed.await();
                writerWaits = false;
            }
            if (ended) {
                return false;
            }
            long now = System.nanoTime();
            for (Request request : pending.takeWaiting()) {
                Script script = request.script();
                if (script != null && loaded.add(script)) {
                    take(Request.load(script), now, batch);
                }
                take(request, now, batch);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void take(Request request, long now, List<Request> batch) {
        request.takenAt(now);
        pending.send(request);
        batch.add(request);
    }

    /**
     * Reads until the session ends, and completes the requests. Only the reading thread calls this.
     *
     * @throws IOException always, with the reason of the end
     */
    void read() throws IOException {
        try {
            while (true) {
                Object reply;
                try {
                    reply = connection.read();
                } catch (JedisDataException error) {
                    answered(error);
                    continue;
                }
                answered(reply);
            }
        } catch (JedisConnectionException gone) {
            throw new IOException(reasonOr(String.valueOf(gone.getMessage())), gone);
        } finally {
            end("the reader has ended");
        }
    }

    private String reasonOr(String other) {
        lock.lock();
        try {
            return end == null ? other : end;
        } finally {
            lock.unlock();
        }
    }

    private void answered(@Nullable Object reply) {
        progressAt = System.nanoTime();
        Request request = next(!(reply instanceof JedisDataException));
        if (reply instanceof JedisDataException error) {
            failed(request, String.valueOf(error.getMessage()));
        } else {
            request.succeed(reply);
        }
        settle();
    }

    /** Returns the oldest request. */
    private Request next(boolean success) {
        lock.lock();
        try {
            Request request = pending.poll();
            if (request == null || (success && (request.awaitsConfirmation() || request.isSilent()))) {
                throw new JedisConnectionException("the replies are out of order");
            }
            if (held && success && request.script() != null) {
                overtaken.add(request.lane());
            }
            return request;
        } finally {
            lock.unlock();
        }
    }

    private void failed(Request request, String error) {
        Verdict verdict = Verdict.of(error);
        if (verdict == Verdict.REFUSED && request.command() == Command.PING) {
            request.succeed(null); // a server that cannot save refuses it, and serves what reads
            return;
        }
        switch (verdict) {
            case SCRIPT_LOST -> {
                if (request.script() != null && request.nextTry() < MAX_TRIES) {
                    again.add(request);
                    hold();
                } else {
                    request.fail(ClientError.INTERNAL.because(error));
                }
            }
            case WRONG_SERVER -> {
                drain(error);
                receiver.refused(verdict, error);
                request.fail(ClientError.INTERNAL.because(error));
            }
            case MOVED, REFUSED, FORBIDDEN -> {
                receiver.refused(verdict, error);
                request.fail(ClientError.INTERNAL.because(error));
            }
            case UNKNOWN -> request.fail(new RedisFault(error));
        }
    }

    private void hold() {
        lock.lock();
        try {
            held = true;
            loaded.clear();
        } finally {
            lock.unlock();
        }
    }

    private void drain(String reason) {
        lock.lock();
        try {
            if (end == null) {
                end = reason;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Goes on after a lost script, or ends, if nothing is under way. */
    private void settle() {
        List<Request> late = new ArrayList<>();
        lock.lock();
        try {
            if (pending.hasUnderWay() || (!held && end == null)) {
                return;
            }
            if (end != null) {
                throw new JedisConnectionException(end);
            }
            while (!again.isEmpty()) {
                Request request = again.removeLast();
                if (overtaken.contains(request.lane())) {
                    late.add(request);
                } else {
                    pending.addFirst(request);
                }
            }
            overtaken.clear();
            held = false;
            changed.signal();
        } finally {
            lock.unlock();
        }
        // Another node has loaded the script meanwhile, so a later call in the same lane ran.
        late.forEach(request -> request.fail(ClientError.INTERNAL.because("a later call overtook it")));
    }

    private void pushed(List<Object> content) {
        progressAt = System.nanoTime();
        switch (PushKind.of((byte[]) content.get(0))) {
            case MESSAGE -> receiver.message((byte[]) content.get(1), (byte[]) content.get(2));
            case BEGIN -> confirmed();
            case END -> {
                byte[] channel = (byte[]) content.get(1);
                obeyed(channel);
                receiver.unsubscribed(channel);
            }
            case OTHER -> {}
        }
    }

    /** Completes our request to end the subscription, if it is ours; an error then belongs to the next one. */
    private void obeyed(byte[] channel) {
        Request done = null;
        lock.lock();
        try {
            Request oldest = pending.oldest();
            if (oldest != null && oldest.isSilent() && Arrays.equals(oldest.arguments()[0], channel)) {
                done = pending.poll();
            }
        } finally {
            lock.unlock();
        }
        if (done != null) {
            done.succeed(null);
            settle();
        }
    }

    private void confirmed() {
        Request done = null;
        lock.lock();
        try {
            Request request = pending.oldest();
            if (request == null || !request.awaitsConfirmation()) {
                throw new JedisConnectionException("the confirmations are out of order");
            }
            if (request.isConfirmed()) {
                done = pending.poll();
            }
        } finally {
            lock.unlock();
        }
        if (done != null) {
            done.succeed(null);
            settle();
        }
    }

    /** Returns whether a request waits, and nothing at all has come for so many nanoseconds. */
    boolean isStuck(long now, long nanos) {
        lock.lock();
        try {
            Request oldest = pending.oldest();
            return oldest != null && now - oldest.takenAt() > nanos && now - progressAt > nanos;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether no request waits or is under way, or the session has ended. */
    boolean isIdle() {
        lock.lock();
        try {
            return ended || !pending.hasWaiting() && !pending.hasUnderWay();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the connection. The first reason counts. Call {@link #failAll} later. */
    void end(String reason) {
        lock.lock();
        try {
            ended = true;
            if (end == null) {
                end = reason;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        connection.cut();
    }

    /** Fails all requests. Only the reading thread calls this, after {@link #read} has ended. */
    void failAll(IOException unknown) {
        List<Request> unsent;
        List<Request> sent;
        lock.lock();
        try {
            unsent = new ArrayList<>(again);
            unsent.addAll(pending.takeWaiting());
            sent = pending.takeUnderWay();
        } finally {
            lock.unlock();
        }
        again.clear();
        sent.forEach(request -> request.fail(unknown));
        unsent.forEach(request -> request.fail(ClientError.INTERNAL));
    }
}
