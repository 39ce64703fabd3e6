package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AsyncResponseTest {

    private static final HttpError ERROR = new HttpError(503, 100, "later", 1);
    private static final String ERROR_TEXT = "{\"error\":{\"code\":100,\"message\":\"later\"}}\n";

    private final FakeResponse response = new FakeResponse();
    private final Set<AsyncResponse> underWay = new HashSet<>();
    private final List<HttpError> reported = new ArrayList<>();
    private final AsyncResponse answer = answer();

    private AsyncResponse answer() {
        try {
            return new AsyncResponse(response.context, Runnable::run, underWay, reported::add);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void an_answer_is_complete_when_the_container_has_taken_it() throws IOException {
        answer.sendJson(200, "{}".getBytes(UTF_8));
        assertThat(response.text()).isEmpty();
        response.free(1);
        assertThat(response.text()).isEqualTo("{}");
        assertThat(response.completed).hasValue(0);
        assertThat(underWay).containsExactly(answer);
        response.free(1);
        assertThat(response.completed).hasValue(1);
        assertThat(response.headers)
                .containsEntry("Content-Type", "application/json")
                .containsEntry("Content-Length", "2");
        assertThat(underWay).isEmpty();
        assertThat(response.flushes).hasValue(0);
        assertThat(response.violations).isEmpty();
    }

    @Test
    void the_first_answer_alone_is_reported_and_only_if_it_is_an_error() {
        answer.send(ERROR);
        answer.refuse(ERROR);
        answer.refuseNow(ERROR);
        answer().sendNothing();
        assertThat(reported).containsExactly(ERROR);
    }

    @Test
    void an_error_keeps_the_reason_of_a_refusal() {
        Reason why = new Reason("rule", "publish is \"nobody\" in the defaults");
        assertThat(HttpError.of(403, ClientError.PERMISSION_DENIED.because(why)).why())
                .isEqualTo(why);
        assertThat(HttpError.of(403, Disconnect.PERMISSION_DENIED).why().text()).isEqualTo("permission denied");
    }

    @Test
    void an_answer_without_a_body_writes_nothing() throws IOException {
        answer.sendNothing();
        response.free(1);
        assertThat(response.status).isEqualTo(204);
        assertThat(response.headers).isEmpty();
        assertThat(response.completed).hasValue(1);
    }

    @Test
    void a_refusal_is_flushed_and_closes_the_connection() throws IOException {
        answer.refuse(ERROR);
        response.free(Integer.MAX_VALUE);
        assertThat(response.status).isEqualTo(503);
        assertThat(response.text()).isEqualTo(ERROR_TEXT);
        assertThat(response.headers).containsEntry("Connection", "close").containsEntry("Retry-After", "1");
        assertThat(response.flushes).hasValue(1);
        assertThat(response.completed).hasValue(1);
        assertThat(response.violations).isEmpty();
    }

    @Test
    void only_the_first_answer_counts() throws IOException {
        answer.sendNothing();
        answer.refuse(ERROR);
        answer.send(ERROR);
        response.free(Integer.MAX_VALUE);
        assertThat(response.status).isEqualTo(204);
        assertThat(response.text()).isEmpty();
        assertThat(response.headers).isEmpty();
        assertThat(response.completed).hasValue(1);
    }

    @Test
    void an_answer_ends_when_its_client_does_not_read_it() throws IOException {
        answer.send(ERROR);
        response.free(1);
        answer.check(Duration.ofMinutes(1));
        assertThat(response.completed).hasValue(0);
        answer.check(Duration.ofSeconds(-1));
        assertThat(response.completed).hasValue(1);
        assertThat(underWay).isEmpty();
        response.free(Integer.MAX_VALUE);
        assertThat(response.violations).isEmpty();
    }

    @Test
    void a_broken_answer_is_completed_once() throws IOException {
        answer.send(ERROR);
        response.failure = new IOException("broken pipe");
        response.free(Integer.MAX_VALUE);
        response.breakOff(new IOException("again"));
        assertThat(response.completed).hasValue(1);
        assertThat(underWay).isEmpty();
        assertThat(response.violations).isEmpty();
    }

    @Test
    void an_answer_does_nothing_when_the_container_has_completed_the_request() throws IOException {
        response.end();
        answer.send(ERROR);
        answer.refuse(ERROR);
        assertThat(underWay).isEmpty();
        assertThat(response.violations).isEmpty();
    }

    @Test
    void the_container_answers_a_failed_request_when_there_is_no_answer() throws IOException {
        response.failRequest();
        assertThat(response.completed).hasValue(0);
        answer.send(ERROR);
        assertThat(response.headers).isEmpty();
    }

    @Test
    void a_failed_request_is_completed_when_its_answer_has_begun() throws IOException {
        answer.send(ERROR);
        response.failRequest();
        assertThat(response.completed).hasValue(1);
        assertThat(underWay).isEmpty();
    }
}
