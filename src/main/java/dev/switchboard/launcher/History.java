package dev.switchboard.launcher;

import dev.switchboard.json.JsonWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Asks the API of a server for the history of a channel. */
@Command(
        name = "history",
        description = "Prints the history of a channel, as JSON.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "1:the server answered with an error", "2:bad URL or key, refused, or no connection"})
final class History implements Callable<Integer> {

    @Mixin
    private ServerCall call = new ServerCall();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "10",
            description = "The most publications. Default: ${DEFAULT-VALUE}. -1 means all that one answer may have.")
    private int limit;

    @Option(names = "--reverse", description = "Newest first.")
    private boolean reverse;

    @Option(
            names = "--since",
            paramLabel = "OFFSET[:EPOCH]",
            description = "Only publications after this position; with --reverse, before it.")
    private @Nullable String since;

    @Override
    public Integer call() throws CommandException {
        return call.run(
                "history",
                call.parameters()
                        .number("limit", limit)
                        .json("reverse", String.valueOf(reverse))
                        .json("since", since == null ? null : position(since)));
    }

    private static String position(String since) throws CommandException {
        String[] parts = since.split(":", 2);
        if (!parts[0].matches("0|[1-9]\\d{0,19}")) {
            throw new CommandException("--since must be OFFSET or OFFSET:EPOCH");
        }
        return new JsonWriter()
                .json("offset", parts[0])
                .string("epoch", parts.length == 1 ? "" : parts[1])
                .finish();
    }
}
