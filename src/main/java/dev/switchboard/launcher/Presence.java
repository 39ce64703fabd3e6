package dev.switchboard.launcher;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Asks the API of a server for the clients in a channel. */
@Command(
        name = "presence",
        description = "Prints the clients in a channel, as JSON.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "1:the server answered with an error", "2:bad URL or key, refused, or no connection"})
final class Presence implements Callable<Integer> {

    @Mixin
    private ServerCall call = new ServerCall();

    @Override
    public Integer call() throws CommandException {
        return call.run("presence", call.parameters());
    }
}
