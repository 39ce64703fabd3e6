package dev.switchboard.hooks;

import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.limits.EventLog;
import dev.switchboard.limits.Histogram;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.PublishGrant;
import dev.switchboard.model.RefreshGrant;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Tracing;
import java.lang.reflect.InvocationTargetException;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls the application over HTTP, in the shapes of Centrifugo's proxy protocol.
 *
 * <p>A hook request is {@code {"client":…,"user":…,…}}. Its reply is {@code {"result":{…}}},
 * {@code {"error":{"code":…,"message":…}}} or {@code {"disconnect":{"code":…,"reason":…}}}. JSON in
 * either is passed on exactly as its author wrote it.
 */
public final class Hooks implements Application {

    private static final System.Logger LOG = System.getLogger(Hooks.class.getName());

    /** Maximum bytes of a reply beside its message. */
    private static final int ENVELOPE_BYTES = 64 * 1024;

    private final HooksSettings settings;
    private volatile @Nullable HttpClient http; // null after the stop
    private final InstantSource clock;
    private final HookNotifications notifications;
    private final Map<Event, Hook> hooks = new EnumMap<>(Event.class);

    /**
     * The caller must call {@link #tick} about once a second, and {@link #stop} at the end.
     *
     * @param messageBytes maximum bytes of a message
     * @param threads for the HTTP client, which may block on them while it looks up a host
     * @param writers for short tasks that do not block
     * @param timer for tasks that only hand over to {@code writers}
     * @param events the log
     */
    public Hooks(
            HooksSettings settings,
            int messageBytes,
            Executor threads,
            Executor writers,
            ScheduledExecutorService timer,
            InstantSource clock,
            LongSupplier nanoTime,
            EventLog events,
            Tracing tracing) {
        this.settings = settings;
        this.clock = clock;
        this.http = client(settings, threads);
        this.notifications = new HookNotifications(settings.vacatedAfter(), settings.concurrency(), nanoTime, writers);
        Hook.Resources resources = new Hook.Resources(() -> http, writers, timer, nanoTime, events, tracing);
        settings.urls()
                .forEach((event, url) ->
                        hooks.put(event, new Hook(event, url, settings, messageBytes + ENVELOPE_BYTES, resources)));
    }

    /** The thread of the HTTP client must not keep the class loader of the WAR. */
    private static HttpClient client(HooksSettings settings, Executor threads) {
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        try {
            return HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(settings.timeout())
                    .executor(threads)
                    .build();
        } finally {
            thread.setContextClassLoader(context);
        }
    }

    /** Returns the number of requests of each hook, by outcome. */
    public Map<Event, Map<String, Long>> outcomes() {
        Map<Event, Map<String, Long>> outcomes = new EnumMap<>(Event.class);
        hooks.forEach((event, hook) -> outcomes.put(event, hook.outcomes().counts()));
        return outcomes;
    }

    /** Returns the times of the requests of each hook that were sent. */
    public Map<Event, Histogram> times() {
        Map<Event, Histogram> times = new EnumMap<>(Event.class);
        hooks.forEach((event, hook) -> times.put(event, hook.times()));
        return times;
    }

    /** Returns for each hook whether the application is down. */
    public Map<Event, Boolean> down() {
        Map<Event, Boolean> down = new EnumMap<>(Event.class);
        hooks.forEach((event, hook) -> down.put(event, hook.isDown()));
        return down;
    }

    @Override
    public List<String> headers() {
        return settings.headers();
    }

    @Override
    public @Nullable CompletionStage<ConnectGrant> connect(Caller caller, ConnectRequest request) {
        return hooks.containsKey(Event.CONNECT)
                ? ask(
                        Event.CONNECT,
                        caller,
                        payload(
                                body(caller, request.data())
                                        .stringIfAny("name", request.name())
                                        .stringIfAny("version", request.version())
                                        .stringsIfAny("channels", request.channels()),
                                request.data()),
                        HookReplies::connect)
                : null;
    }

    @Override
    public CompletionStage<SubscribeGrant> subscribe(Caller caller, String channel, @Nullable Payload data) {
        return ask(
                Event.SUBSCRIBE,
                caller,
                payload(body(caller, data).string("channel", channel), data),
                HookReplies::subscribe);
    }

    @Override
    public CompletionStage<PublishGrant> publish(Caller caller, String channel, Payload data) {
        return ask(
                Event.PUBLISH,
                caller,
                payload(body(caller, data).string("channel", channel), data),
                (replies, text) -> replies.publish(data, text));
    }

    @Override
    public CompletionStage<@Nullable Payload> rpc(Caller caller, String method, @Nullable Payload data) {
        return hooks.containsKey(Event.RPC)
                ? ask(Event.RPC, caller, payload(body(caller, data).string("method", method), data), HookReplies::rpc)
                : Application.super.rpc(caller, method, data);
    }

    @Override
    public boolean renewsConnections() {
        return hooks.containsKey(Event.REFRESH);
    }

    @Override
    public boolean renewsSubscriptions() {
        return hooks.containsKey(Event.SUB_REFRESH);
    }

    @Override
    public CompletionStage<RefreshGrant> refresh(Caller caller) {
        return ask(Event.REFRESH, caller, body(caller, null), HookReplies::refresh);
    }

    @Override
    public CompletionStage<RefreshGrant> refresh(Caller caller, String channel) {
        return ask(Event.SUB_REFRESH, caller, body(caller, null).string("channel", channel), HookReplies::subRefresh);
    }

    private <T extends @Nullable Object> CompletionStage<T> ask(
            Event event, Caller caller, JsonWriter body, BiFunction<HookReplies, String, T> reader) {
        Hook hook = hooks.get(event);
        if (hook == null) {
            throw new IllegalStateException("a channel rule asks " + event + ", which has no URL");
        }
        HookReplies replies = new HookReplies(clock, hook.warnings());
        return hook.ask(request(caller, body), text -> reader.apply(replies, text));
    }

    /**
     * Returns a body with the members that describe the client; {@code payload} is the data of the
     * request.
     */
    private static JsonWriter body(Caller caller, @Nullable Payload payload) {
        boolean binary = payload != null && payload.toJson() == null;
        return new JsonWriter()
                .string("client", caller.client())
                .string("transport", caller.transport())
                .string("protocol", caller.protocol())
                .string("encoding", binary ? "binary" : "json")
                .string("user", caller.user());
    }

    /** Adds the payload as {@code data}, or in base64 as {@code b64data} if it is no JSON. */
    private static JsonWriter payload(JsonWriter body, @Nullable Payload payload) {
        String data = payload == null ? null : payload.toJson();
        if (data != null) {
            return body.json("data", data);
        }
        if (payload != null && payload.frame() instanceof Frame.Binary binary) {
            ByteBuffer bytes = binary.bytes().duplicate();
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return body.string("b64data", Base64.getEncoder().encodeToString(copy));
        }
        return body;
    }

    private Hook.Request request(Caller caller, JsonWriter body) {
        String requester = !caller.user().isEmpty()
                ? "user " + caller.user()
                : caller.address().isEmpty() ? caller.client() : caller.address();
        String meta = settings.meta() ? caller.meta() : null;
        return new Hook.Request(requester, body.json("meta", meta).finish(), caller.headers(), caller.commandHeaders());
    }

    @Override
    public void disconnected(Caller caller, int code, String reason) {
        Hook hook = hooks.get(Event.DISCONNECT);
        if (hook != null) {
            JsonWriter body = body(caller, null).number("code", code).string("reason", reason);
            notifications.send(hook, request(caller, body));
        }
    }

    @Override
    public void occupied(String channel) {
        if (hooks.containsKey(Event.VACATED)) {
            notifications.occupied(channel);
        }
    }

    @Override
    public void vacated(String channel) {
        Hook hook = hooks.get(Event.VACATED);
        if (hook != null) {
            notifications.vacated(hook, channel);
        }
    }

    /** Sends the notifications that are due; call it about once a second. */
    public void tick() {
        notifications.tick(
                hooks.get(Event.VACATED),
                channel -> new JsonWriter().string("channel", channel).finish());
    }

    /** Waits up to the timeout for the last notifications, and drops the others. */
    public void stop() throws InterruptedException {
        try {
            if (!notifications.await(settings.timeout())) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "some notifications were not sent to the application before the stop");
            }
        } finally {
            notifications.stop();
            endClient();
        }
    }

    /**
     * Ends the HTTP client, which keeps the class loader of the WAR. Before JDK 21 the client ends
     * by itself when no object refers to it.
     */
    private void endClient() {
        HttpClient ended = http;
        http = null;
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(ended);
        } catch (NoSuchMethodException older) {
            LOG.log(System.Logger.Level.DEBUG, "the HTTP client ends by itself");
        } catch (IllegalAccessException | InvocationTargetException failure) {
            LOG.log(System.Logger.Level.WARNING, "the HTTP client does not end", failure);
        }
    }
}
