package dev.switchboard.launcher.doctor;

import static dev.switchboard.launcher.doctor.Finding.fault;
import static dev.switchboard.launcher.doctor.Finding.ok;
import static dev.switchboard.launcher.doctor.Finding.unknown;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.launcher.connect.BoundedExchange;
import dev.switchboard.launcher.connect.ConnectFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Checks whether events of a stream arrive at once, by the HTTP fallback of the client protocol. */
final class StreamCheck {

    /** The transports of the HTTP fallback, with the names of their checks. */
    enum Transport {
        HTTP_STREAM("stream", "connection/http_stream", "application/octet-stream"),
        SSE("sse", "connection/sse", "text/event-stream");

        private final String check;
        private final String path;
        private final String type;

        Transport(String check, String path, String type) {
            this.check = check;
            this.path = path;
            this.type = type;
        }
    }

    /** The begin of a line of a server-sent event. */
    private static final String EVENT = "data: ";

    private static final String DATA = "\"of the stream\"";

    private static final String HELD_BACK = "a proxy collects events instead of passing them on";

    private final Site site;
    private final Transport transport;
    private final ArrivedLines lines = new ArrivedLines();

    StreamCheck(Site site, Transport transport) {
        this.site = site;
        this.transport = transport;
    }

    Finding find() throws InterruptedException {
        if (transport == Transport.SSE && !site.token().isEmpty()) {
            return unknown(
                    check(), "the token would be part of a URL and come into access logs, so doctor does not try");
        }
        CompletableFuture<HttpResponse<InputStream>> answer =
                site.http().sendAsync(connect(), HttpResponse.BodyHandlers.ofInputStream());
        try {
            HttpResponse<InputStream> stream = answer.get(site.patience().toMillis(), TimeUnit.MILLISECONDS);
            try (InputStream body = stream.body()) {
                if (stream.statusCode() != 200) {
                    return Refusal.of(check(), stream.statusCode(), "and no event stream", stream.uri());
                }
                String type = stream.headers().firstValue("Content-Type").orElse("");
                if (!type.startsWith(transport.type)) {
                    return fault(
                            check(),
                            "HTTP 200 with Content-Type " + type + " instead of " + transport.type
                                    + ": something before the relay answers");
                }
                start(body);
                return events();
            }
        } catch (TimeoutException late) {
            answer.cancel(true);
            return heldBack("no event stream begins");
        } catch (ExecutionException | IOException failure) {
            return fault(check(), "the event stream breaks: " + ConnectFailure.words(failure));
        } catch (IllegalArgumentException foreign) {
            return fault(check(), "an event that is not of a relay arrives: " + foreign.getMessage());
        }
    }

    private HttpRequest connect() {
        String command = site.connectCommand();
        return switch (transport) {
            case HTTP_STREAM -> post(transport.path, command).build();
            case SSE ->
                HttpRequest.newBuilder(site.at(
                                transport.path + "?cf_connect=" + URLEncoder.encode(command, StandardCharsets.UTF_8)))
                        .header("Accept", "text/event-stream")
                        .build();
        };
    }

    private String check() {
        return transport.check;
    }

    private HttpRequest.Builder post(String path, String body) {
        return HttpRequest.newBuilder(site.at(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private void start(InputStream body) {
        Thread reader = new Thread(() -> read(body), "event stream");
        reader.setDaemon(true);
        reader.start();
    }

    private void read(InputStream body) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.isEmpty()) {
                    lines.add(line.startsWith(EVENT) ? line.substring(EVENT.length()) : line);
                }
            }
        } catch (IOException closed) {
            // the check is over, or the stream broke; both end the lines
        }
        lines.end();
    }

    private Finding events() throws InterruptedException, IOException {
        String connected = await("\"id\":1", "\"disconnect\":");
        if (connected == null) {
            return absent("the first event");
        }
        JsonObject result = JsonObject.of(connected).object("connect");
        if (result == null) {
            return unknown(check(), "an event arrives, but the relay refuses this client; --token brings a token");
        }
        long sent = System.nanoTime();
        HttpRequest commands = post(
                        "emulation",
                        new JsonWriter()
                                .string("session", result.text("session"))
                                .string("node", result.text("node"))
                                .string("data", site.subscribeCommand(2) + "\n" + site.publishCommand(3, DATA))
                                .finish())
                .build();
        HttpResponse<String> sending = BoundedExchange.send(site.http(), commands, site.patience());
        if (sending.statusCode() / 100 != 2) {
            return Refusal.of(check(), sending.statusCode(), "for a command", sending.uri());
        }
        String event = await(DATA, "\"error\":");
        if (event == null) {
            return absent("a later event");
        }
        return event.contains("\"error\":")
                ? unknown(check(), "events arrive, but the relay refuses " + site.channel())
                : ok(check(), "an event arrives after " + (System.nanoTime() - sent) / 1_000_000 + " ms");
    }

    private Finding absent(String event) {
        return lines.areComplete()
                ? fault(check(), "the event stream ends before " + event + " arrives: something closes it")
                : heldBack(event + " does not arrive");
    }

    private Finding heldBack(String seen) {
        return fault(check(), seen + " within " + site.patience().toMillis() + " ms: " + HELD_BACK, Cure.BUFFERING);
    }

    /** Returns the next line with one of the texts, or null if none comes in time. */
    private @Nullable String await(String... texts) throws InterruptedException {
        return lines.await(line -> Arrays.stream(texts).anyMatch(line::contains), site.patience());
    }
}
