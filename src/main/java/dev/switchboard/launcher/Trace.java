package dev.switchboard.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prints what happens in a channel, to a client or to a user of a running server. */
final class Trace {

    private static final Pattern TARGET = Pattern.compile("(channel|client|user)=(.+)", Pattern.DOTALL);

    private static final String DATA = "data: ";

    private final ServerAddress server;
    private final String target;
    private final boolean payloads;
    private final long count;

    /** {@code count} is the number of lines after which the trace ends; negative for no end. */
    Trace(ServerAddress server, String target, boolean payloads, long count) {
        this.server = server;
        this.target = target;
        this.payloads = payloads;
        this.count = count;
    }

    /**
     * Prints until the end of the stream. Returns the exit status.
     *
     * @throws CommandException if there is no connection, or the server refuses the request
     */
    int run() throws CommandException {
        Matcher named = TARGET.matcher(target);
        if (!named.matches()) {
            throw new CommandException("--trace must be channel=NAME, client=ID or user=NAME");
        }
        HttpRequest request = server.request("admin/api/watch?" + named.group(1) + "="
                        + URLEncoder.encode(named.group(2), StandardCharsets.UTF_8) + "&payloads=" + payloads)
                .build();
        try {
            HttpResponse<Stream<String>> answer = server.client().send(request, BodyHandlers.ofLines());
            try (Stream<String> lines = answer.body()) {
                if (answer.statusCode() != 200) {
                    throw server.refusal(answer.statusCode(), lines.collect(Collectors.joining("\n")));
                }
                return print(lines.filter(line -> line.startsWith(DATA)).iterator());
            }
        } catch (IOException failure) {
            throw server.unreachable(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted");
        }
    }

    private int print(Iterator<String> lines) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        long printed = 0;
        try {
            while (printed != count && lines.hasNext()) {
                out.println(TerminalText.escaped(lines.next().substring(DATA.length())));
                printed++;
            }
        } catch (UncheckedIOException broken) {
            System.err.println("switchboard: the connection broke");
            return 1;
        }
        if (printed != count) {
            System.err.println("switchboard: the server ended the trace");
            return 1;
        }
        return 0;
    }
}
