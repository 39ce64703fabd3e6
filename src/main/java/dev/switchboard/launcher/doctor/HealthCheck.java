package dev.switchboard.launcher.doctor;

import static dev.switchboard.launcher.doctor.Finding.fault;
import static dev.switchboard.launcher.doctor.Finding.ok;
import static dev.switchboard.launcher.doctor.Finding.unknown;

import dev.switchboard.launcher.connect.BoundedExchange;
import dev.switchboard.launcher.connect.ConnectFailure;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.function.Consumer;

/** Checks by one request whether the server answers, which time it has, and whether it is ready. */
final class HealthCheck {

    private static final String REACHABLE = "reachable";
    private static final String CLOCK = "clock";
    private static final String READY = "ready";

    /** The default of {@code switchboard.token.leeway}. */
    private static final Duration LEEWAY = Duration.ofSeconds(5);

    private final Site site;
    private final Clock clock;
    private final Consumer<Finding> report;

    HealthCheck(Site site, Clock clock, Consumer<Finding> report) {
        this.site = site;
        this.clock = clock;
        this.report = report;
    }

    /** Returns the {@code Server} header, which may be empty. */
    String run() throws InterruptedException, NotThere {
        HttpResponse<String> answer;
        Instant before = clock.instant();
        try {
            answer = BoundedExchange.send(
                    site.http(), HttpRequest.newBuilder(site.at("health/ready")).build(), site.patience());
        } catch (IOException failure) {
            report.accept(fault(REACHABLE, site.root() + ": " + ConnectFailure.words(failure)));
            throw new NotThere();
        }
        Instant after = clock.instant();
        String server = answer.headers().firstValue("Server").orElse("");
        report.accept(ok(
                REACHABLE,
                site.root() + " answers in " + Duration.between(before, after).toMillis() + " ms; its Server header "
                        + (server.isEmpty() ? "is missing" : "is " + server)));
        report.accept(clock(answer, before.plus(Duration.between(before, after).dividedBy(2))));
        Finding ready = ready(answer);
        report.accept(ready);
        if (ready.verdict() == Verdict.FAULT && answer.statusCode() != 503) {
            throw new NotThere();
        }
        return server;
    }

    private Finding clock(HttpResponse<String> answer, Instant asked) {
        try {
            String date = answer.headers().firstValue("Date").orElse("");
            // a Date header has whole seconds, so on average it is half a second old
            Instant there = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date))
                    .plusMillis(500);
            Duration ahead = Duration.between(asked, there);
            long seconds = Math.round(ahead.toMillis() / 1000.0);
            String seen = seconds == 0
                    ? "the server has the same time"
                    : "the clock of the server is " + Math.abs(seconds) + " s " + (seconds > 0 ? "ahead of" : "behind")
                            + " this one";
            return ahead.abs().compareTo(LEEWAY) > 0
                    ? fault(CLOCK, seen + "; tokens of this machine are too old or too young there: use NTP on both")
                    : ok(CLOCK, seen);
        } catch (DateTimeException none) {
            return unknown(CLOCK, "the answer has no Date header");
        }
    }

    private static Finding ready(HttpResponse<String> answer) {
        int status = answer.statusCode();
        String seen = "HTTP " + status;
        if (status == 200) {
            String body = answer.body().strip();
            return body.equals("ok") || body.contains("\"UP\"")
                    ? ok(READY, "the relay accepts clients")
                    : fault(READY, "HTTP 200, but not from a relay; give the URL of the page of Switchboard");
        }
        return switch (status) {
            case 301, 302, 303, 307, 308 ->
                fault(
                        READY,
                        seen + ": a redirect to "
                                + answer.headers().firstValue("Location").orElse("nowhere")
                                + "; WebSockets follow none");
            case 401, 403, 407 -> fault(READY, seen + ": a proxy asks for a login or refuses the request");
            case 404 -> fault(READY, seen + ": no relay is below this URL; give the URL of its page");
            case 502, 504 -> fault(READY, seen + ": a proxy answers, and cannot reach the relay");
            case 503 -> fault(READY, seen + ": the relay stops, its engine cannot work, or a proxy cannot reach it");
            default -> fault(READY, seen + " instead of 200");
        };
    }

    /** Ends the checks, because no relay answers. The finding says why. */
    static final class NotThere extends Exception {
        private static final long serialVersionUID = 1;
    }
}
