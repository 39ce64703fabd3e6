package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.switchboard.model.ClientError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;

/**
 * Is a part of all channels that moves from server to server as a whole. It remembers the channels
 * that are wanted.
 */
final class Section implements Link {

    private static final System.Logger LOG = System.getLogger(Section.class.getName());

    /** Channels in one command: few commands, and none that holds the server up. */
    private static final int CHUNK = 500;

    private final Listener listener;
    private final boolean sharded;

    private final Set<String> channels = new HashSet<>(); // guarded by itself, as all changes of the state
    private volatile @Nullable Server server;
    private volatile @Nullable Session session; // the one that was asked for the channels
    private volatile boolean connected;
    private final Map<String, Integer> leaving = new HashMap<>(); // how many unsubscriptions are under way
    private boolean stalled; // whether the section must ask again
    private boolean announced; // whether the listener was called for the session
    private volatile @Nullable Thread announcing;

    /** {@code sharded} says whether the channels are those of a cluster. Call {@link #moveTo} next. */
    Section(Listener listener, boolean sharded) {
        this.listener = listener;
        this.sharded = sharded;
    }

    /** Gives the section to another server. Only one thread calls this. */
    void moveTo(Server next) {
        Server old = server;
        if (old == next) {
            return;
        }
        if (old != null) {
            old.detach(this);
        }
        server = next;
        next.attach(this);
    }

    @Nullable
    Server server() {
        return server;
    }

    /** Asks for all channels on the connection. */
    void begin(Session next) {
        Session before = session;
        if (before != null && before != next) {
            end(before); // its server has not said so yet
        }
        List<Request> requests = new ArrayList<>();
        synchronized (channels) {
            List<byte[]> chunk = new ArrayList<>();
            for (String channel : channels) {
                chunk.add(bytes(channel));
                if (chunk.size() == CHUNK) {
                    requests.add(subscription(chunk));
                    chunk.clear();
                }
            }
            requests.add(chunk.isEmpty() ? Request.command(Command.PING) : subscription(chunk));
            requests.forEach(next::sendAnyway);
            session = next;
            stalled = false;
        }
        CompletableFuture<?> all =
                CompletableFuture.allOf(requests.stream().map(Request::reply).toArray(CompletableFuture[]::new));
        var unused = all.whenComplete((ok, failure) -> {
            if (failure == null) {
                announce(next);
            } else if (sharded) {
                stall(next);
            } else {
                next.end("cannot subscribe: " + failure.getMessage());
            }
        });
    }

    /** Returns a text with a character for each byte. */
    private static String key(byte[] channel) {
        return new String(channel, ISO_8859_1);
    }

    private static byte[] bytes(String key) {
        return key.getBytes(ISO_8859_1);
    }

    private Request subscription(List<byte[]> chunk) {
        return Request.subscribe(sharded ? Command.SSUBSCRIBE : Command.SUBSCRIBE, chunk);
    }

    private void announce(Session current) {
        synchronized (channels) {
            if (session != current || announced) {
                return;
            }
            announced = true;
        }
        announcing = Thread.currentThread();
        try {
            listener.connected(this);
        } catch (RuntimeException | Error failure) {
            LOG.log(System.Logger.Level.ERROR, "the listener of Redis has failed", failure);
            current.end("the listener has failed");
        } finally {
            if (announcing == Thread.currentThread()) { // else another server has gone on
                announcing = null;
            }
        }
        synchronized (channels) {
            connected = session == current;
        }
    }

    /** Forgets the connection, which has ended for the section. */
    void end(Session old) {
        synchronized (channels) {
            if (session != old) {
                return;
            }
            session = null;
            connected = false;
            if (!announced) {
                return;
            }
            announced = false;
        }
        listener.disconnected(this);
    }

    /** Forgets the connection, which goes on, until {@link #begin}. */
    void stall(Session current) {
        synchronized (channels) {
            stalled |= session == current;
        }
        end(current);
    }

    /** Returns whether the section must ask its server again. */
    boolean isStalled() {
        synchronized (channels) {
            return stalled;
        }
    }

    /** Ends the subscriptions on a connection that goes on, and forgets it. */
    void leave(Session old) {
        synchronized (channels) {
            if (session == old) {
                channels.forEach(channel -> sendUnsubscription(channel, old));
            }
        }
        end(old);
    }

    /** Returns whether the server has ended a subscription by itself, when it has ended one. */
    boolean misses(byte[] channel) {
        String key = key(channel);
        synchronized (channels) {
            return channels.contains(key) && !leaving.containsKey(key);
        }
    }

    private void sendUnsubscription(String channel, Session current) {
        Request request = Request.unsubscribe(sharded ? Command.SUNSUBSCRIBE : Command.UNSUBSCRIBE, bytes(channel));
        leaving.merge(channel, 1, Integer::sum);
        var unused = request.reply().whenComplete((ok, failure) -> {
            synchronized (channels) {
                leaving.computeIfPresent(channel, (key, count) -> count == 1 ? null : count - 1);
            }
        });
        current.sendAnyway(request);
    }

    @Override
    public <T extends @Nullable Object> CompletionStage<T> run(
            Script script, List<byte[]> keys, List<byte[]> arguments, Function<@Nullable Object, T> reading) {
        Session current = session;
        if (current == null || (!connected && Thread.currentThread() != announcing)) {
            return CompletableFuture.failedFuture(ClientError.INTERNAL);
        }
        Request request = Request.call(script, keys, arguments);
        CompletableFuture<T> result = new CompletableFuture<>();
        var unused = request.reply().whenComplete((reply, failure) -> complete(result, reply, failure, reading));
        current.send(request);
        return result;
    }

    private static <T extends @Nullable Object> void complete(
            CompletableFuture<T> result,
            @Nullable Object reply,
            @Nullable Throwable failure,
            Function<@Nullable Object, T> reading) {
        if (failure != null) {
            result.completeExceptionally(failure);
            return;
        }
        try {
            result.complete(reading.apply(reply));
        } catch (RuntimeException | Error thrown) {
            result.completeExceptionally(thrown);
        }
    }

    @Override
    public CompletionStage<?> subscribe(byte[] channel) {
        Request request = subscription(List.of(channel));
        synchronized (channels) {
            channels.add(key(channel));
            Session current = session;
            if (current == null) {
                return CompletableFuture.failedFuture(ClientError.INTERNAL);
            }
            current.send(request);
        }
        return request.reply();
    }

    @Override
    public void unsubscribe(byte[] channel) {
        synchronized (channels) {
            Session current = session;
            String key = key(channel);
            if (channels.remove(key) && current != null) {
                sendUnsubscription(key, current);
            }
        }
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public String fault() {
        Server current = server;
        if (current == null) {
            return "no server of the cluster of Redis owns the channels";
        }
        String fault = current.fault();
        return fault.isEmpty() && !connected ? "Redis does not confirm the channels" : fault;
    }
}
