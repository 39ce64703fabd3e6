package dev.switchboard.launcher;

import dev.switchboard.launcher.packed.PackedWar;
import java.net.URL;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Checks the files and settings that a server reads at its start. */
@Command(
        name = "check",
        description = "Reads the settings, the channel rules and the key files as a server does, and prints the errors."
                + " It opens no port.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:a server would start", "1:a server would not start; the reason is printed"})
final class Check implements Callable<Integer> {

    /** A strong reference, because the JDK collects an unreferenced logger with its level. */
    private static final Logger LOG = Logger.getLogger("dev.switchboard");

    @Override
    public Integer call() throws Exception {
        return check("");
    }

    /** Lets the relay log warnings alone. */
    static void quiet() {
        LOG.setLevel(Level.WARNING);
    }

    /** Returns the exit code of a check of this token, or of the settings alone if it is empty. */
    static int check(String token) throws Exception {
        quiet();
        PackedWar war = PackedWar.started();
        ClassLoader application = war.applicationLoader(war.containerLoader());
        Thread.currentThread().setContextClassLoader(application);
        Function<String, @Nullable URL> pages = war::page;
        return (Integer) ((Callable<?>) application
                        .loadClass("dev.switchboard.web.SettingsCheck")
                        .getDeclaredConstructor(String.class, Function.class)
                        .newInstance(token, pages))
                .call();
    }
}
