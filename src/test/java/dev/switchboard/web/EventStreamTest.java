package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {

    private final FakeResponse response = new FakeResponse();
    private final AtomicBoolean valid = new AtomicBoolean(true);
    private final AtomicInteger ends = new AtomicInteger();
    private final EventStream stream = stream();

    private EventStream stream() {
        try {
            return new EventStream(
                    response.context,
                    Runnable::run,
                    Runnable::run,
                    ResponseConnection.UNSEEN,
                    valid::get,
                    ended -> ends.incrementAndGet());
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @AfterEach
    void the_stream_did_what_containers_allow() {
        assertThat(response.violations).isEmpty();
    }

    @Test
    void events_have_their_name_and_id_and_keep_their_order() throws IOException {
        stream.event("past", "7", "{\"points\":[]}");
        stream.start();
        stream.event("", "", "{\"event\":\"connect\"}");
        response.free(Integer.MAX_VALUE);
        assertThat(response.headers).containsEntry("Content-Type", "text/event-stream");
        assertThat(response.text())
                .isEqualTo("event: past\nid: 7\ndata: {\"points\":[]}\n\n:\n\ndata: {\"event\":\"connect\"}\n\n");
    }

    @Test
    void an_operator_that_does_not_read_loses_the_stream_when_a_mebibyte_waits() throws IOException {
        stream.start();
        response.free(0);
        for (int i = 0; i < 9; i++) {
            stream.event("point", "", "x".repeat(100_000));
        }
        assertThat(ends.get()).isZero();
        stream.event("point", "", "x".repeat(200_000));
        assertThat(ends.get()).isEqualTo(1);
        stream.event("point", "", "more");
        assertThat(ends.get()).isEqualTo(1);
    }

    @Test
    void one_large_event_alone_always_has_room() throws IOException {
        stream.start();
        stream.event("past", "", "x".repeat(2 << 20));
        response.free(Integer.MAX_VALUE);
        assertThat(response.written.size()).isGreaterThan(2 << 20);
        assertThat(ends.get()).isZero();
    }

    @Test
    void a_stream_without_events_shows_every_fifteenth_ping() throws IOException {
        stream.start();
        response.free(Integer.MAX_VALUE);
        response.written.reset();
        for (int i = 0; i < 14; i++) {
            stream.ping();
        }
        assertThat(response.text()).isEmpty();
        stream.ping();
        assertThat(response.text()).isEqualTo(":\n\n");
    }

    @Test
    void a_stream_ends_when_its_operator_has_logged_out() throws IOException {
        stream.start();
        response.free(Integer.MAX_VALUE);
        valid.set(false);
        stream.ping();
        assertThat(response.completed.get()).isEqualTo(1);
        assertThat(ends.get()).isPositive();
    }

    @Test
    void a_lost_connection_ends_the_stream() throws IOException {
        stream.start();
        response.breakOff(new IOException("gone"));
        assertThat(ends.get()).isEqualTo(1);
    }

    @Test
    void a_refused_stream_is_an_error() throws IOException {
        stream.refuse(new HttpError(429, 429, "Too many."));
        response.free(Integer.MAX_VALUE);
        assertThat(response.status).isEqualTo(429);
        assertThat(response.text()).contains("Too many.");
        assertThat(response.completed.get()).isEqualTo(1);
    }
}
