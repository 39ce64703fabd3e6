package dev.switchboard.web;

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
import jakarta.websocket.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamTransportTest {

    private static final HandshakePrincipal ANONYMOUS =
            HandshakePrincipal.of(Requests.proxy(Session.class, (self, method, arguments) -> null));

    private final FakeResponse response = new FakeResponse();
    private final List<String> completions = new ArrayList<>();

    private StreamTransport transport(StreamFormat format) throws IOException {
        return transport(format, Runnable::run);
    }

    private StreamTransport transport(StreamFormat format, Executor writers) throws IOException {
        StreamTransport transport =
                new StreamTransport(response.context, ANONYMOUS, format, writers, ResponseConnection.UNSEEN);
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
    void a_frame_waits_until_the_container_can_take_it() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        transport.send(Frame.text("a"), completion("a"));
        assertThat(response.text()).isEmpty();
        response.free(Integer.MAX_VALUE);
        assertThat(response.text()).isEqualTo("a\n");
        assertThat(completions).containsExactly("a");
        assertThat(response.violations).isEmpty();
    }

    @Test
    void a_send_is_complete_when_the_container_has_taken_all_of_the_frame() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        response.free(1);
        transport.send(Frame.text("a"), completion("a"));
        assertThat(response.text()).isEqualTo("a\n");
        assertThat(completions).isEmpty();
        response.free(1); // for the flush
        assertThat(completions).isEmpty();
        response.free(1);
        assertThat(completions).containsExactly("a");
        assertThat(response.violations).isEmpty();
    }

    @Test
    void a_send_from_a_completion_does_not_grow_the_stack() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        response.free(Integer.MAX_VALUE);
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
        assertThat(response.text()).hasSize(200_000);
    }

    @Test
    void a_call_of_the_container_is_heard_while_the_container_is_asked() throws Exception {
        ExecutorService container = Executors.newFixedThreadPool(2);
        try {
            FakeResponse hasty = new FakeResponse() {
                private int asked;

                @Override
                public boolean isReady() {
                    int turn = asked++ % 7;
                    if (turn == 3) { // on another thread, perhaps before this one knows that the response is not ready
                        var unused = container.submit(() -> {
                            Objects.requireNonNull(listener).onWritePossible();
                            return null;
                        });
                        return false;
                    }
                    if (turn == 5) { // on this thread
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
                    hasty.context, ANONYMOUS, StreamFormat.LINES, container, ResponseConnection.UNSEEN);
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
    void the_last_word_follows_the_frame_under_way_when_the_transport_closes() throws Exception {
        StreamTransport transport = transport(StreamFormat.EVENTS);
        response.free(1);
        transport.send(Frame.text("a\nb"), completion("a"));
        Thread closing = new Thread(() -> transport.close(Disconnect.SHUTDOWN, Frame.text("bye")));
        closing.start();
        response.free(Integer.MAX_VALUE);
        closing.join();
        if (!response.text().endsWith("bye\n\n")) { // it was closed after that
            response.free(Integer.MAX_VALUE);
        }
        assertThat(response.text()).isEqualTo("data: a\ndata: b\n\ndata: bye\n\n");
        assertThat(response.completed).hasValue(1);
        assertThat(response.violations).isEmpty();
    }

    @Test
    void a_response_ends_when_its_client_does_not_read_the_last_word() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        response.free(1);
        transport.send(Frame.text("a"), completion("a"));
        transport.close(Disconnect.SLOW, Frame.text("bye"));
        assertThat(response.completed).hasValue(1);
        response.free(Integer.MAX_VALUE);
        transport.send(Frame.text("b"), completion("b"));
        assertThat(response.text()).isEqualTo("a\n");
        assertThat(completions).isEmpty();
        assertThat(response.violations).isEmpty();
    }

    @Test
    void a_broken_connection_fails_the_write_once_and_ends_the_client() throws IOException {
        Hub hub = new Hub(Nodes.simple());
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        Client client = open(transport, hub);
        response.free(Integer.MAX_VALUE);
        response.failure = new IOException("broken pipe");
        transport.send(Frame.text("a"), completion("a"));
        response.breakOff(new IOException("again"));
        assertThat(completions).containsExactly("a broken pipe");
        assertThat(client.isEnded()).isTrue();
        assertThat(hub.clientCount()).isZero();
        assertThat(response.completed).hasValue(1);
    }

    @Test
    void a_broken_response_is_completed_when_the_writing_thread_has_left_it() throws Exception {
        StreamTransport transport = transport(StreamFormat.LINES);
        response.free(Integer.MAX_VALUE);
        Thread container = new Thread(() -> response.breakOff(new IOException("gone")));
        AtomicInteger completed = new AtomicInteger(-1);
        response.during = () -> {
            container.start();
            await().until(() -> container.getState() == Thread.State.TIMED_WAITING || response.completed.get() > 0);
            completed.set(response.completed.get());
        };
        transport.send(Frame.text("a"), completion("a"));
        container.join();
        assertThat(completed).hasValue(0);
        assertThat(response.completed).hasValue(1);
        assertThat(response.violations).isEmpty();
        assertThat(completions).containsExactly("a gone");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_response_that_breaks_while_the_container_is_asked_is_completed_once(boolean isReady) throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        FakeResponse breaking = new FakeResponse() {
            @Override
            public boolean isReady() {
                if (!asked.getAndSet(true)) {
                    Thread container = new Thread(() -> breakOff(new IOException("gone")));
                    container.start();
                    await().until(() -> container.getState() == Thread.State.TIMED_WAITING);
                    return isReady;
                }
                return super.isReady();
            }
        };
        StreamTransport transport = new StreamTransport(
                breaking.context, ANONYMOUS, StreamFormat.LINES, Runnable::run, ResponseConnection.UNSEEN);
        transport.start();
        breaking.free(Integer.MAX_VALUE);
        transport.send(Frame.text("a"), completion("a"));
        await().until(() -> completions.size() == 1);
        breaking.free(Integer.MAX_VALUE);
        transport.close(Disconnect.SLOW, Frame.text("bye"));
        assertThat(completions).containsExactly("a gone");
        assertThat(breaking.text()).isEmpty();
        assertThat(breaking.completed).hasValue(1);
        assertThat(breaking.violations).isEmpty();
    }

    @Test
    void a_client_ends_when_its_response_broke_before_the_client_connected() throws IOException {
        Hub hub = new Hub(Nodes.simple());
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        response.breakOff(new IOException("early"));
        assertThat(open(transport, hub).isEnded()).isTrue();
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    void a_page_gets_an_error_status_when_it_may_not_reconnect() throws IOException {
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        Thread closing = new Thread(() -> transport.close(Disconnect.PERMISSION_DENIED, Frame.text("bye")));
        closing.start();
        await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        response.free(Integer.MAX_VALUE);
        assertThat(response.status).isEqualTo(403);
        assertThat(response.text()).isEqualTo("{\"error\":{\"code\":3507,\"message\":\"permission denied\"}}\n");
        assertThat(response.headers).containsEntry("Content-Type", "application/json");
        assertThat(response.completed).hasValue(1);
    }

    @Test
    void a_page_gets_the_last_word_and_no_error_status_when_it_may_reconnect() throws IOException {
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        response.free(Integer.MAX_VALUE);
        transport.close(Disconnect.SHUTDOWN, Frame.text("bye"));
        assertThat(response.status).isEqualTo(200);
        assertThat(response.text()).isEqualTo("bye");
    }

    @Test
    void a_client_of_the_protocol_gets_the_last_word_when_it_is_refused() throws IOException {
        StreamTransport transport = transport(StreamFormat.LINES);
        response.free(Integer.MAX_VALUE);
        transport.close(Disconnect.INVALID_TOKEN, Frame.text("bye"));
        assertThat(response.status).isEqualTo(200);
        assertThat(response.text()).isEqualTo("bye\n");
    }

    @Test
    void a_ping_counts_as_a_sign_of_life_when_it_is_written() throws IOException {
        FakeClock clock = new FakeClock();
        Hub hub = new Hub(Nodes.simple(clock));
        StreamTransport transport = transport(StreamFormat.RAW_EVENTS);
        Client client = open(transport, hub);
        response.free(Integer.MAX_VALUE);
        for (int i = 0; i < 10; i++) {
            clock.advance(Duration.ofSeconds(26));
            hub.check();
        }
        assertThat(client.isEnded()).isFalse();
        assertThat(response.text()).matches("retry: \\d+\n\n(:\n\n){10}");
        response.readyFor = 0;
        clock.advance(Duration.ofSeconds(26));
        hub.check();
        clock.advance(Duration.ofSeconds(9));
        hub.check();
        assertThat(client.isEnded()).isTrue();
    }

    @Test
    @Row("C18")
    void a_stream_gives_its_place_back_when_it_ends_before_its_client_connects() throws IOException {
        Admission admission = new Admission(Nodes.UNBOUNDED, System::nanoTime);
        Admission.Place place = (Admission.Place) admission.take("192.0.2.1");
        new StreamTransport(
                response.context,
                ANONYMOUS.with(new PendingHandshake(place, System::nanoTime)),
                StreamFormat.LINES,
                Runnable::run,
                ResponseConnection.UNSEEN);
        assertThat(admission.connections()).isOne();
        response.end(); // after the response to a body that did not come
        assertThat(admission.connections()).isZero();
    }
}
