package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Speaks RESP3 with one server. One thread writes, and another one reads, at the same time; what
 * the server sends without being asked goes to a receiver. Any thread may cut the connection.
 */
final class RedisConnection extends Connection {

    private final OneSocket socket;
    private final Map<String, Object> greeting;

    /**
     * Connects and logs in.
     *
     * @throws IOException with the reason, if that fails
     */
    static RedisConnection open(HostAndPort server, Login login, LinkSettings settings) throws IOException {
        return open(new OneSocket(server, login.tls(), settings.connectTimeout()), login, settings);
    }

    /** Connects as the other method does, over a socket that another thread may close meanwhile. */
    static RedisConnection open(OneSocket socket, Login login, LinkSettings settings) throws IOException {
        try {
            return new RedisConnection(socket, login, settings);
        } catch (JedisConnectionException | JedisDataException e) {
            socket.close();
            throw new IOException(e.getMessage(), e);
        }
    }

    private RedisConnection(OneSocket socket, Login login, LinkSettings settings) {
        super(socket);
        this.socket = socket;
        connect();
        greeting = hello(greetingOf(login, settings));
        if (login.database() != 0) {
            select(login.database());
        }
        try {
            ask(Command.PING); // a server that still loads its data answers this with an error
        } catch (JedisDataException error) {
            if (Verdict.of(String.valueOf(error.getMessage())) != Verdict.REFUSED) {
                throw error; // else it cannot save, and serves what reads
            }
        }
    }

    private static byte[][] greetingOf(Login login, LinkSettings settings) {
        List<String> words = new ArrayList<>(List.of("3"));
        if (!login.password().isEmpty()) {
            words.addAll(List.of("AUTH", login.user().isEmpty() ? "default" : login.user(), login.password()));
        }
        words.addAll(List.of("SETNAME", settings.clientName()));
        return words.stream().map(word -> word.getBytes(UTF_8)).toArray(byte[][]::new);
    }

    /** Leaves out the consumers of Jedis, which know nothing of two threads. */
    @Override
    protected void initPushConsumers(@Nullable JedisClientConfig config) {}

    /** Hands all that the server sends without being asked to the receiver, on the reading thread. */
    void receive(Consumer<List<Object>> receiver) {
        addPushConsumer(context -> {
            receiver.accept(context.getMessage().getContent());
            context.drop();
            return context;
        });
    }

    /** Makes reading wait for ever, which {@link #cut} ends. */
    void waitForEver() {
        setSoTimeout(0);
    }

    /**
     * Returns why the server cannot serve a link; empty if it can.
     *
     * @param cluster whether it must belong to a cluster
     */
    String unfitness(boolean cluster) {
        if (greeted("version").matches("[0-6]\\..*")) {
            return "has version " + greeted("version") + ", and Redis 7 or newer is needed";
        }
        if (!cluster && greeted("mode").equals("cluster")) {
            return "belongs to a cluster, whose URL begins with redis+cluster://";
        }
        return greeted("role").equals("master") ? "" : "is a replica and takes no writes";
    }

    private String greeted(String field) {
        Object value = greeting.get(field);
        return value instanceof byte[] text ? new String(text, UTF_8) : String.valueOf(value);
    }

    /** Writes a command, of which some stays in memory until {@link #flush}. */
    void write(ProtocolCommand command, byte[][] arguments) {
        sendCommand(command, arguments);
    }

    @Override
    protected void flush() {
        super.flush();
    }

    /**
     * Waits for the next reply.
     *
     * @throws JedisDataException if the reply is an error
     * @throws JedisConnectionException if the connection has ended
     */
    @Nullable
    Object read() {
        return readProtocolWithCheckingBroken();
    }

    /** Sends a command and waits for its reply. Only for one thread that both writes and reads. */
    @Nullable
    Object ask(Command command, String... arguments) {
        sendCommand(command, arguments);
        flush();
        return read();
    }

    /** Ends the connection. Never blocks. */
    void cut() {
        socket.close();
    }
}
