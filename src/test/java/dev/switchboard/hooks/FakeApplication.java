package dev.switchboard.hooks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.switchboard.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Serves hook requests at {@code /connect} and so on, and replies as the test says.
 *
 * <p>The test must close it.
 */
public final class FakeApplication implements AutoCloseable {

    /** One hook request that came. */
    public record Request(String path, String body, Map<String, List<String>> headers) {

        public JsonObject json() {
            return JsonObject.of(body);
        }
    }

    /** Replies to one request. */
    @FunctionalInterface
    public interface Behaviour {
        void reply(HttpExchange exchange, Request request) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Behaviour behaviour = reply("{\"result\":{}}");

    public FakeApplication() {
        this(0);
    }

    public FakeApplication(int port) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Request request = new Request(exchange.getRequestURI().getPath(), body, exchange.getRequestHeaders());
            count.incrementAndGet();
            requests.add(request);
            behaviour.reply(exchange, request);
        }
    }

    /** Replies to all later requests by that behaviour. */
    public void behave(Behaviour next) {
        behaviour = next;
    }

    public static Behaviour reply(String json) {
        return reply(200, json.getBytes(StandardCharsets.UTF_8));
    }

    public static Behaviour reply(int status, byte[] body) {
        return (exchange, request) -> {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        };
    }

    /** Does not reply until this application is closed. */
    public Behaviour silence() {
        return (exchange, request) -> hold();
    }

    /** Begins a reply, and does not end it. */
    public Behaviour unfinished() {
        return (exchange, request) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            hold();
        };
    }

    private void hold() {
        try {
            closed.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/" + path);
    }

    /** Returns the next request; waits up to 30 s for it. */
    public Request next() throws InterruptedException {
        Request request = requests.poll(30, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no request within 30 s");
        }
        return request;
    }

    /** Returns the number of requests that came. */
    public int count() {
        return count.get();
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
