package dev.switchboard.launcher;

import dev.switchboard.json.JsonText;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Asks the API of a server for a channel's past. */
@Command(
        name = "history",
        description = "Prints the past of a channel, as JSON.",
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
            description =
                    "At most so many publications: ${DEFAULT-VALUE} unless given, -1 for all that one answer may have.")
    private int limit;

    @Option(names = "--reverse", description = "The newest first.")
    private boolean reverse;

    @Option(
            names = "--since",
            paramLabel = "OFFSET[:EPOCH]",
            description = "Only what is after that position, or before it in reverse.")
    private @Nullable String since;

    @Override
    public Integer call() throws Refusal {
        return call.run("history", ",\"limit\":" + limit + ",\"reverse\":" + reverse + position());
    }

    private String position() throws Refusal {
        if (since == null) {
            return "";
        }
        String[] parts = since.split(":", 2);
        if (!parts[0].matches("0|[1-9]\\d{0,19}")) {
            throw new Refusal("--since is an offset, or an offset, a colon and an epoch");
        }
        String epoch = parts.length == 1 ? "" : parts[1];
        return ",\"since\":{\"offset\":" + parts[0] + ",\"epoch\":" + JsonText.quoted(epoch) + "}";
    }
}
