package dev.switchboard.launcher;

import dev.switchboard.launcher.packed.PackedWar;
import java.io.IOException;
import java.io.Reader;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Starts the server, or runs a subcommand. */
@Command(
        name = "java -jar switchboard.war",
        description = "Forwards messages between WebSocket clients. Without a command, it starts the server.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            Tail.class,
            Send.class,
            Bench.class,
            Doctor.class,
            Publish.class,
            Presence.class,
            History.class,
            Top.class,
            Token.class,
            Password.class,
            Check.class,
            Explain.class,
            Init.class,
            ImportCentrifugo.class,
            Completion.class,
            Version.class,
            HelpCommand.class
        },
        sortOptions = false)
public final class Main implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "Address to listen on. Default: ${DEFAULT-VALUE}. 0.0.0.0 means all addresses.")
    private String host = "";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8000",
            description = "Port to listen on. Default: ${DEFAULT-VALUE}. 0 means any free port.")
    private int port;

    @Option(
            names = "--context",
            paramLabel = "PATH",
            defaultValue = "/",
            description = "Path below which the server serves everything. Default: ${DEFAULT-VALUE}.")
    private String context = "";

    /**
     * Makes the settings of a file system properties, except those that a property or variable has.
     */
    @Option(
            names = {"--config", "--settings"},
            paramLabel = "FILE",
            description = "Properties file with settings. --set, -D and environment variables override it.")
    void settings(Path file) {
        Properties settings = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            settings.load(reader);
        } catch (IOException | IllegalArgumentException unreadable) {
            throw new ParameterException(
                    spec.commandLine(), "--config: cannot read the file: " + unreadable, unreadable);
        }
        Set<String> known = System.getProperties().stringPropertyNames().stream()
                .map(Main::key)
                .collect(Collectors.toSet());
        for (String name : settings.stringPropertyNames()) {
            if (!known.contains(key(name))
                    && System.getenv(name.replace('.', '_').toUpperCase(Locale.ROOT)) == null) {
                System.setProperty(name, settings.getProperty(name));
            }
        }
    }

    /** Makes settings system properties, whatever these were. */
    @Option(
            names = "--set",
            paramLabel = "SETTING=VALUE",
            description = "One setting, for example --set switchboard.access=token; may be repeated. It overrides all"
                    + " others. Other users of the machine can read it, so it is no place for secrets.")
    void set(Map<String, String> settings) {
        settings.forEach((name, value) -> {
            if (!name.startsWith("switchboard.")) {
                throw new ParameterException(
                        spec.commandLine(), "--set: the name of a setting begins with switchboard., unlike " + name);
            }
            System.getProperties()
                    .keySet()
                    .removeIf(other -> key(String.valueOf(other)).equals(key(name)));
            System.setProperty(name, value);
        });
    }

    /** Returns the name as settings have it; some are also known with underscores. */
    private static String key(String name) {
        return name.replace('_', '.');
    }

    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT); // programs read the log and the numbers
        defaultProperty("java.util.logging.manager", LastingLog.class.getName());
        defaultProperty("java.util.logging.SimpleFormatter.format", "%1$tF %1$tT.%1$tL %4$s %5$s%6$s%n");
        defaultProperty("jdk.console", "java.base"); // newer JDKs have another console, which always claims a terminal
        System.exit(commandLine().execute(arguments));
    }

    /**
     * Returns the command line, in which each command prints the version of the file, and a failure
     * as one line.
     */
    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Main());
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("switchboard: " + (failure.getMessage() == null ? failure : failure.getMessage()));
            return failure instanceof CommandException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
        });
        commandLine
                .getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().versionProvider(new Version()));
        return commandLine;
    }

    /** Sets a system property that the operator has not set with {@code -D}. */
    private static void defaultProperty(String name, String value) {
        System.getProperties().putIfAbsent(name, value);
    }

    @Override
    public Integer call() throws Exception {
        if (port < 0 || port > 65535) {
            throw new CommandException("--port must be a number from 0 to 65535");
        }
        if (host.isBlank()) {
            throw new CommandException("--host must not be empty");
        }
        JsonLog.useIfSet();
        PackedWar war = PackedWar.started();
        ClassLoader container = war.containerLoader();
        Thread.currentThread().setContextClassLoader(container);
        Function<String, @Nullable URL> pages = war::page;
        return (Integer) ((Callable<?>) container
                        .loadClass("dev.switchboard.launcher.server.EmbeddedUndertow")
                        .getDeclaredConstructor(
                                String.class, int.class, String.class, ClassLoader.class, Function.class)
                        .newInstance(host, port, contextPath(), war.applicationLoader(container), pages))
                .call();
    }

    /**
     * Returns the path as the servlet API writes it: empty for the root, else with a slash only in
     * front.
     */
    private String contextPath() {
        String trimmed = context.replaceAll("^/+|/+$", "");
        return trimmed.isEmpty() ? "" : "/" + trimmed;
    }
}
