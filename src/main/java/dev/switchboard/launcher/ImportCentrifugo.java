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

/** Writes settings and channel rules from the configuration of a Centrifugo. */
@Command(
        name = "import-centrifugo",
        description = {
            "Writes switchboard.properties and rules.json from a configuration of Centrifugo 3 to 6, and prints what became of each option.",
            "Environment variables CENTRIFUGO_... count as well, and before the file."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:nothing is written, because the relay would let in more than Centrifugo",
            "2:no such file, a malformed one, or a file that is there already"
        })
final class ImportCentrifugo implements Callable<Integer> {

    private static final String SETTINGS = "switchboard.properties";
    private static final String RULES = "rules.json";

    @Parameters(
            arity = "0..1",
            paramLabel = "CONFIG",
            description = "The file, .json, .yaml, .yml or .toml; without it the variables alone count.")
    private @Nullable Path config;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = ".",
            description = "Where the two files are written: the current folder unless given.")
    private Path out = Path.of("");

    @Override
    public Integer call() throws Refusal {
        Path settings = out.resolve(SETTINGS);
        Path rules = out.resolve(RULES);
        try {
            for (Path file : new Path[] {settings, rules}) {
                if (Files.exists(file)) {
                    throw new Refusal(file + " is there already; move it, or name another folder with --out");
                }
            }
            Takeover takeover = Takeover.of(config, System.getenv());
            takeover.report().forEach(System.out::println);
            if (takeover.refused()) {
                System.err.println("switchboard: nothing is written; settle what is refused above, and try again");
                return 1;
            }
            Files.createDirectories(out);
            Init.write(rules, takeover.rules());
            Init.write(
                    settings,
                    Takeover.line(
                                    "switchboard.rules",
                                    rules.toAbsolutePath().normalize().toString())
                            + takeover.properties());
            System.out.println("Written: " + settings + " and " + rules + ". Start with: "
                    + takeover.command().replace(SETTINGS, settings.toString()));
            return 0;
        } catch (IOException unreadable) {
            throw new Refusal("cannot be read or written: " + unreadable);
        } catch (IllegalArgumentException malformed) {
            throw new Refusal(String.valueOf(malformed.getMessage()));
        }
    }
}
