package dev.switchboard.launcher;

import dev.switchboard.launcher.packed.PackedWar;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Hashes a password of the console. */
@Command(
        name = "password",
        description = "Asks for a password, and prints its hash for switchboard.admin.password. Without a terminal, it"
                + " reads the password from the first line of its input.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "2:the password is too short, or the two inputs differ"})
final class Password implements Callable<Integer> {

    @Override
    public Integer call() throws Exception {
        String text = read();
        PackedWar war = PackedWar.started();
        ClassLoader application = war.applicationLoader(war.containerLoader());
        return (Integer) ((Callable<?>) application
                        .loadClass("dev.switchboard.web.PasswordHash")
                        .getDeclaredConstructor(String.class)
                        .newInstance(text))
                .call();
    }

    private static String read() throws IOException, CommandException {
        Console console = System.console();
        if (console == null) {
            String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            return line == null ? "" : line;
        }
        String first = asked("Password: ", console);
        if (!first.equals(asked("Again: ", console))) {
            throw new CommandException("the two passwords differ");
        }
        return first;
    }

    private static String asked(String prompt, Console console) {
        char[] given = console.readPassword(prompt);
        return given == null ? "" : new String(given);
    }
}
