package dev.switchboard.launcher;

import dev.switchboard.launcher.packed.PackedWar;
import java.net.URL;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says what a client may do in a channel, and because of what. */
@Command(
        name = "explain",
        description = "Prints which channel rule holds for a channel, what each right of a user comes to and because of"
                + " what, and whether a token is valid. Without --channel, it prints the rules themselves. It reads the"
                + " settings of this process and calls no server.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "1:done; the token is refused", "2:a bad option or a bad setting"})
final class Explain implements Callable<Integer> {

    @Option(names = "--channel", paramLabel = "CHANNEL", description = "Name of the channel.")
    private String channel = "";

    @Option(
            names = "--user",
            paramLabel = "USER",
            description = "User of the client; without it the client is anonymous. A valid connection token names"
                    + " another.")
    private String user = "";

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "Connection token of the client, or its subscription token for the channel.")
    private String token = "";

    @Override
    public Integer call() throws Exception {
        Check.quiet();
        System.setProperty("switchboard.engine", "memory"); // a server may be using the folder of the log
        System.setProperty("switchboard.engine.path", "");
        PackedWar war = PackedWar.started();
        ClassLoader application = war.applicationLoader(war.containerLoader());
        Thread.currentThread().setContextClassLoader(application);
        Function<String, @Nullable URL> pages = war::page;
        return (Integer) ((Callable<?>) application
                        .loadClass("dev.switchboard.web.RulesExplanation")
                        .getDeclaredConstructor(String.class, String.class, String.class, Function.class)
                        .newInstance(channel, user, token, pages))
                .call();
    }
}
