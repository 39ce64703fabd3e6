package dev.switchboard.web;

import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.hub.Frame;
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

/** The channel rules as JSON: {@code defaults}, {@code namespaces} and {@code channels}, bound with JSON-B; an unknown member is an error. */
public final class RulesFile {

    private static final String SHIPPED = "/WEB-INF/rules.json";

    /** Honoured by Yasson, which is in the WAR or the container's own. */
    private static final String FAIL_ON_UNKNOWN = "jsonb.fail-on-unknown-properties";

    public @Nullable Rule defaults = new Rule();
    public @Nullable Map<String, @Nullable Rule> namespaces = new LinkedHashMap<>();
    public @Nullable Map<String, @Nullable Rule> channels = new LinkedHashMap<>();

    /** One rule as it stands in the file. */
    public static final class Rule {
        public @Nullable String greeting;
    }

    /**
     * Reads {@code file}, or the rules that the WAR ships if it is null; a greeting is no longer than a message.
     *
     * @throws IllegalArgumentException naming the file and what is wrong with it
     */
    static ChannelRules read(@Nullable Path file, int messageBytes, ServletContext context) {
        String name = file == null ? SHIPPED : "switchboard.rules=" + file;
        try (InputStream in = file == null ? context.getResourceAsStream(SHIPPED) : Files.newInputStream(file)) {
            return read(in, messageBytes);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(name + " cannot be read: " + unreadable, unreadable);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(name + ": " + wrong.getMessage(), wrong);
        }
    }

    static ChannelRules read(InputStream json, int messageBytes) {
        RulesFile file = bind(json);
        return new ChannelRules(
                rule("defaults", file.defaults, messageBytes),
                rules("namespaces", file.namespaces, messageBytes),
                rules("channels", file.channels, messageBytes));
    }

    @SuppressWarnings("try") // close() could be interrupted, says its type
    private static RulesFile bind(InputStream json) {
        try (Jsonb jsonb = JsonbBuilder.create(new JsonbConfig().setProperty(FAIL_ON_UNKNOWN, true))) {
            return given("the whole file", jsonb.fromJson(json, RulesFile.class));
        } catch (JsonbException malformed) {
            throw new IllegalArgumentException(malformed.getMessage(), malformed);
        } catch (IllegalArgumentException wrong) {
            throw wrong;
        } catch (Exception onClose) { // AutoCloseable declares it; Jsonb has nothing to fail at
            throw new IllegalStateException(onClose);
        }
    }

    private static Map<String, ChannelRule> rules(
            String name, @Nullable Map<String, @Nullable Rule> read, int messageBytes) {
        Map<String, ChannelRule> rules = new LinkedHashMap<>();
        given(name, read)
                .forEach((channel, rule) -> rules.put(channel, rule(name + "." + channel, rule, messageBytes)));
        return Map.copyOf(rules);
    }

    private static ChannelRule rule(String name, @Nullable Rule read, int messageBytes) {
        String greeting = given(name, read).greeting;
        if (greeting != null && Frame.utf8Size(greeting) > messageBytes) {
            throw new IllegalArgumentException(
                    name + ".greeting is longer than switchboard.message.bytes=" + messageBytes);
        }
        return new ChannelRule(greeting);
    }

    private static <T> T given(String name, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is null");
        }
        return value;
    }
}
