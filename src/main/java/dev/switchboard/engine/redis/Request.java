package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;

/** One command that goes to a server, and what its reply completes. */
final class Request {

    private final ProtocolCommand command;
    private final byte[][] arguments;
    private final @Nullable Script script;
    private final boolean silent;
    private final int size;
    private final CompletableFuture<@Nullable Object> reply = new CompletableFuture<>();

    private int confirmations; // how many are still to come; for the session alone, as the next two
    private int tries;
    private long takenAt; // in nanoseconds

    private Request(
            ProtocolCommand command, byte[][] arguments, @Nullable Script script, boolean silent, int confirmations) {
        this.command = command;
        this.arguments = arguments;
        this.script = script;
        this.silent = silent;
        this.size = size(arguments);
        this.confirmations = confirmations;
    }

    private static int size(byte[][] arguments) {
        int size = 0;
        for (byte[] argument : arguments) {
            size += argument.length;
        }
        return size;
    }

    static Request command(Command command, byte[]... arguments) {
        return new Request(command, arguments, null, false, 0);
    }

    static Request call(Script script, List<byte[]> keys, List<byte[]> arguments) {
        byte[][] all = new byte[2 + keys.size() + arguments.size()][];
        all[0] = script.sha();
        all[1] = Integer.toString(keys.size()).getBytes(US_ASCII);
        int next = 2;
        for (byte[] key : keys) {
            all[next++] = key;
        }
        for (byte[] argument : arguments) {
            all[next++] = argument;
        }
        return new Request(Command.EVALSHA, all, script, false, 0);
    }

    static Request load(Script script) {
        return command(Command.SCRIPT, "LOAD".getBytes(US_ASCII), script.text());
    }

    /** Returns a command that the server confirms for each channel, and not with a reply. */
    static Request subscribe(Command command, Collection<byte[]> channels) {
        return new Request(command, channels.toArray(byte[][]::new), null, false, channels.size());
    }

    /** Returns a command without a reply of its own, except for an error. */
    static Request unsubscribe(Command command, byte[] channel) {
        return new Request(command, new byte[][] {channel}, null, true, 0);
    }

    ProtocolCommand command() {
        return command;
    }

    byte[][] arguments() {
        return arguments;
    }

    /** Returns the size of all arguments in bytes. */
    int size() {
        return size;
    }

    @Nullable
    Script script() {
        return script;
    }

    /** Returns what must stay in order: the first key of a script. */
    ByteBuffer lane() {
        return arguments.length > 2 && arguments[1][0] != '0' ? ByteBuffer.wrap(arguments[2]) : ByteBuffer.allocate(0);
    }

    /** Completes on the thread that calls {@link #succeed} or {@link #fail}. */
    CompletableFuture<@Nullable Object> reply() {
        return reply;
    }

    /** Returns whether the server answers only with an error. */
    boolean isSilent() {
        return silent;
    }

    boolean awaitsConfirmation() {
        return confirmations > 0;
    }

    /** Counts one confirmation, and returns whether it was the last one. */
    boolean isConfirmed() {
        return --confirmations == 0;
    }

    int nextTry() {
        return ++tries;
    }

    void takenAt(long nanos) {
        takenAt = nanos;
    }

    long takenAt() {
        return takenAt;
    }

    void succeed(@Nullable Object value) {
        reply.complete(value);
    }

    void fail(Throwable failure) {
        reply.completeExceptionally(failure);
    }
}
