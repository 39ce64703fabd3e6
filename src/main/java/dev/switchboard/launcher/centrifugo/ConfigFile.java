package dev.switchboard.launcher.centrifugo;

import com.electronwill.nightconfig.core.UnmodifiableConfig;
import com.electronwill.nightconfig.core.io.ParsingException;
import com.electronwill.nightconfig.toml.TomlParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a configuration file of Centrifugo. The end of its name tells its format: JSON, YAML or
 * TOML.
 */
final class ConfigFile {

    private ConfigFile() {}

    /**
     * Returns the members of the file: maps, lists, texts, numbers and booleans.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException naming the file, the place and the fault
     */
    static Map<String, Object> read(Path file) throws IOException {
        String name = Objects.toString(file.getFileName(), "");
        String text = Files.readString(file);
        try {
            if (name.endsWith(".json")) {
                return members(
                        value(text.replace('\t', ' '))); // JSON has no tabs in its strings, and YAML refuses tabs
            }
            if (name.endsWith(".yaml") || name.endsWith(".yml")) {
                return members(value(text));
            }
            if (name.endsWith(".toml")) {
                return members(plain(new TomlParser().parse(text)));
            }
        } catch (MarkedYamlEngineException malformed) {
            throw new IllegalArgumentException(file + place(malformed) + ": " + malformed.getProblem(), malformed);
        } catch (YamlEngineException | ParsingException malformed) {
            throw new IllegalArgumentException(file + ": " + malformed.getMessage(), malformed);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(file + ": " + wrong.getMessage(), wrong);
        }
        throw new IllegalArgumentException(file + ": the name must end in .json, .yaml, .yml or .toml");
    }

    private static String place(MarkedYamlEngineException malformed) {
        return malformed
                .getProblemMark()
                .map(mark -> " line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                .orElse("");
    }

    /**
     * Returns the value of a JSON or YAML text, or null if it is empty.
     *
     * @throws YamlEngineException if the text is malformed
     */
    static @Nullable Object value(String text) {
        return new Load(LoadSettings.builder().setAllowDuplicateKeys(false).build()).loadFromString(text);
    }

    /**
     * Returns the value of a JSON or YAML text that an option holds.
     *
     * @throws IllegalArgumentException naming the option and the place of a fault
     */
    static @Nullable Object value(String option, String text) {
        try {
            return value(text);
        } catch (MarkedYamlEngineException malformed) {
            throw new IllegalArgumentException(option + place(malformed) + ": " + malformed.getProblem(), malformed);
        }
    }

    private static @Nullable Object plain(@Nullable Object value) {
        if (value instanceof UnmodifiableConfig config) {
            Map<String, Object> members = new LinkedHashMap<>();
            config.valueMap().forEach((name, member) -> members.put(name, Objects.requireNonNull(plain(member))));
            return members;
        }
        return value instanceof List<?> list
                ? list.stream().map(ConfigFile::plain).toList()
                : value;
    }

    /**
     * Returns the value as a map without null values. Returns an empty map for null.
     *
     * @throws IllegalArgumentException if the value is no map
     */
    static Map<String, Object> members(@Nullable Object value) {
        Map<String, Object> members = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, member) -> {
                if (member != null) {
                    members.put(String.valueOf(name), member);
                }
            });
        } else if (value != null) {
            throw new IllegalArgumentException("expected an object");
        }
        return members;
    }
}
