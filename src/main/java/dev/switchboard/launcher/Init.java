package dev.switchboard.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes the first files of a server that lets no client in. */
@Command(
        name = "init",
        description = "Writes rules.json, which gives no rights, and switchboard.env, with settings and random secrets."
                + " It never overwrites a file.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:a file cannot be written",
            "2:a file exists, or the folder does not exist; nothing was written"
        })
final class Init implements Callable<Integer> {

    private static final int SECRET_BYTES = 32;

    private static final String RULES = """
            {
              "defaults": {"subscribe": "nobody", "publish": "nobody", "presence": "nobody", "history": "nobody"},
              "namespaces": {},
              "channels": {}
            }
            """;

    private static final String SETTINGS = """
            # Settings of Switchboard, as environment variables. They are secret: only the owner may read this file.
            SWITCHBOARD_ACCESS=token
            SWITCHBOARD_RULES=%s
            # With this secret your application signs the tokens of its users (HS256).
            SWITCHBOARD_TOKEN_SECRET=%s
            # With this key your application calls the server API.
            SWITCHBOARD_API_KEY=%s
            # With this key another machine may read the metrics.
            SWITCHBOARD_METRICS_KEY=%s
            """;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FOLDER",
            defaultValue = ".",
            description = "Folder for the files. Default: the current folder.")
    private Path folder = Path.of("");

    @Override
    public Integer call() throws CommandException, IOException {
        Path rules = folder.resolve("rules.json").toAbsolutePath().normalize();
        Path settings = folder.resolve("switchboard.env").toAbsolutePath().normalize();
        if (!Files.isDirectory(folder)) {
            throw new CommandException(folder + " is not a folder");
        }
        for (Path file : new Path[] {rules, settings}) {
            if (Files.exists(file)) {
                throw new CommandException(file + " exists; nothing was written");
            }
        }
        OwnerFile.write(settings, SETTINGS.formatted(quoted(rules.toString()), secret(), secret(), secret()));
        OwnerFile.write(rules, RULES);
        System.out.println("Wrote " + rules + " and " + settings);
        return 0;
    }

    /**
     * Quotes the path for a shell and systemd. A plain path stays unchanged, because Docker reads
     * no quotes.
     */
    private static String quoted(String path) {
        return path.matches("[\\w./:-]+") ? path : "\"" + path.replaceAll("([\"$`\\\\])", "\\\\$1") + "\"";
    }

    private static String secret() {
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }
}
