package dev.switchboard.launcher;

import dev.switchboard.json.JsonObject;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows the hot channels and the slow clients of a server in a terminal. */
@Command(
        name = "top",
        description = "Shows which channels are hot and which clients are slow, again every two seconds. The figures"
                + " are of about the last ten seconds, and of the node that answers.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "2:bad URL or key, refused, or no connection"})
final class Top implements Callable<Integer> {

    private static final int SECONDS = 2;

    private static final int MAX_LIMIT = 1_000;

    /** Moves to the first line of a terminal, and removes what is there. */
    private static final String CLEAR = "\u001b[H\u001b[2J";

    private static final int NAME_WIDTH = 40;

    @Mixin
    private ServerAddress server = new ServerAddress();

    @Option(names = "--once", description = "Prints the figures once, and ends.")
    private boolean once;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "5",
            description = "The most lines of each table. Default: ${DEFAULT-VALUE}.")
    private int limit;

    @Override
    public Integer call() throws CommandException, InterruptedException {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new CommandException("--limit must be a number from 1 to " + MAX_LIMIT);
        }
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        String before = System.console() == null || once ? "" : CLEAR;
        do {
            out.print(before + table());
            if (out.checkError() || once) { // which flushes; the reader may have gone
                return 0;
            }
            TimeUnit.SECONDS.sleep(SECONDS);
        } while (true);
    }

    private String table() throws CommandException {
        HttpResponse<String> answer = server.send(server.request("admin/api/top?limit=" + limit));
        if (answer.statusCode() != 200) {
            throw server.refusal(answer.statusCode(), answer.body());
        }
        try {
            return table(JsonObject.of(answer.body()));
        } catch (IllegalArgumentException foreign) {
            throw new CommandException("the server answered something else than the figures of a relay");
        }
    }

    /** Returns the tables of an answer of {@code /admin/api/top}. */
    static String table(JsonObject top) {
        JsonObject channels = Objects.requireNonNullElseGet(top.object("channels"), () -> JsonObject.of("{}"));
        JsonObject clients = Objects.requireNonNullElseGet(top.object("clients"), () -> JsonObject.of("{}"));
        StringBuilder text = new StringBuilder();
        add("CHANNELS, messages per second", channels.objects("messages"), "", text);
        add("CHANNELS, bytes per second", channels.objects("bytes"), "", text);
        add("CHANNELS, subscribers", channels.objects("subscribers"), "", text);
        add("CLIENTS, bytes that wait", clients.objects("outbox"), "  for %s ms", text);
        add("CLIENTS, messages sent per second", clients.objects("messages"), "", text);
        add("CLIENTS, errors per second", clients.objects("errors"), "", text);
        add("RECONNECTS in " + top.source("seconds") + " s", top.objects("reconnects"), "", text);
        return text.toString();
    }

    private static void add(String title, List<JsonObject> rows, String age, StringBuilder into) {
        into.append(title).append('\n');
        if (rows.isEmpty()) {
            into.append("  none\n");
        }
        for (JsonObject row : rows) {
            String name = TerminalText.escaped(name(row));
            into.append(String.format("  %-" + NAME_WIDTH + "s %12s", name, row.source("value")));
            if (!age.isEmpty()) {
                into.append(String.format(age, row.source("age")));
            }
            into.append('\n');
        }
        into.append('\n');
    }

    private static String name(JsonObject row) {
        if (row.has("channel")) {
            return row.text("channel");
        }
        String user = row.text("user");
        String address = row.text("address");
        String who =
                (user.isEmpty() ? "" : "user " + user) + (user.isEmpty() || address.isEmpty() ? "" : " ") + address;
        return row.has("client") ? row.text("client") + (who.isEmpty() ? "" : " " + who) : who;
    }
}
