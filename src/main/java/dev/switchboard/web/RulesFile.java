package dev.switchboard.web;

import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.bind.JsonbConfig;
import jakarta.json.bind.JsonbException;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The channel rules as JSON: {@code defaults}, {@code namespaces} and {@code channels}, bound with JSON-B; a member it does not know is an error. */
public final class RulesFile {

    private static final String SHIPPED = "/WEB-INF/rules.json";

    /** Honoured by Yasson, which is in the WAR or the container's own. */
    private static final String FAIL_ON_UNKNOWN = "jsonb.fail-on-unknown-properties";

    public Rule defaults = new Rule();
    public Map<String, Rule> namespaces = new LinkedHashMap<>();
    public Map<String, Rule> channels = new LinkedHashMap<>();

    /** One rule as it stands in the file. */
    public static final class Rule {
        public @Nullable String greeting;

        ChannelRule rule() {
            return new ChannelRule(greeting);
        }
    }

    /** Reads {@code file}, or the rules that the WAR ships if it is null. */
    static ChannelRules read(@Nullable Path file, ServletContext context) {
        String name = file == null ? SHIPPED : "switchboard.rules=" + file;
        try (InputStream in = file == null ? context.getResourceAsStream(SHIPPED) : Files.newInputStream(file)) {
            return read(in);
        } catch (IOException | JsonbException unreadable) {
            throw new IllegalArgumentException(name + ": " + unreadable, unreadable);
        }
    }

    static ChannelRules read(InputStream json) {
        JsonbConfig strict = new JsonbConfig().setProperty(FAIL_ON_UNKNOWN, true);
        try (Jsonb jsonb = JsonbBuilder.create(strict)) {
            RulesFile file = jsonb.fromJson(json, RulesFile.class);
            return new ChannelRules(file.defaults.rule(), rules(file.namespaces), rules(file.channels));
        } catch (JsonbException malformed) {
            throw malformed;
        } catch (Exception onClose) { // AutoCloseable declares it; Jsonb has nothing to fail at
            throw new IllegalStateException(onClose);
        }
    }

    private static Map<String, ChannelRule> rules(Map<String, Rule> read) {
        Map<String, ChannelRule> rules = new LinkedHashMap<>();
        read.forEach((name, rule) -> rules.put(name, rule.rule()));
        return Map.copyOf(rules);
    }
}
