package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LateAnswerTest {

    private final AtomicInteger flushes = new AtomicInteger();

    private LateAnswer answer(int status) {
        return new LateAnswer(Requests.proxy(HttpServletResponse.class, (self, method, arguments) -> {
            if (method.getName().equals("flushBuffer")) {
                flushes.incrementAndGet();
                return null;
            }
            return method.getName().equals("getStatus") ? status : null;
        }));
    }

    @Test
    void the_answer_to_a_handshake_is_sent_when_the_session_opens() throws Exception {
        LateAnswer answer = answer(101);
        answer.flushBuffer();
        assertThat(flushes).hasValue(0);
        answer.send();
        assertThat(flushes).hasValue(1);
    }

    @Test
    void a_refusal_is_sent_at_once() throws Exception {
        answer(403).flushBuffer();
        assertThat(flushes).hasValue(1);
    }
}
