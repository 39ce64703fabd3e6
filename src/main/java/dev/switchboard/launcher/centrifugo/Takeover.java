package dev.switchboard.launcher.centrifugo;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes settings and channel rules from a configuration of Centrifugo 3 to 6.
 *
 * <p>The result gives no right that the configuration did not give.
 *
 * @param settings the settings, by name
 * @param rules the channel rules as JSON
 * @param report a line for each option
 * @param refused true if the relay would let in more than Centrifugo, so that nothing may be
 *     written
 * @param command the command that starts the server at the same address
 */
public record Takeover(
        Map<String, String> settings, String rules, List<String> report, boolean refused, String command) {

    /**
     * Reads a configuration.
     *
     * @param environment the environment variables; those that begin with {@code CENTRIFUGO_} count
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException naming the malformed file or option
     */
    public static Takeover of(@Nullable Path file, Map<String, String> environment) throws IOException {
        Options options = Options.nested(file == null ? Map.of() : ConfigFile.read(file));
        Variables.add(options, environment);
        boolean isOld = OldNames.rename(options);
        return new Conversion(options, isOld).takeover();
    }

    /** Returns the lines of a properties file, in the order of the settings. */
    public String properties() {
        return settings.entrySet().stream()
                .map(setting -> line(setting.getKey(), setting.getValue()))
                .collect(Collectors.joining());
    }

    /** Returns one line of a properties file, with its escapes and a line break. */
    public static String line(String name, String value) {
        Properties one = new Properties();
        one.setProperty(name, value);
        StringWriter written = new StringWriter();
        try {
            one.store(written, null);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return written.toString().lines().filter(line -> !line.startsWith("#")).collect(Collectors.joining()) + "\n";
    }
}
