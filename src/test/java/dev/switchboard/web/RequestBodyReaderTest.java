package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestBodyReaderTest {

    private static final int MAX_BYTES = 100;

    private final Relay relay =
            new Relay(Settings.read(Map.of()), new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));
    private final RequestBodyReader bodies = new RequestBodyReader(() -> relay);
    private final CompletableFuture<String> whole = new CompletableFuture<>();

    @AfterEach
    void stop() {
        relay.stop();
    }

    /** Acts as the body of a request, which arrives in parts. */
    private static final class ArrivingBody extends ServletInputStream {
        final Requests.Answer answer = new Requests.Answer();
        private final long length;
        private byte[] ready = {};
        private int questionsInVain;

        @Nullable
        ReadListener listener;

        ArrivingBody(long length) {
            this.length = length;
        }

        AsyncContext context() {
            HttpServletRequest request =
                    Requests.proxy(HttpServletRequest.class, (self, method, arguments) -> switch (method.getName()) {
                        case "getInputStream" -> this;
                        case "getContentLengthLong" -> length;
                        default -> throw new UnsupportedOperationException(method.getName());
                    });
            return Requests.proxy(AsyncContext.class, (self, method, arguments) -> switch (method.getName()) {
                case "getRequest" -> request;
                case "getResponse" -> answer.servletResponse;
                case "addListener", "complete" -> null;
                default -> throw new UnsupportedOperationException(method.getName());
            });
        }

        void arrive(String part) throws IOException {
            ready = part.getBytes(UTF_8);
            Objects.requireNonNull(listener).onDataAvailable();
        }

        void end() throws IOException {
            Objects.requireNonNull(listener).onAllDataRead();
        }

        @Override
        public boolean isReady() {
            if (ready.length == 0) {
                questionsInVain++;
            }
            return ready.length > 0;
        }

        @Override
        public int read(byte[] to, int offset, int count) {
            int taken = Math.min(count, ready.length);
            System.arraycopy(ready, 0, to, offset, taken);
            ready = Arrays.copyOfRange(ready, taken, ready.length);
            return taken;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isFinished() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setReadListener(ReadListener given) {
            listener = given;
        }
    }

    private ArrivingBody read(long length) throws IOException {
        ArrivingBody body = new ArrivingBody(length);
        bodies.read(body.context(), MAX_BYTES, (bytes, answer) -> whole.complete(new String(bytes, UTF_8)));
        return body;
    }

    private String whole() throws Exception {
        return whole.get(10, TimeUnit.SECONDS);
    }

    @Test
    void a_body_is_complete_without_a_question_after_its_last_byte() throws Exception {
        ArrivingBody body = read(11);
        body.arrive("Hello, ");
        assertThat(body.questionsInVain).isOne();
        body.arrive("you!");
        assertThat(whole()).isEqualTo("Hello, you!");
        assertThat(body.questionsInVain).isOne();
    }

    @Test
    void a_container_may_report_the_end_of_a_body_as_well() throws Exception {
        ArrivingBody body = read(5);
        body.arrive("Hello");
        body.end();
        assertThat(whole()).isEqualTo("Hello");
    }

    @Test
    void a_body_of_unknown_length_ends_when_the_container_reports_its_end() throws Exception {
        ArrivingBody body = read(-1);
        body.arrive("Hello");
        assertThat(whole).isNotDone();
        body.end();
        assertThat(whole()).isEqualTo("Hello");
    }

    @Test
    void a_body_is_refused_when_it_is_larger_than_the_limit() throws Exception {
        ArrivingBody body = read(MAX_BYTES + 1);
        body.arrive("x".repeat(MAX_BYTES + 1));
        assertThat(body.answer.status).isEqualTo(413);
        assertThat(whole).isNotDone();
    }
}
