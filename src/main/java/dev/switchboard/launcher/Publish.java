package dev.switchboard.launcher;

import dev.switchboard.json.JsonText;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Publishes through the API of a server. */
@Command(
        name = "publish",
        description = "Publishes DATA in a channel, as the application does, and prints its position.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "1:the server answered with an error", "2:bad URL or key, refused, or no connection"})
final class Publish implements Callable<Integer> {

    @Mixin
    private ServerCall call = new ServerCall();

    @Parameters(index = "2", paramLabel = "DATA", description = "JSON; any other text is published as a JSON string.")
    private String data = "";

    @Override
    public Integer call() throws CommandException {
        return call.run(
                "publish", call.parameters().json("data", JsonText.isValue(data) ? data : JsonText.quoted(data)));
    }
}
