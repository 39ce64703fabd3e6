package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.limits.Admission;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.RawProtocol;
import dev.switchboard.spi.Transport;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StreamTransportTest {

    private static final HandshakePrincipal NOBODY =
            HandshakePrincipal.of(Requests.proxy(Session.class, (self, method, arguments) -> null));

    private final FakeAnswer answer = new FakeAnswer();
    private final List<String> completions = new ArrayList<>();

    /** A container's answer, which is ready for so many calls, and watches what no container may be asked. */
    private static class FakeAnswer extends ServletOutputStream {
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        final List<String> violations = new ArrayList<>();
        final AtomicInteger completed = new AtomicInteger();
        int status = 200;
        volatile int readyFor = Integer.MAX_VALUE;
        volatile @Nullable IOException failure;
        private final AtomicBoolean busy = new AtomicBoolean();
        private boolean asked;

        @Nullable
        WriteListener listener;

        /** What happens elsewhere while something is written. */
        Runnable during = () -> {};

        final HttpServletResponse response =
                Requests.proxy(HttpServletResponse.class, (self, method, arguments) -> switch (method.getName()) {
                    case "getOutputStream" -> this;
                    case "setHeader" -> headers.put((String) arguments[0], (String) arguments[1]);
                    case "setContentType" -> headers.put("Content-Type", (String) arguments[0]);
                    case "setStatus" -> {
                        status = (int) arguments[0];
                        yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });

        final AsyncContext context =
                Requests.proxy(AsyncContext.class, (self, method, arguments) -> switch (method.getName()) {
                    case "getResponse" -> response;
                    case "addListener", "getRequest" -> null;
                    case "complete" -> {
                        if (completed.incrementAndGet() > 1) {
                            throw new IllegalStateException("completed already");
                        }
                        yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });

        @Override
        public boolean isReady() {
            asked = readyFor > 0;
            return asked;
        }

        @Override
        public void setWriteListener(WriteListener given) {
            listener = given;
        }

        /** So many more calls, and the listener hears of it. */
        void free(int calls) throws IOException {
            readyFor = calls;
            Objects.requireNonNull(listener).onWritePossible();
        }

        private void call(String what, Runnable effect) throws IOException {
            if (!busy.compareAndSet(false, true)) {
                violations.add("two threads at once: " + what);
            }
            if (!asked) {
                violations.add("not asked before: " + what);
            }
            if (completed.get() > 0) {
                violations.add("after the end: " + what);
            }
            asked = false;
            if (failure != null) {
                busy.set(false);
                throw failure;
            }
            if (readyFor != Integer.MAX_VALUE) {
                readyFor--;
            }
            effect.run();
            busy.set(false);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            call("write", () -> {
                during.run();
                written.write(bytes, from, length);
            });
        }

        @Override
        public void write(int single) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void flush() throws IOException {
            call("flush", () -> {});
        }

        String text() {
            return written.toString(UTF_8);
        }
    }

    private StreamTransport transport(StreamFormat layout) throws IOException {
        return transport(layout, Runnable::run);
    }

    private StreamTransport transport(StreamFormat layout, Executor writers) throws IOException {
        StreamTransport transport =
                new StreamTransport(answer.context, NOBODY, layout, writers, ResponseConnection.UNSEEN);
        transport.start();
        return transport;
    }

    private Transport.Completion completion(String name) {
        return failure -> completions.add(failure == null ? name : name + " " + failure.getMessage());
    }

    private static Client open(StreamTransport transport, Hub hub) {
        return transport.open(to -> hub.connect(to, RawProtocol.events("c", Map.of(), null, "")));
    }

    @Test
    void nothing_is_written_before_the_container_says_that_it_can() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        transport.send(Frame.text("a"), completion("a"));
        assertThat(answer.text()).isEmpty();
        answer.free(Integer.MAX_VALUE);
        assertThat(answer.text()).isEqualTo("a\n");
        assertThat(completions).containsExactly("a");
        assertThat(answer.violations).isEmpty();
    }

    @Test
    void a_frame_is_written_when_the_container_has_taken_all_of_it() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        answer.free(1);
        transport.send(Frame.text("a"), completion("a"));
        assertThat(answer.text()).isEqualTo("a\n");
        assertThat(completions).isEmpty();
        answer.free(1); // for the flush
        assertThat(completions).isEmpty();
        answer.free(1);
        assertThat(completions).containsExactly("a");
        assertThat(answer.violations).isEmpty();
    }

    @Test
    void who_sends_again_from_a_completion_does_not_grow_the_stack() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        answer.free(Integer.MAX_VALUE);
        AtomicInteger left = new AtomicInteger(100_000);
        transport.send(Frame.text("x"), new Transport.Completion() {
            @Override
            public void completed(@Nullable Throwable failure) {
                if (left.decrementAndGet() > 0) {
                    transport.send(Frame.text("x"), this);
                }
            }
        });
        await().until(() -> left.get() == 0);
        assertThat(answer.text()).hasSize(200_000);
    }

    @Test
    void a_container_that_calls_while_it_is_asked_is_heard() throws Exception {
        ExecutorService container = Executors.newFixedThreadPool(2);
        try {
            FakeAnswer hasty = new FakeAnswer() {
                private int asked;

                @Override
                public boolean isReady() {
                    int turn = asked++ % 7;
                    if (turn == 3) { // another thread, perhaps before this one knows that it is not ready
                        var unused = container.submit(() -> {
                            Objects.requireNonNull(listener).onWritePossible();
                            return null;
                        });
                        return false;
                    }
                    if (turn == 5) { // this very thread
                        try {
                            Objects.requireNonNull(listener).onWritePossible();
                        } catch (IOException impossible) {
                            throw new AssertionError(impossible);
                        }
                        return false;
                    }
                    return super.isReady();
                }
            };
            StreamTransport transport = new StreamTransport(
                    hasty.context, NOBODY, StreamFormat.LINES, container, ResponseConnection.UNSEEN);
            transport.start();
            hasty.free(Integer.MAX_VALUE);
            int frames = 20_000;
            AtomicInteger next = new AtomicInteger();
            Transport.Completion again = new Transport.Completion() {
                @Override
                public void completed(@Nullable Throwable failure) {
                    int number = next.incrementAndGet();
                    if (number < frames) {
                        transport.send(Frame.text(Integer.toString(number)), this);
                    }
                }
            };
            transport.send(Frame.text("0"), again);
            await().atMost(Duration.ofSeconds(30)).until(() -> next.get() == frames);
            assertThat(hasty.text())
                    .isEqualTo(
                            IntStream.range(0, frames).mapToObj(n -> n + "\n").collect(Collectors.joining()));
            assertThat(hasty.violations).isEmpty();
        } finally {
            container.shutdownNow();
        }
    }

    @Test
    void the_last_word_comes_after_the_frame_on_its_way_and_before_the_end() throws Exception {
        StreamTransport transport = transport(StreamFormat.EVENTS);
        answer.free(1);
        transport.send(Frame.text("a\nb"), completion("a"));
        Thread closing = new Thread(() -> transport.close(Disconnect.SHUTDOWN, Frame.text("bye")));
        closing.start();
        answer.free(Integer.MAX_VALUE);
        closing.join();
        if (!answer.text().endsWith("bye\n\n")) { // it was closed after that
            answer.free(Integer.MAX_VALUE);
        }
        assertThat(answer.text()).isEqualTo("data: a\ndata: b\n\ndata: bye\n\n");
        assertThat(answer.completed).hasValue(1);
        assertThat(answer.violations).isEmpty();
    }

    @Test
    void who_does_not_read_is_not_waited_for_and_nothing_is_written_after_the_end() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        answer.free(1);
        transport.send(Frame.text("a"), completion("a"));
        transport.close(Disconnect.SLOW, Frame.text("bye"));
        assertThat(answer.completed).hasValue(1);
        answer.free(Integer.MAX_VALUE);
        transport.send(Frame.text("b"), completion("b"));
        assertThat(answer.text()).isEqualTo("a\n");
        assertThat(completions).isEmpty();
        assertThat(answer.violations).isEmpty();
    }

    @Test
    void a_connection_that_breaks_fails_the_write_once_and_ends_the_client() throws IOException {
        Hub hub = new Hub(Nodes.simple());
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        Client client = open(transport, hub);
        answer.free(Integer.MAX_VALUE);
        answer.failure = new IOException("broken pipe");
        transport.send(Frame.text("a"), completion("a"));
        transport.onError(new IOException("again"));
        assertThat(completions).containsExactly("a broken pipe");
        assertThat(client.isEnded()).isTrue();
        assertThat(hub.clientCount()).isZero();
        assertThat(answer.completed).hasValue(1);
    }

    @Test
    void whoever_is_within_the_answer_has_left_it_before_it_is_completed() throws Exception {
        StreamTransport transport = transport(StreamFormat.LINES);
        answer.free(Integer.MAX_VALUE);
        Thread container = new Thread(() -> transport.onError(new IOException("gone")));
        AtomicInteger completed = new AtomicInteger(-1);
        answer.during = () -> {
            container.start();
            await().until(() -> container.getState() == Thread.State.TIMED_WAITING || answer.completed.get() > 0);
            completed.set(answer.completed.get());
        };
        transport.send(Frame.text("a"), completion("a"));
        container.join();
        assertThat(completed).hasValue(0);
        assertThat(answer.completed).hasValue(1);
        assertThat(answer.violations).isEmpty();
        assertThat(completions).containsExactly("a gone");
    }

    @Test
    void one_that_breaks_before_its_client_is_there_ends_it_all_the_same() throws IOException {
        Hub hub = new Hub(Nodes.simple());
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        transport.onError(new IOException("early"));
        assertThat(open(transport, hub).isEnded()).isTrue();
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    void who_is_refused_before_anything_was_written_gets_an_error_that_keeps_browsers_away() throws IOException {
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        Thread closing = new Thread(() -> transport.close(Disconnect.PERMISSION_DENIED, Frame.text("bye")));
        closing.start();
        await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        answer.free(Integer.MAX_VALUE);
        assertThat(answer.status).isEqualTo(403);
        assertThat(answer.text()).isEqualTo("{\"error\":{\"code\":3507,\"message\":\"permission denied\"}}\n");
        assertThat(answer.headers).containsEntry("Content-Type", "application/json");
        assertThat(answer.completed).hasValue(1);
    }

    @Test
    void a_page_that_may_reconnect_gets_a_stream_that_ends_and_no_error() throws IOException {
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        answer.free(Integer.MAX_VALUE);
        transport.close(Disconnect.SHUTDOWN, Frame.text("bye"));
        assertThat(answer.status).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("bye");
    }

    @Test
    void client_libraries_are_refused_in_the_words_of_their_protocol() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        answer.free(Integer.MAX_VALUE);
        transport.close(Disconnect.INVALID_TOKEN, Frame.text("bye"));
        assertThat(answer.status).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("bye\n");
    }

    @Test
    void a_ping_that_could_be_written_is_a_sign_of_life_and_one_that_could_not_is_none() throws IOException {
        FakeClock clock = new FakeClock();
        Hub hub = new Hub(Nodes.simple(clock));
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        Client client = open(transport, hub);
        answer.free(Integer.MAX_VALUE);
        for (int i = 0; i < 10; i++) {
            clock.advance(Duration.ofSeconds(26));
            hub.check();
        }
        assertThat(client.isEnded()).isFalse();
        assertThat(answer.text()).matches("retry: \\d+\n\n(:\n\n){10}");
        answer.readyFor = 0;
        clock.advance(Duration.ofSeconds(26));
        hub.check();
        clock.advance(Duration.ofSeconds(9));
        hub.check();
        assertThat(client.isEnded()).isTrue();
    }

    @Test
    @Row("C18")
    void a_stream_that_ends_before_its_client_is_connected_gives_its_place_back() throws IOException {
        Admission admission = new Admission(Nodes.UNBOUNDED, System::nanoTime);
        Admission.Place place = (Admission.Place) admission.take("192.0.2.1");
        StreamTransport transport = new StreamTransport(
                answer.context,
                NOBODY.arriving(new PendingHandshake(place, System::nanoTime)),
                StreamFormat.LINES,
                Runnable::run,
                ResponseConnection.UNSEEN);
        assertThat(admission.connections()).isOne();
        transport.onComplete(new AsyncEvent(answer.context)); // the answer to a body that did not come
        assertThat(admission.connections()).isZero();
    }
}
