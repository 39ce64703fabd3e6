package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.ApiKeys;
import dev.switchboard.access.Guesses;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.protocol.ServerApi;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The server API at {@code /api/…}: who may call it, and what of HTTP is taken.
 *
 * <p>A body is read as it comes and an answer is written as it goes, so nobody who is slow holds a thread. No header ever allows another
 * origin, and a key is taken from no place where a browser puts it by itself.
 */
final class Api extends HttpServlet {

    private static final System.Logger LOG = System.getLogger(Api.class.getName());

    private static final String DESCRIPTION = "/openapi.json";

    private static final int MAX_BODY = 1 << 20;

    /** Of all bodies that are under way. */
    private static final long MAX_BODIES = 64L << 20;

    private static final int PART = 8192;

    /** Why nothing of a call is done; the code is that of the protocol (section 14.1). */
    private enum Refusal {
        OFF(404, 104, "The server API is off until switchboard.api.key is set."),
        UNKNOWN(404, 104, "There is no such method; /api/openapi.json has them."),
        VERB(405, 107, "A method is called by POST."),
        KEY(401, 101, "One key is needed, in X-API-Key or as Authorization: apikey."),
        GUESSES(429, 111, "Too many wrong keys come from this address."),
        DRAINING(503, 100, "This server is about to stop."),
        BUSY(503, 100, "Too many calls are under way."),
        TYPE(415, 107, "The body must be application/json in UTF-8, and not compressed."),
        SIZE(413, 106, "The body is larger than " + MAX_BODY + " bytes."),
        SLOW(408, 107, "The body did not arrive within switchboard.message.time."),
        CUT(400, 107, "The body is not complete."),
        ENCODING(400, 107, "The body is not UTF-8."),
        LATE(503, 100, "The answer did not come within switchboard.message.time; the call may have been done."),
        FAULT(500, 100, "internal server error");

        private final int status;
        private final byte[] body;

        Refusal(int status, int code, String text) {
            this.status = status;
            this.body = ServerApi.refusal(code, text).getBytes(StandardCharsets.UTF_8);
        }
    }

    private final transient Supplier<Relay> relay;
    private final transient Guesses guesses = new Guesses(System::nanoTime);
    private final transient AtomicLong bodies = new AtomicLong();

    Api(Supplier<Relay> relay) {
        this.relay = relay;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Cache-Control", "no-store");
        ApiKeys keys = relay.get().settings().apiKeys();
        String path = String.valueOf(request.getPathInfo());
        boolean read = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        if (!keys.isOff() && path.equals(DESCRIPTION) && read) {
            describe(response);
            return;
        }
        ApiKeys.Rights rights = keys.rights(headers("X-API-Key", request), headers("Authorization", request));
        Refusal refusal = refusal(keys, rights, path, request);
        if (refusal != null || rights == null) {
            refuse(refusal == null ? Refusal.KEY : refusal, request, response);
        } else {
            new Call(path.substring(1), rights, request, response).start();
        }
    }

    private void describe(HttpServletResponse response) throws IOException {
        try (InputStream file = Objects.requireNonNull(Api.class.getResourceAsStream("openapi.json"))) {
            response.setContentType("application/json");
            file.transferTo(response.getOutputStream());
        }
    }

    private static List<String> headers(String name, HttpServletRequest request) {
        return Collections.list(request.getHeaders(name));
    }

    private @Nullable Refusal refusal(
            ApiKeys keys, ApiKeys.@Nullable Rights rights, String path, HttpServletRequest request) {
        if (keys.isOff()) {
            return Refusal.OFF;
        }
        if (!request.getMethod().equals("POST")) {
            return Refusal.VERB;
        }
        if (rights == null) {
            relay.get().counters().authFailures().count("api_key");
            String address = relay.get()
                    .settings()
                    .proxies()
                    .client(request.getRemoteAddr(), headers("X-Forwarded-For", request));
            return guesses.isTooMany(address) ? Refusal.GUESSES : Refusal.KEY;
        }
        if (!ServerApi.knows(path.substring(1))) {
            return Refusal.UNKNOWN;
        }
        if (relay.get().admission().isDraining()) {
            return Refusal.DRAINING;
        }
        if (!isJson(request)) {
            return Refusal.TYPE;
        }
        return request.getContentLengthLong() > MAX_BODY ? Refusal.SIZE : null;
    }

    /** A type that a foreign page could send without asking first is none. */
    private static boolean isJson(HttpServletRequest request) {
        if (request.getHeader("Content-Encoding") != null) {
            return false;
        }
        String[] parts = String.valueOf(request.getContentType()).split(";", -1);
        return parts[0].strip().equalsIgnoreCase("application/json")
                && Arrays.stream(parts)
                        .skip(1)
                        .map(part -> part.strip().toLowerCase(Locale.ROOT))
                        .filter(part -> part.startsWith("charset="))
                        .allMatch(part -> part.equals("charset=utf-8") || part.equals("charset=\"utf-8\""));
    }

    /** The rest of the request is not read, so its connection ends. */
    private static void refuse(Refusal refusal, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        response.setStatus(refusal.status);
        if (request.getProtocol().equals("HTTP/1.1")) {
            response.setHeader("Connection", "close");
        }
        switch (refusal) {
            case VERB -> response.setHeader("Allow", "POST");
            case KEY -> response.setHeader("WWW-Authenticate", "apikey");
            case GUESSES -> response.setHeader("Retry-After", "20");
            case BUSY, LATE -> response.setHeader("Retry-After", "1");
            case DRAINING ->
                response.setHeader(
                        "Retry-After",
                        Integer.toString(ThreadLocalRandom.current().nextInt(5, 31)));
            default -> {}
        }
        response.setContentType("application/json");
        response.setContentLength(refusal.body.length);
        response.getOutputStream().write(refusal.body);
    }

    /** A call whose headers are as they should be: reads its body, and writes its answer. */
    private final class Call implements ReadListener, WriteListener, AsyncListener {

        private final String method;
        private final ApiKeys.Rights rights;
        private final HttpServletRequest request;
        private final HttpServletResponse response;
        private final AsyncContext context;
        private final AtomicBoolean answered = new AtomicBoolean();
        private final AtomicBoolean over = new AtomicBoolean();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final AtomicLong reserved = new AtomicLong();
        private volatile boolean complete;
        private byte @Nullable [] answer;

        Call(String method, ApiKeys.Rights rights, HttpServletRequest request, HttpServletResponse response) {
            this.method = method;
            this.rights = rights;
            this.request = request;
            this.response = response;
            this.context = request.startAsync(request, response);
        }

        void start() throws IOException {
            context.setTimeout(relay.get().settings().limits().messageTime().toMillis());
            context.addListener(this);
            request.getInputStream().setReadListener(this);
        }

        /** Asks until nothing is ready, and never whether it is finished: on Payara that is said of what has arrived, read or not. */
        @Override
        public void onDataAvailable() throws IOException {
            ServletInputStream in = request.getInputStream();
            byte[] part = new byte[PART];
            while (!answered.get() && in.isReady()) {
                int size = in.read(part);
                if (size < 0) {
                    return;
                }
                reserved.addAndGet(size);
                long all = bodies.addAndGet(size);
                body.write(part, 0, size);
                if (body.size() > MAX_BODY) {
                    end(Refusal.SIZE);
                } else if (all > MAX_BODIES) {
                    end(Refusal.BUSY);
                }
            }
        }

        @Override
        public void onAllDataRead() {
            if (answered.get()) {
                return;
            }
            complete = true;
            try {
                String json = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(body.toByteArray()))
                        .toString();
                var unused = relay.get()
                        .api()
                        .call(method, json, rights::allow)
                        .thenAccept(result -> end(HttpServletResponse.SC_OK, result));
            } catch (CharacterCodingException malformed) {
                end(Refusal.ENCODING);
            } catch (Disconnect malformed) {
                end(HttpServletResponse.SC_BAD_REQUEST, ServerApi.refusal(107, malformed.reason()));
            } catch (RuntimeException fault) {
                relay.get().counters().internalErrors().count("api");
                LOG.log(System.Logger.Level.ERROR, "a call of the server API", fault);
                end(Refusal.FAULT);
            }
        }

        /** Whoever waits for an answer that comes while the clients are sent away cannot know who of them got it. */
        private void end(int status, String result) {
            if (relay.get().admission().isDraining()) {
                end(Refusal.DRAINING);
                return;
            }
            if (!answered.compareAndSet(false, true)) {
                return;
            }
            byte[] bytes = result.getBytes(StandardCharsets.UTF_8);
            answer = bytes;
            response.setStatus(status);
            response.setContentType("application/json");
            response.setContentLength(bytes.length);
            try {
                response.getOutputStream().setWriteListener(this);
            } catch (IOException | IllegalStateException gone) {
                onError(gone);
            }
        }

        private void end(Refusal refusal) {
            if (answered.compareAndSet(false, true)) {
                try {
                    refuse(refusal, request, response);
                } catch (IOException | IllegalStateException gone) {
                    LOG.log(System.Logger.Level.DEBUG, "answering a call", gone);
                }
                over();
            }
        }

        @Override
        public void onWritePossible() throws IOException {
            if (over.get()) {
                return;
            }
            ServletOutputStream out = response.getOutputStream();
            byte[] rest = answer;
            if (rest != null && out.isReady()) {
                answer = null;
                out.write(rest);
            }
            if (answer == null && out.isReady()) {
                over();
            }
        }

        private void over() {
            if (over.compareAndSet(false, true)) {
                try {
                    context.complete();
                } catch (IllegalStateException gone) {
                    LOG.log(System.Logger.Level.DEBUG, "a call whose connection is gone", gone);
                }
            }
        }

        /** Of the body or of the answer, whichever is under way. */
        @Override
        public void onError(Throwable failure) {
            end(Refusal.CUT);
            over();
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            end(complete ? Refusal.LATE : Refusal.SLOW);
            over();
        }

        @Override
        public void onComplete(AsyncEvent event) {
            bodies.addAndGet(-reserved.getAndSet(0));
        }

        @Override
        public void onError(AsyncEvent event) {
            over();
        }

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }
}
