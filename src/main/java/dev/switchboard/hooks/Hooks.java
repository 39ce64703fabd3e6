package dev.switchboard.hooks;

import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.PublishGrant;
import dev.switchboard.model.RefreshGrant;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.spi.Application;
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
 * The application at its URLs, in the shapes of Centrifugo's proxy protocol: {@code {"client":…,"user":…,…}} is answered with
 * {@code {"result":{…}}}, {@code {"error":{"code":…,"message":…}}} or {@code {"disconnect":{"code":…,"reason":…}}}. Payloads go as they are.
 */
public final class Hooks implements Application {

    private static final System.Logger LOG = System.getLogger(Hooks.class.getName());

    /** An answer may have this much beside a message. */
    private static final int ENVELOPE_BYTES = 64 * 1024;

    private final HooksSettings settings;
    private volatile @Nullable HttpClient http; // null when it has ended
    private final InstantSource clock;
    private final HookNotifications notices;
    private final Map<Event, Hook> hooks = new EnumMap<>(Event.class);

    /**
     * {@code threads} are for the HTTP client, which may block on them while it asks for the address of a host; on {@code writers} nothing
     * blocks; {@code timer} is asked for no more than reminders. {@link #stop} must follow.
     */
    public Hooks(
            HooksSettings settings,
            int messageBytes,
            Executor threads,
            Executor writers,
            ScheduledExecutorService timer,
            InstantSource clock,
            LongSupplier nanoTime,
            Executor journal) {
        this.settings = settings;
        this.clock = clock;
        this.http = client(settings, threads);
        this.notices = new HookNotifications(settings.vacatedAfter(), settings.concurrency(), nanoTime, writers);
        Hook.Means means = new Hook.Means(() -> http, writers, timer, nanoTime, journal);
        settings.urls()
                .forEach((event, url) ->
                        hooks.put(event, new Hook(event, url, settings, messageBytes + ENVELOPE_BYTES, means)));
    }

    /** Its thread is not to have the class loader of the WAR as its own. */
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

    /** What became of the requests of each hook, counted. */
    public Map<Event, Map<String, Long>> outcomes() {
        Map<Event, Map<String, Long>> outcomes = new EnumMap<>(Event.class);
        hooks.forEach((event, hook) -> outcomes.put(event, hook.outcomes().counts()));
        return outcomes;
    }

    /** Whether the application counts as dead, for each hook. */
    public Map<Event, Boolean> dead() {
        Map<Event, Boolean> dead = new EnumMap<>(Event.class);
        hooks.forEach((event, hook) -> dead.put(event, hook.isDead()));
        return dead;
    }

    @Override
    public List<String> headers() {
        return settings.headers();
    }

    @Override
    public @Nullable CompletionStage<ConnectGrant> connect(Caller caller, ConnectRequest words) {
        return hooks.containsKey(Event.CONNECT)
                ? ask(
                        Event.CONNECT,
                        caller,
                        payload(
                                body(caller, words.data())
                                        .textIfAny("name", words.name())
                                        .textIfAny("version", words.version())
                                        .textsIfAny("channels", words.channels()),
                                words.data()),
                        HookReplies::welcome)
                : null;
    }

    @Override
    public CompletionStage<SubscribeGrant> subscribe(Caller caller, String channel, @Nullable Payload data) {
        return ask(
                Event.SUBSCRIBE,
                caller,
                payload(body(caller, data).text("channel", channel), data),
                HookReplies::grant);
    }

    @Override
    public CompletionStage<PublishGrant> publish(Caller caller, String channel, Payload data) {
        return ask(
                Event.PUBLISH,
                caller,
                payload(body(caller, data).text("channel", channel), data),
                (answers, text) -> answers.agreed(data, text));
    }

    @Override
    public CompletionStage<@Nullable Payload> rpc(Caller caller, String method, @Nullable Payload data) {
        return hooks.containsKey(Event.RPC)
                ? ask(Event.RPC, caller, payload(body(caller, data).text("method", method), data), HookReplies::called)
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
        return ask(Event.REFRESH, caller, body(caller, null), HookReplies::connection);
    }

    @Override
    public CompletionStage<RefreshGrant> refresh(Caller caller, String channel) {
        return ask(Event.SUB_REFRESH, caller, body(caller, null).text("channel", channel), HookReplies::subscription);
    }

    private <T extends @Nullable Object> CompletionStage<T> ask(
            Event event, Caller caller, JsonWriter body, BiFunction<HookReplies, String, T> reader) {
        Hook hook = hooks.get(event);
        if (hook == null) {
            throw new IllegalStateException("a rule asks, and " + event + " has no URL");
        }
        HookReplies answers = new HookReplies(clock, hook.complaints());
        return hook.ask(request(caller, body), text -> reader.apply(answers, text));
    }

    /** Begins a body with what each request says about its client; {@code payload} is what the request carries. */
    private static JsonWriter body(Caller caller, @Nullable Payload payload) {
        boolean binary = payload != null && payload.toJson() == null;
        return new JsonWriter()
                .text("client", caller.client())
                .text("transport", caller.transport())
                .text("protocol", caller.protocol())
                .text("encoding", binary ? "binary" : "json")
                .text("user", caller.user());
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
            return body.text("b64data", Base64.getEncoder().encodeToString(copy));
        }
        return body;
    }

    private Hook.Request request(Caller caller, JsonWriter body) {
        String party = !caller.user().isEmpty()
                ? "user " + caller.user()
                : caller.address().isEmpty() ? caller.client() : caller.address();
        String meta = settings.meta() ? caller.meta() : null;
        return new Hook.Request(party, body.jsonIfAny("meta", meta).end(), caller.headers(), caller.commandHeaders());
    }

    @Override
    public void disconnected(Caller caller, int code, String reason) {
        Hook hook = hooks.get(Event.DISCONNECT);
        if (hook != null) {
            JsonWriter body = body(caller, null).number("code", code).text("reason", reason);
            notices.tell(hook, request(caller, body));
        }
    }

    @Override
    public void occupied(String channel) {
        if (hooks.containsKey(Event.VACATED)) {
            notices.occupied(channel);
        }
    }

    @Override
    public void vacated(String channel) {
        Hook hook = hooks.get(Event.VACATED);
        if (hook != null) {
            notices.vacated(hook, channel);
        }
    }

    /** To be called about once a second: tells what it is time for. */
    public void tick() {
        notices.tick(
                hooks.get(Event.VACATED),
                channel -> new JsonWriter().text("channel", channel).end());
    }

    /** Gives the application a moment to hear the last; what it has not heard then is lost. */
    public void stop() throws InterruptedException {
        try {
            if (!notices.await(settings.timeout())) {
                LOG.log(System.Logger.Level.WARNING, "the application has not heard all");
            }
        } finally {
            notices.stop();
            letGo();
        }
    }

    /** Before JDK 21 the client ends by itself, but not before nobody refers to it, and until then it keeps the WAR's class loader. */
    private void letGo() {
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
