package dev.switchboard.launcher;

import dev.switchboard.launcher.centrifugo.Takeover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes settings and channel rules from a configuration of Centrifugo. */
@Command(
        name = "import-centrifugo",
        description = {
            "Writes switchboard.properties and rules.json from a configuration of Centrifugo 3 to 6, and prints the result for each option.",
            "Environment variables CENTRIFUGO_... override the file."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:nothing was written, because the relay would let in more than Centrifugo",
            "2:the configuration cannot be read, or a file exists; nothing was written"
        })
final class ImportCentrifugo implements Callable<Integer> {

    private static final String SETTINGS = "switchboard.properties";
    private static final String RULES = "rules.json";

    @Parameters(
            arity = "0..1",
            paramLabel = "CONFIG",
            description = "File that ends in .json, .yaml, .yml or .toml. Without it, only the variables count.")
    private @Nullable Path config;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = ".",
            description = "Folder for the two files. Default: the current folder.")
    private Path out = Path.of("");

    @Override
    public Integer call() throws CommandException {
        Path settings = out.resolve(SETTINGS);
        Path rules = out.resolve(RULES);
        try {
            for (Path file : new Path[] {settings, rules}) {
                if (Files.exists(file)) {
                    throw new CommandException(file + " exists; move it, or choose another folder with --out");
                }
            }
            Takeover takeover = Takeover.of(config, System.getenv());
            takeover.report().forEach(System.out::println);
            if (takeover.refused()) {
                System.err.println(
                        "switchboard: nothing was written; resolve the refused options above, and try again");
                return 1;
            }
            Files.createDirectories(out);
            OwnerFile.write(rules, takeover.rules());
            OwnerFile.write(
                    settings,
                    Takeover.line(
                                    "switchboard.rules",
                                    rules.toAbsolutePath().normalize().toString())
                            + takeover.properties());
            System.out.println("Wrote " + settings + " and " + rules + ". Start with: "
                    + takeover.command().replace(SETTINGS, settings.toString()));
            return 0;
        } catch (IOException unreadable) {
            throw new CommandException("cannot read or write a file: " + unreadable);
        } catch (IllegalArgumentException malformed) {
            throw new CommandException(String.valueOf(malformed.getMessage()));
        }
    }
}
