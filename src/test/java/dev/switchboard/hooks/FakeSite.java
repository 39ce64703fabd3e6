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

/** An application with a URL for each hook, {@code /connect} and so on, that behaves as a test wants; it closes with the test. */
public final class FakeSite implements AutoCloseable {

    /** What came, and how. */
    public record Request(String path, String body, Map<String, List<String>> headers) {

        public JsonObject json() {
            return JsonObject.of(body);
        }
    }

    /** Answers one request. */
    @FunctionalInterface
    public interface Behaviour {
        void answer(HttpExchange exchange, Request request) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Behaviour behaviour = answer("{\"result\":{}}");

    public FakeSite() {
        this(0);
    }

    public FakeSite(int port) {
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
            behaviour.answer(exchange, request);
        }
    }

    /** From now on. */
    public void behave(Behaviour next) {
        behaviour = next;
    }

    public static Behaviour answer(String json) {
        return answer(200, json.getBytes(StandardCharsets.UTF_8));
    }

    public static Behaviour answer(int status, byte[] body) {
        return (exchange, request) -> {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        };
    }

    /** Never, before it closes. */
    public Behaviour silence() {
        return (exchange, request) -> hold();
    }

    /** Begins, and never ends. */
    public Behaviour dribble() {
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

    /** The next request; waits for it. */
    public Request next() throws InterruptedException {
        Request request = requests.poll(30, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("nobody asked within 30 s");
        }
        return request;
    }

    /** How many requests came. */
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
