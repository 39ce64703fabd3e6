package dev.switchboard.engine.redis;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands to one Redis server, and receives what its channels publish, over one connection.
 *
 * <p>Any thread may call the methods. None of them blocks. A stage completes on the reading thread
 * of the link, in one order with the messages: when it completes, the listener has every message
 * that the server published before it ran the command. A message that the script itself publishes
 * comes before its reply or right behind it. A stage that fails at once does so on the thread of
 * the caller.
 *
 * <p>A stage fails with a {@link dev.switchboard.model.ClientError} if the server has done nothing:
 * 100 without a connection, or where the server refuses to work; 111 if 10,000 requests, or 32 MiB
 * of them, are under way or waiting. A stage fails with an {@link java.io.IOException} if the
 * connection has ended, or with a {@link RedisFault} if the server has sent another error: then the
 * outcome is unknown.
 */
interface Link {

    /**
     * Receives what happens at links. The reading thread of a link calls the methods, one call at a
     * time for each link. They work in memory only.
     */
    interface Listener {

        /**
         * Says that a new connection is ready, and that the server has confirmed all channels of
         * the link. Commands that the listener gives now go out before those of other threads.
         */
        void connected(Link link);

        /** Says that the connection has ended, before the stages of commands under way fail. */
        void disconnected(Link link);

        /** Receives a message of a channel. */
        void message(byte[] channel, byte[] message);
    }

    /**
     * Runs the script. Two calls with the same first key run in the order of the calls, also when
     * the server has lost the script and gets it again. A script must write before it publishes: a
     * server that refuses writes lets it publish.
     *
     * <p>The reply is a {@link Long}, a {@code byte[]}, a {@link List} of replies, or null. {@code
     * reading} gets it on the reading thread, before any later message, and works in memory only;
     * the stage completes with what it returns or throws. What a caller adds to the stage can run
     * on the thread of the caller, and later.
     */
    <T extends @Nullable Object> CompletionStage<T> run(
            Script script, List<byte[]> keys, List<byte[]> arguments, Function<@Nullable Object, T> reading);

    /** Runs the script as the other method does, and completes with the reply. */
    default CompletionStage<@Nullable Object> run(Script script, List<byte[]> keys, List<byte[]> arguments) {
        return run(script, keys, arguments, reply -> reply);
    }

    /**
     * Subscribes to the channel. The stage completes when the server has confirmed it.
     *
     * <p>The link remembers the channel until {@link #unsubscribe}, and subscribes to it on each new
     * connection; also if the stage fails.
     */
    CompletionStage<?> subscribe(byte[] channel);

    /** Ends the subscription. Messages can come until the server has heard of it. */
    void unsubscribe(byte[] channel);

    /** Returns whether commands can be sent. */
    boolean isConnected();

    /** Returns why the link cannot be relied on, for an operator; empty if it can. */
    String fault();
}
