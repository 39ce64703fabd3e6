package dev.switchboard.hooks;

import dev.switchboard.hooks.HooksSettings.Event;
import dev.switchboard.hub.Application;
import dev.switchboard.hub.ChannelOverride;
import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Grant;
import dev.switchboard.hub.Identity;
import dev.switchboard.hub.Payload;
import dev.switchboard.hub.Welcome;
import dev.switchboard.protocol.JsonObject;
import dev.switchboard.protocol.JsonText;
import java.lang.reflect.InvocationTargetException;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
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
    private final Notices notices;
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
        this.notices = new Notices(settings.vacatedAfter(), settings.concurrency(), nanoTime, writers);
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
    public @Nullable CompletionStage<Welcome> connect(Caller caller, @Nullable Payload data) {
        return hooks.containsKey(Event.CONNECT)
                ? ask(Event.CONNECT, caller, of(caller).payload(data), this::welcome)
                : null;
    }

    private Welcome welcome(JsonObject result) {
        Map<String, Grant> channels = new LinkedHashMap<>();
        result.texts("channels").forEach(channel -> channels.put(channel, Grant.PLAIN));
        JsonObject subs = result.object("subs");
        if (subs != null) {
            for (String channel : subs.names()) {
                JsonObject one = subs.object(channel);
                channels.put(channel, one == null ? Grant.PLAIN : grant(one, 0));
            }
        }
        if (channels.containsKey("")) {
            throw new IllegalArgumentException("a channel without a name");
        }
        Identity who = new Identity(result.text("user"), result.json("info"), ttl(result), Map.copyOf(channels));
        return Welcome.once(who, result.json("data"));
    }

    @Override
    public CompletionStage<Grant> subscribe(Caller caller, String channel, @Nullable Payload data) {
        return ask(
                Event.SUBSCRIBE,
                caller,
                of(caller).text("channel", channel).payload(data),
                result -> grant(result, ttl(result)));
    }

    private static Grant grant(JsonObject result, long ttl) {
        return new Grant(result.json("info"), result.json("data"), ttl, null, override(result.object("override")));
    }

    private static ChannelOverride override(@Nullable JsonObject override) {
        return override == null
                ? ChannelOverride.NONE
                : ChannelOverride.of(name -> {
                    JsonObject choice = override.object(name);
                    return choice == null ? null : choice.flag("value");
                });
    }

    /** Seconds until the time at which the application says that it is over; 0 for never. */
    private long ttl(JsonObject result) {
        long end = result.number("expire_at");
        long now = clock.instant().getEpochSecond();
        if (end != 0 && end <= now) {
            throw new IllegalArgumentException("expire_at is over");
        }
        return end == 0 ? 0 : end - now;
    }

    @Override
    public CompletionStage<Payload> publish(Caller caller, String channel, Payload data) {
        return ask(
                Event.PUBLISH,
                caller,
                of(caller).text("channel", channel).payload(data),
                result -> replaced(data, result));
    }

    /** Text that is no JSON goes as a JSON string, and so it comes back. */
    private static Payload replaced(Payload sent, JsonObject result) {
        Payload data = result.payload("data");
        if (data == null) {
            return sent;
        }
        boolean plain = sent.form() == Payload.Form.OPAQUE
                && sent.frame() instanceof Frame.Text text
                && !JsonText.isValue(text.text());
        return plain && result.isText("data") ? Payload.opaque(Frame.text(result.text("data"))) : data;
    }

    @Override
    public CompletionStage<Payload> rpc(Caller caller, String method, @Nullable Payload data) {
        return hooks.containsKey(Event.RPC)
                ? ask(Event.RPC, caller, of(caller).text("method", method).payload(data), result -> {
                    Payload answer = result.payload("data");
                    return answer == null ? Payload.json("null") : answer;
                })
                : Application.super.rpc(caller, method, data);
    }

    private <T> CompletionStage<T> ask(Event event, Caller caller, Body body, Function<JsonObject, T> reader) {
        Hook hook = hooks.get(event);
        if (hook == null) {
            throw new IllegalStateException("a rule asks, and " + event + " has no URL");
        }
        return hook.ask(body.end(), caller.headers(), text -> reader.apply(result(event, text)));
    }

    /**
     * Returns the result of the answer, which is empty if the application sent none; throws its
     * refusal.
     */
    private static JsonObject result(Event event, String text) {
        JsonObject answer = JsonObject.of(text);
        JsonObject disconnect = answer.object("disconnect");
        if (disconnect != null) {
            String reason = disconnect.text("reason");
            // a client library takes a reason that is JSON for something else
            boolean plain = !reason.isBlank() && !JsonText.isValue(reason);
            throw Disconnect.ofApplication(code(disconnect), plain ? reason : "disconnected by the application");
        }
        JsonObject error = answer.object("error");
        if (error != null) {
            if (event == Event.RPC && code(error) == ClientError.METHOD_NOT_FOUND.code()) {
                throw ClientError.METHOD_NOT_FOUND;
            }
            throw error.flag("temporary")
                    ? ClientError.temporaryOfApplication(code(error), error.text("message"))
                    : ClientError.ofApplication(code(error), error.text("message"));
        }
        JsonObject result = answer.object("result");
        if (result == null && event == Event.CONNECT) { // it would let in somebody unknown
            throw new IllegalArgumentException("neither result nor error nor disconnect");
        }
        return result == null ? JsonObject.EMPTY : result;
    }

    private static int code(JsonObject refusal) {
        return (int) Math.min(refusal.number("code"), Integer.MAX_VALUE);
    }

    @Override
    public void disconnected(Caller caller, int code, String reason) {
        Hook hook = hooks.get(Event.DISCONNECT);
        if (hook != null) {
            notices.tell(
                    hook, of(caller).number("code", code).text("reason", reason).end(), caller.headers());
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
                channel -> new Body().text("channel", channel).end());
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

    private static Body of(Caller caller) {
        return new Body()
                .text("client", caller.client())
                .text("transport", caller.transport())
                .text("protocol", caller.protocol())
                .text("encoding", caller.protocol().equals("json") ? "json" : "binary")
                .text("user", caller.user());
    }

    /** A JSON object that is being written. */
    private static final class Body {
        private final StringBuilder json = new StringBuilder(256);

        private StringBuilder name(String name) {
            return json.append(json.isEmpty() ? '{' : ',')
                    .append('"')
                    .append(name)
                    .append("\":");
        }

        Body text(String name, String value) {
            JsonText.quote(value, name(name));
            return this;
        }

        Body number(String name, int value) {
            name(name).append(value);
            return this;
        }

        /** As {@code data}, or in base64 as {@code b64data} if it is no JSON. */
        Body payload(@Nullable Payload payload) {
            String data = payload == null ? null : JsonText.of(payload);
            if (data != null) {
                name("data").append(data);
            } else if (payload != null && payload.frame() instanceof Frame.Binary binary) {
                ByteBuffer bytes = binary.bytes().duplicate();
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                text("b64data", Base64.getEncoder().encodeToString(copy));
            }
            return this;
        }

        String end() {
            return json.append('}').toString();
        }
    }
}
