package dev.switchboard.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.access.Log;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.json.JsonObject;
import dev.switchboard.limits.EventLog.Format;
import dev.switchboard.model.LogLine;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private static final System.Logger LOG = System.getLogger(EventLogTest.class.getName());

    private final FakeClock clock = new FakeClock();
    private final Log log = new Log();
    private final EventLog events = new EventLog(Runnable::run, clock, Format.TEXT);

    @AfterEach
    void close() {
        log.close();
    }

    private void refuse(String kind, int times) {
        IntStream.range(0, times)
                .forEach(i -> events.refused(LOG, kind, () -> new LogLine("refused " + kind).number("n", i)));
    }

    @Test
    void of_each_kind_ten_lines_in_a_minute_are_written_and_the_others_are_counted() {
        refuse("a", 25);
        refuse("b", 1);
        assertThat(log.texts("WARNING")).hasSize(11).contains("refused a n=0", "refused a n=9", "refused b n=0");
        clock.advance(Duration.ofSeconds(59));
        events.sweep();
        assertThat(log.texts()).hasSize(11);
        clock.advance(Duration.ofSeconds(1));
        events.sweep();
        assertThat(log.texts()).hasSize(12).endsWith("left out lines=15 like=\"a\"");
        refuse("a", 1);
        assertThat(log.texts()).hasSize(13);
    }

    @Test
    void the_number_of_lines_that_were_left_out_comes_before_the_next_line_of_the_kind() {
        refuse("a", 11);
        clock.advance(Duration.ofMinutes(1));
        refuse("a", 1);
        assertThat(log.texts()).endsWith("left out lines=1 like=\"a\"", "refused a n=0");
    }

    @Test
    void a_flood_of_kinds_shares_the_lines_of_one() {
        IntStream.range(0, 3_000).forEach(i -> refuse("kind " + i, 1));
        assertThat(log.texts()).hasSize(1_010);
        clock.advance(Duration.ofMinutes(1));
        events.sweep();
        assertThat(log.texts()).endsWith("left out lines=1990 like=\"other\"");
    }

    @Test
    void an_event_that_is_no_refusal_has_no_limit() {
        IntStream.range(0, 100).forEach(i -> events.info(LOG, () -> new LogLine("connect")));
        assertThat(log.texts("INFO")).hasSize(100);
    }

    @Test
    void a_line_is_a_json_object_if_the_format_says_so() {
        new EventLog(Runnable::run, clock, Format.JSON)
                .info(
                        LOG,
                        () -> new LogLine("connection refused:")
                                .word("client", "c1")
                                .word("address", "")
                                .text("user", "a\"\n\u202e")
                                .number("channels", 2)
                                .seconds("seconds", 1_002_000_000L)
                                .saying("for people"));
        String line = log.texts().get(0);
        assertThat(line).startsWith("{\"time\":\"20").doesNotContain("\n", "for people", "address");
        assertThat(line).contains("\"channels\":2,\"seconds\":1.002}");
        JsonObject read = JsonObject.of(line);
        assertThat(read.text("level")).isEqualTo("INFO");
        assertThat(read.text("event")).isEqualTo("connection refused");
        assertThat(read.text("user")).isEqualTo("a\"\n\u202e");
    }

    @Test
    void text_is_quoted_and_cut() {
        assertThat(new LogLine("x")
                        .text("user", "a\r\nb")
                        .text("none", "")
                        .always("reason", "")
                        .text())
                .isEqualTo("x user=\"a\\u000d\\u000ab\" reason=\"\"");
        assertThat(new LogLine("x").text("user", "y".repeat(300)).text()).hasSizeLessThan(300);
    }
}
