package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.model.Frame;
import io.undertow.Undertow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.StreamSinkChannel;

/** Tests the conduits with real connections of Undertow, as they are at the end of a handshake. */
class WebSocketConduitTest {

    private final AtomicReference<StreamConnection> upgraded = new AtomicReference<>();
    private final AtomicBoolean undertowCloses = new AtomicBoolean();
    private final AtomicBoolean clientClosed = new AtomicBoolean();
    private final AtomicReference<Thread> closedBy = new AtomicReference<>();
    private final ExecutorService closing = Executors.newSingleThreadExecutor(task -> new Thread(task, "closing"));
    private final AtomicInteger closes = new AtomicInteger();
    private Undertow server;
    private Socket client;
    private StreamConnection connection;
    private WebSocketConduit conduit;

    @BeforeEach
    void connect() throws IOException {
        server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setHandler(exchange -> exchange.upgradeChannel((connection, done) -> upgraded.set(connection)))
                .build();
        server.start();
        client = new Socket();
        client.setReceiveBufferSize(4096);
        client.setSoTimeout(30_000);
        client.connect((InetSocketAddress) server.getListenerInfo().get(0).getAddress());
        client.getOutputStream()
                .write(("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: conduit\r\n\r\n").getBytes());
        await().until(() -> upgraded.get() != null);
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(UTF_8).endsWith("\r\n\r\n")) {
            head.write(client.getInputStream().read());
        }
        connection = Objects.requireNonNull(upgraded.get());
        connection.setCloseListener(closed -> closedBy.set(Thread.currentThread()));
        conduit = WebSocketConduit.into(
                connection,
                undertowCloses::get,
                ClosingConduit.of(connection, clientClosed::get, this::closeSoon, Duration.ofMillis(500)));
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        server.stop();
        closing.shutdownNow();
    }

    private void closeSoon(Runnable close) {
        closes.incrementAndGet();
        closing.execute(close);
    }

    private byte[] read(int count) throws IOException {
        return client.getInputStream().readNBytes(count);
    }

    private static byte[] framed(int first, byte[] header, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        frame.writeBytes(header);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    private static byte[] text(int size, char letter) {
        byte[] text = new byte[size];
        Arrays.fill(text, (byte) letter);
        return text;
    }

    private void send(Frame frame) {
        AtomicInteger completions = new AtomicInteger();
        conduit.send(frame, failure -> completions.incrementAndGet());
        await().until(() -> completions.get() == 1);
    }

    @Test
    void a_frame_has_the_header_of_its_type_and_length() throws IOException {
        send(Frame.text("é"));
        assertThat(read(4)).isEqualTo(new byte[] {(byte) 0x81, 2, (byte) 0xC3, (byte) 0xA9});
        send(Frame.binary(new byte[] {7}));
        assertThat(read(3)).isEqualTo(new byte[] {(byte) 0x82, 1, 7});
        send(Frame.Ping.INSTANCE);
        assertThat(read(2)).isEqualTo(new byte[] {(byte) 0x89, 0});
        send(Frame.binary(text(125, 'a')));
        assertThat(read(127)).isEqualTo(framed(0x82, new byte[] {125}, text(125, 'a')));
        send(Frame.binary(text(126, 'b')));
        assertThat(read(130)).isEqualTo(framed(0x82, new byte[] {126, 0, 126}, text(126, 'b')));
    }

    @Test
    void a_large_frame_arrives_whole_when_the_client_reads_slowly() throws IOException {
        byte[] large = text(3_000_000, 'x');
        AtomicInteger completions = new AtomicInteger();
        conduit.send(Frame.binary(large), failure -> completions.incrementAndGet());
        assertThat(completions).hasValue(0);
        byte[] header =
                ByteBuffer.allocate(9).put((byte) 127).putLong(large.length).array();
        assertThat(read(10 + large.length)).isEqualTo(framed(0x82, header, large));
        await().until(() -> completions.get() == 1);
    }

    @Test
    void frames_of_one_write_arrive_in_order() throws IOException {
        List<Frame> frames = new ArrayList<>();
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int i = 0; i < 200; i++) {
            byte[] payload = text(i * 7 % 1000, (char) ('a' + i % 26));
            frames.add(Frame.binary(payload));
            byte[] header = payload.length < 126
                    ? new byte[] {(byte) payload.length}
                    : new byte[] {126, (byte) (payload.length >> 8), (byte) payload.length};
            expected.writeBytes(framed(0x82, header, payload));
        }
        AtomicInteger completions = new AtomicInteger();
        conduit.send(frames, failure -> completions.incrementAndGet());
        assertThat(read(expected.size())).isEqualTo(expected.toByteArray());
        await().until(() -> completions.get() == 1);
    }

    /** Writes as Undertow does: on the thread of the connection, repeatedly until all is written. */
    private void writeAsUndertow(ByteBuffer frame, CountDownLatch written) {
        connection.getIoThread().execute(() -> {
            StreamSinkChannel sink = connection.getSinkChannel();
            ChannelListener<StreamSinkChannel> writer = channel -> {
                try {
                    while (frame.hasRemaining() && channel.write(frame) > 0) {}
                } catch (IOException broken) {
                    throw new IllegalStateException(broken);
                }
                if (frame.hasRemaining()) {
                    channel.resumeWrites();
                } else {
                    channel.suspendWrites();
                    written.countDown();
                }
            };
            connection.getSinkChannel().setWriteListener(writer::handleEvent);
            writer.handleEvent(sink);
        });
    }

    @Test
    void neither_side_writes_within_a_frame_of_the_other() throws Exception {
        byte[] ours = text(2_000_000, 'o');
        byte[] theirs = text(2_000_000, 't');
        for (int round = 0; round < 3; round++) {
            CountDownLatch written = new CountDownLatch(2);
            ByteBuffer their = ByteBuffer.wrap(theirs);
            if (round % 2 == 0) {
                conduit.send(Frame.binary(ours), failure -> written.countDown());
                writeAsUndertow(their, written);
            } else {
                writeAsUndertow(their, written);
                await().until(() -> their.position() > 0);
                conduit.send(Frame.binary(ours), failure -> written.countDown());
            }
            byte[] got = read(ours.length + 10 + theirs.length);
            byte[] header = framed(
                    0x82,
                    ByteBuffer.allocate(9).put((byte) 127).putLong(ours.length).array(),
                    ours);
            byte[] oursFirst = Arrays.copyOf(header, header.length + theirs.length);
            System.arraycopy(theirs, 0, oursFirst, header.length, theirs.length);
            byte[] theirsFirst = Arrays.copyOf(theirs, header.length + theirs.length);
            System.arraycopy(header, 0, theirsFirst, theirs.length, header.length);
            assertThat(Arrays.equals(got, round % 2 == 0 ? oursFirst : theirsFirst))
                    .as("round " + round)
                    .isTrue();
            await().until(() -> written.getCount() == 0);
        }
    }

    @Test
    void the_relay_waits_while_undertow_is_within_a_frame() throws Exception {
        byte[] theirs = text(8_000_000, 't');
        ByteBuffer their = ByteBuffer.wrap(theirs);
        onTheThreadOfTheConnection(() -> {
            while (connection.getSinkChannel().write(their) > 0) {}
        });
        int taken = their.position();
        assertThat(taken).isPositive();
        read(taken);
        AtomicInteger completions = new AtomicInteger();
        conduit.send(Frame.text("ours"), failure -> completions.incrementAndGet());
        assertThat(completions).hasValue(0);
        writeAsUndertow(their, new CountDownLatch(1));
        assertThat(read(theirs.length - taken)).containsOnly((byte) 't');
        assertThat(read(6)).isEqualTo(framed(0x81, new byte[] {4}, "ours".getBytes(UTF_8)));
        await().until(() -> completions.get() == 1);
    }

    @Test
    void undertow_waits_while_the_relay_is_within_a_frame() throws Exception {
        byte[] ours = text(8_000_000, 'o');
        AtomicInteger completions = new AtomicInteger();
        int[] count = {-1};
        onTheThreadOfTheConnection(
                () -> { // the relay cannot continue its frame meanwhile
                    conduit.send(Frame.binary(ours), failure -> completions.incrementAndGet());
                    read(100_000);
                    count[0] = connection.getSinkChannel().write(ByteBuffer.wrap(text(2, 't')));
                });
        assertThat(count[0]).isZero();
        assertThat(read(10 + ours.length - 100_000)).containsOnly((byte) 'o');
        await().until(() -> completions.get() == 1);
    }

    @Test
    void a_begun_frame_is_completed_when_undertow_closes() throws Exception {
        byte[] begun = text(8_000_000, 'b');
        AtomicInteger completions = new AtomicInteger();
        conduit.send(Frame.binary(begun), failure -> completions.incrementAndGet());
        undertowCloses.set(true);
        writeAsUndertow(ByteBuffer.wrap(new byte[] {(byte) 0x88, 0}), new CountDownLatch(1));
        assertThat(read(10 + begun.length)).endsWith(text(100, 'b'));
        assertThat(read(2)).isEqualTo(new byte[] {(byte) 0x88, 0});
        await().until(() -> completions.get() == 1);
        AtomicReference<Throwable> refused = new AtomicReference<>();
        conduit.send(Frame.text("late"), refused::set);
        await().untilAsserted(() -> assertThat(refused.get()).isInstanceOf(ClosedChannelException.class));
        connection.getSinkChannel().shutdownWrites();
        assertThat(client.getInputStream().read()).isNegative();
    }

    @Test
    void a_waiting_frame_fails_when_undertow_closes() throws Exception {
        byte[] theirs = text(8_000_000, 't');
        ByteBuffer their = ByteBuffer.wrap(theirs);
        onTheThreadOfTheConnection(() -> {
            while (connection.getSinkChannel().write(their) > 0) {}
        });
        AtomicReference<Throwable> given = new AtomicReference<>();
        conduit.send(Frame.text("late"), given::set);
        undertowCloses.set(true);
        writeAsUndertow(their, new CountDownLatch(1));
        assertThat(read(theirs.length)).containsOnly((byte) 't');
        await().untilAsserted(() -> assertThat(given.get()).isInstanceOf(ClosedChannelException.class));
        client.setSoTimeout(200);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    }

    private interface Task {
        void run() throws IOException;
    }

    private void onTheThreadOfTheConnection(Task task) throws Exception {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        connection.getIoThread().execute(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (IOException failure) {
                done.completeExceptionally(failure);
            }
        });
        done.get(1, TimeUnit.MINUTES);
    }

    @Test
    void a_close_waits_for_its_client_for_a_limited_time() throws IOException {
        send(Frame.text("read"));
        assertThat(conduit.close()).isTrue();
        assertThat(read(6)).hasSize(6);
        assertThat(client.getInputStream().read()).isNegative();
    }

    @Test
    void a_client_that_stopped_within_a_frame_is_closed_at_once() {
        AtomicInteger completions = new AtomicInteger();
        conduit.send(Frame.binary(text(8_000_000, 'x')), failure -> completions.incrementAndGet());
        assertThat(conduit.close()).isFalse();
        await().until(() -> !connection.isOpen());
        AtomicReference<Throwable> refused = new AtomicReference<>();
        conduit.send(Frame.text("late"), refused::set);
        await().untilAsserted(() -> assertThat(refused.get()).isInstanceOf(ClosedChannelException.class));
    }

    @Test
    void a_write_fails_when_its_connection_is_gone() throws IOException {
        client.setSoLinger(true, 0);
        AtomicReference<Throwable> failed = new AtomicReference<>();
        conduit.send(Frame.binary(text(8_000_000, 'x')), failed::set);
        client.close();
        await().until(() -> failed.get() != null);
        assertThat(failed.get()).isInstanceOf(IOException.class);
    }

    /** Reads as Undertow does, and closes the sink at the end of the input. */
    private void readAsUndertow() throws Exception {
        onTheThreadOfTheConnection(() -> {
            connection.getSourceChannel().setReadListener(source -> {
                try {
                    if (source.read(ByteBuffer.allocate(1024)) < 0) {
                        connection.getSinkChannel().shutdownWrites();
                    }
                } catch (IOException broken) {
                    IoUtils.safeClose(connection);
                }
            });
            connection.getSourceChannel().resumeReads();
        });
    }

    private void assertThatAnotherThreadClosesIt() {
        await().untilAsserted(() -> assertThat(closedBy.get()).isNotNull());
        assertThat(Objects.requireNonNull(closedBy.get()).getName()).isEqualTo("closing");
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    @Row("S20")
    void a_connection_is_closed_by_the_closing_thread_when_its_client_closes_it() throws Exception {
        readAsUndertow();
        client.close();
        assertThatAnotherThreadClosesIt();
    }

    @Test
    void a_connection_is_closed_by_the_closing_thread_when_its_client_resets_it() throws Exception {
        readAsUndertow();
        client.setSoLinger(true, 0);
        client.close();
        assertThatAnotherThreadClosesIt();
    }

    @Test
    void a_connection_is_closed_by_the_closing_thread_when_its_client_closes_it_after_the_server() throws Exception {
        readAsUndertow();
        onTheThreadOfTheConnection(() -> connection.getSinkChannel().shutdownWrites());
        assertThat(client.getInputStream().read()).isNegative();
        client.getOutputStream().write(new byte[] {1, 2, 3});
        client.close();
        assertThatAnotherThreadClosesIt();
    }

    @Test
    void a_connection_is_closed_at_once_when_its_client_has_sent_a_close_frame() throws Exception {
        readAsUndertow();
        clientClosed.set(true);
        onTheThreadOfTheConnection(() -> connection.getSinkChannel().shutdownWrites());
        assertThat(client.getInputStream().read()).isNegative();
        assertThatAnotherThreadClosesIt();
    }

    @Test
    void a_connection_is_closed_after_a_timeout_when_its_client_does_not_close_it() throws Exception {
        readAsUndertow();
        onTheThreadOfTheConnection(() -> connection.getSinkChannel().shutdownWrites());
        assertThatAnotherThreadClosesIt();
    }

    /** Collects what the source channel gives, in parts of at most {@code size} bytes. */
    private ByteArrayOutputStream collectAsUndertow(int size) throws Exception {
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        onTheThreadOfTheConnection(() -> {
            connection.getSourceChannel().setReadListener(channel -> {
                ByteBuffer part = ByteBuffer.allocate(size);
                try {
                    while (channel.read(part) > 0) {
                        got.write(part.array(), 0, part.position());
                        part.clear();
                    }
                } catch (IOException broken) {
                    IoUtils.safeClose(connection);
                }
            });
            connection.getSourceChannel().resumeReads();
        });
        return got;
    }

    /** Keeps the closing thread busy until the result is counted down. */
    private CountDownLatch occupyTheClosingThread() {
        CountDownLatch free = new CountDownLatch(1);
        closing.execute(() -> {
            try {
                free.await();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
        });
        return free;
    }

    @Test
    @Row("S20")
    void a_close_frame_waits_for_its_turn_while_other_connections_close() throws Exception {
        ByteArrayOutputStream got = collectAsUndertow(1024);
        CountDownLatch free = occupyTheClosingThread();
        byte[] close = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE8};
        client.getOutputStream().write(close);
        await().until(() -> !connection.getSourceChannel().isReadResumed());
        assertThat(got.size()).isZero();
        free.countDown();
        await().untilAsserted(() -> assertThat(got.toByteArray()).isEqualTo(close));
        client.close();
    }

    @Test
    @Row("S20")
    void a_broken_connection_takes_no_turn_of_its_thread_until_it_is_closed() throws Exception {
        CountDownLatch free = occupyTheClosingThread();
        client.setSoLinger(true, 0);
        client.close();
        AtomicInteger writes = new AtomicInteger();
        onTheThreadOfTheConnection(() -> {
            StreamSinkChannel sink = connection.getSinkChannel();
            connection.getSinkChannel().setWriteListener(channel -> {
                writes.incrementAndGet();
                try {
                    channel.write(ByteBuffer.wrap(text(10, 'x')));
                } catch (IOException broken) {
                    throw new IllegalStateException(broken);
                }
                channel.resumeWrites(); // as Undertow does after a write of 0 bytes
            });
            sink.resumeWrites();
        });
        await().until(() -> closes.get() > 0);
        onTheThreadOfTheConnection(() -> {});
        int before = writes.get();
        for (int turn = 0; turn < 100; turn++) {
            onTheThreadOfTheConnection(() -> {});
        }
        assertThat(writes).hasValue(before);
        assertThat(closes).hasValue(1);
        free.countDown();
        assertThatAnotherThreadClosesIt();
    }

    @Test
    void a_frame_that_waits_for_undertow_fails_when_the_connection_breaks() throws Exception {
        CountDownLatch free = occupyTheClosingThread();
        ByteBuffer their = ByteBuffer.wrap(text(20_000_000, 't'));
        writeAsUndertow(their, new CountDownLatch(1));
        await().until(() -> their.position() > 0);
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        conduit.send(Frame.text("waits"), failure -> failures.add(Objects.requireNonNull(failure)));
        assertThat(failures).isEmpty();
        client.setSoLinger(true, 0);
        client.close();
        await().until(() -> failures.size() == 1);
        conduit.send(Frame.text("late"), failure -> failures.add(Objects.requireNonNull(failure)));
        await().until(() -> failures.size() == 2);
        assertThat(failures.get(1)).isInstanceOf(ClosedChannelException.class);
        free.countDown();
        assertThatAnotherThreadClosesIt();
    }

    @Test
    void a_connection_is_closed_at_once_when_the_closing_thread_has_ended() throws Exception {
        readAsUndertow();
        closing.shutdownNow();
        client.close();
        await().until(() -> !connection.isOpen());
    }

    @Test
    void bytes_keep_their_order_when_they_look_like_a_close_frame() throws Exception {
        ByteArrayOutputStream got = collectAsUndertow(7);
        CountDownLatch free = occupyTheClosingThread();
        byte[] first = text(300, 'a');
        first[0] = (byte) 0x88;
        byte[] second = text(100, 'b');
        second[0] = (byte) 0x88;
        client.getOutputStream().write(first);
        client.getOutputStream().write(second);
        await().until(() -> !connection.getSourceChannel().isReadResumed());
        client.getOutputStream().write(text(1_000, 'c'));
        free.countDown();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first);
        all.writeBytes(second);
        all.writeBytes(text(1_000, 'c'));
        await().untilAsserted(() -> assertThat(got.toByteArray()).isEqualTo(all.toByteArray()));
    }
}
