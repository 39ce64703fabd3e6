package dev.switchboard.web;

import dev.switchboard.TimeText;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.Grantee;
import dev.switchboard.access.Grantee.Group;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.Frame;
import dev.switchboard.model.TagsFilter;
import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.bind.JsonbConfig;
import jakarta.json.bind.JsonbException;
import jakarta.json.bind.config.PropertyNamingStrategy;
import jakarta.servlet.ServletContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the channel rules from JSON: {@code defaults}, {@code namespaces} and {@code channels}.
 *
 * <p>JSON-B binds the file to the fields of this class. An unknown member is an error.
 */
public final class RulesFile {

    /** A property of Yasson, which is in the WAR or in the container. */
    private static final String FAIL_ON_UNKNOWN = "jsonb.fail-on-unknown-properties";

    private static final String SETTING = "switchboard.rules=";

    /** The prefix of a role. Words without it are groups. */
    private static final String ROLE = "role:";

    /** The maximum of {@code history_size}. A longer history needs a database. */
    private static final int MAX_HISTORY_SIZE = 100_000;

    private static final Duration HISTORY_TTL = Duration.ofMinutes(5);

    public @Nullable Rule defaults = new Rule();
    public @Nullable Map<String, @Nullable Rule> namespaces = new LinkedHashMap<>();
    public @Nullable Map<String, @Nullable Rule> channels = new LinkedHashMap<>();

    /**
     * One rule of the file. Its values stay JSON, because JSON-B would convert a number to a text
     * and a text to a number.
     */
    public static final class Rule {
        public @Nullable JsonValue greeting;
        public @Nullable JsonValue subscribe;
        public @Nullable JsonValue publish;
        public @Nullable JsonValue binary;
        public @Nullable JsonValue presence;
        public @Nullable JsonValue history;
        public @Nullable JsonValue allowUserLimitedChannels;
        public @Nullable JsonValue keepPresence;
        public @Nullable JsonValue historySize;
        public @Nullable JsonValue historyTtl;
        public @Nullable JsonValue joinLeave;
        public @Nullable JsonValue recovery;
        public @Nullable JsonValue recoveryMode;
        public @Nullable JsonValue positioning;
        public @Nullable JsonValue slow;
        public @Nullable JsonValue ask;
        public @Nullable JsonValue tagsFilter;
    }

    /**
     * Returns the rules of {@code file}. If it is null, returns those of the {@code resource} of
     * the context, and without that resource those that the WAR contains. A greeting has at most
     * {@code messageBytes}.
     *
     * @throws IllegalArgumentException with the file, the member or line, and the fault
     */
    static ChannelRules read(@Nullable Path file, int messageBytes, ServletContext context, String resource) {
        return file == null
                ? read(resource, messageBytes, () -> open(context, resource))
                : read(SETTING + file, messageBytes, () -> Files.newInputStream(file));
    }

    /** Returns the rules of {@code file}, or of {@code resource} if it is null. */
    static ChannelRules read(@Nullable Path file, int messageBytes, URL resource) {
        return file == null
                ? read(resource.getPath(), messageBytes, resource::openStream)
                : read(SETTING + file, messageBytes, () -> Files.newInputStream(file));
    }

    private interface Source {
        InputStream open() throws IOException;
    }

    private static ChannelRules read(String name, int messageBytes, Source source) {
        try (InputStream in = source.open()) {
            return read(in, messageBytes).from(file(name));
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(name + " cannot be read: " + unreadable, unreadable);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(name + ": " + wrong.getMessage(), wrong);
        }
    }

    private static String file(String name) {
        return name.startsWith(SETTING)
                ? name.substring(SETTING.length())
                : name.replaceFirst(".*!?/WEB-INF/", "WEB-INF/");
    }

    private static InputStream open(ServletContext context, String resource) {
        InputStream own = context.getResourceAsStream(resource);
        return own == null ? Objects.requireNonNull(RulesFile.class.getResourceAsStream("rules.json")) : own;
    }

    static ChannelRules read(InputStream json, int messageBytes) {
        RulesFile file = bind(json);
        return new ChannelRules(
                rule("defaults", file.defaults, messageBytes),
                rules("namespaces", file.namespaces, messageBytes),
                rules("channels", file.channels, messageBytes));
    }

    @SuppressWarnings("try") // the type of close() declares any exception
    private static RulesFile bind(InputStream json) {
        try (Jsonb jsonb = JsonbBuilder.create(new JsonbConfig()
                .withPropertyNamingStrategy(PropertyNamingStrategy.LOWER_CASE_WITH_UNDERSCORES)
                .setProperty(FAIL_ON_UNKNOWN, true))) {
            byte[] bytes = json.readAllBytes();
            RulesMembers.require(bytes);
            return given("the whole file", jsonb.fromJson(new ByteArrayInputStream(bytes), RulesFile.class));
        } catch (JsonbException malformed) {
            throw new IllegalArgumentException(malformed.getMessage(), malformed);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException("cannot be read: " + unreadable, unreadable);
        } catch (IllegalArgumentException wrong) {
            throw wrong;
        } catch (Exception onClose) { // AutoCloseable declares it, but Jsonb does not throw it
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
        Rule rule = given(name, read);
        int size = size(name + ".history_size", rule.historySize);
        Duration ttl = ttl(name + ".history_ttl", rule.historyTtl);
        Offer recovery = choice(name + ".recovery", rule.recovery, Offer.ON_REQUEST);
        RecoveryMode mode = choice(name + ".recovery_mode", rule.recoveryMode, RecoveryMode.STREAM);
        Offer positioning = choice(name + ".positioning", rule.positioning, Offer.ON_REQUEST);
        SlowPolicy slow = slow(name, rule.slow, size, recovery, mode);
        if (positioning == Offer.FORCED && size == 0) {
            throw new IllegalArgumentException(
                    name + ".positioning: a position needs a history, and " + name + ".history_size is 0");
        }
        if (positioning == Offer.FORCED && !slow.delivers() && mode == RecoveryMode.STREAM) {
            throw new IllegalArgumentException(
                    name + ".positioning: what is dropped leaves holes, and " + name + ".slow drops");
        }
        return new ChannelRule(
                greeting(name + ".greeting", rule.greeting, messageBytes),
                subscribe(name + ".subscribe", rule.subscribe),
                grantee(name + ".publish", rule.publish, ChannelRule.PLAIN.publish()),
                grantee(name + ".binary", rule.binary, ChannelRule.PLAIN.binary()),
                grantee(name + ".presence", rule.presence, ChannelRule.PLAIN.presence()),
                grantee(name + ".history", rule.history, ChannelRule.PLAIN.history()),
                flag(name + ".allow_user_limited_channels", rule.allowUserLimitedChannels),
                new ChannelOptions(
                        size == 0 ? Retention.NONE : new Retention(size, ttl),
                        flag(name + ".keep_presence", rule.keepPresence),
                        choice(name + ".join_leave", rule.joinLeave, Offer.OFF),
                        size == 0 ? Offer.OFF : recovery, // without a history there is no recovery
                        mode,
                        slow,
                        questions(name + ".ask", rule.ask),
                        positioning,
                        filter(name + ".tags_filter", rule.tagsFilter)));
    }

    private static @Nullable TagsFilter filter(String name, @Nullable JsonValue value) {
        if (value == null || isAbsent(value)) {
            return null;
        }
        try {
            return TagsFilter.of(FilterNode.of(value.toString()));
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(name + ": " + malformed.getMessage(), malformed);
        }
    }

    /** A list, which may be empty. */
    private static Set<Question> questions(String name, @Nullable JsonValue value) {
        if (value == null || isAbsent(value)) {
            return Set.of();
        }
        if (!(value instanceof JsonArray list)) {
            throw new IllegalArgumentException(name + ": must be a list of " + join(choices(Question.class)));
        }
        return list.stream().map(each -> choice(name, each, Question.class)).collect(Collectors.toUnmodifiableSet());
    }

    private static SlowPolicy slow(
            String name, @Nullable JsonValue value, int historySize, Offer recovery, RecoveryMode mode) {
        SlowPolicy slow = choice(name + ".slow", value, SlowPolicy.DISCONNECT);
        if (slow == SlowPolicy.REWIND && historySize == 0) {
            throw new IllegalArgumentException(
                    name + ".slow: rewind needs a history, and " + name + ".history_size is 0");
        }
        if (!slow.delivers() && recovery == Offer.FORCED && mode == RecoveryMode.STREAM) {
            throw new IllegalArgumentException(name + ".slow: what is dropped cannot be recovered, and " + name
                    + ".recovery is forced; recovery_mode cache would do");
        }
        return slow;
    }

    private static @Nullable String greeting(String name, @Nullable JsonValue value, int messageBytes) {
        String greeting = text(name, value);
        if (greeting != null && Frame.utf8Size(greeting) > messageBytes) {
            throw new IllegalArgumentException(name + " is longer than switchboard.message.bytes=" + messageBytes);
        }
        return greeting;
    }

    private static Grantee subscribe(String name, @Nullable JsonValue value) {
        Grantee grantee = grantee(name, value, ChannelRule.PLAIN.subscribe());
        if (grantee == Group.SUBSCRIBER || grantee == Group.AUTHENTICATED_SUBSCRIBER) {
            throw new IllegalArgumentException(
                    name + ": " + value + " makes no sense, because the subscribers need not ask");
        }
        return grantee;
    }

    /** Returns a group, a role, or a list of roles of which one suffices. */
    private static Grantee grantee(String name, @Nullable JsonValue value, Grantee absent) {
        if (value instanceof JsonArray roles && !roles.isEmpty()) {
            return new Grantee.Role(
                    roles.stream().map(role -> role(name, role)).collect(Collectors.toUnmodifiableSet()));
        }
        String text = text(name, value);
        if (text == null) {
            return absent;
        }
        if (text.startsWith(ROLE)) {
            return new Grantee.Role(Set.of(role(name, value)));
        }
        Map<String, Group> groups = choices(Group.class);
        return chosen(name, groups.get(text), join(groups) + ", " + ROLE + "NAME, or a list of roles");
    }

    private static String role(String name, @Nullable JsonValue value) {
        String text = text(name, value);
        boolean named = text != null
                && text.startsWith(ROLE)
                && !text.substring(ROLE.length()).isBlank();
        return chosen(name, named ? text : null, ROLE + "NAME").substring(ROLE.length());
    }

    /** Returns the constant whose name, in lower case, is the text. */
    private static <E extends Enum<E>> E choice(String name, @Nullable JsonValue value, E absent) {
        return isAbsent(value) ? absent : choice(name, value, absent.getDeclaringClass());
    }

    private static <E extends Enum<E>> E choice(String name, @Nullable JsonValue value, Class<E> type) {
        Map<String, E> choices = choices(type);
        String text = text(name, value);
        return chosen(name, text == null ? null : choices.get(text), join(choices));
    }

    private static <E extends Enum<E>> Map<String, E> choices(Class<E> type) {
        Map<String, E> choices = new LinkedHashMap<>();
        for (E constant : type.getEnumConstants()) {
            choices.put(constant.name().toLowerCase(Locale.ROOT), constant);
        }
        return choices;
    }

    private static String join(Map<String, ?> choices) {
        return String.join(", ", choices.keySet());
    }

    private static <T> T chosen(String name, @Nullable T choice, String choices) {
        if (choice == null) {
            throw new IllegalArgumentException(name + ": must be one of " + choices);
        }
        return choice;
    }

    private static boolean flag(String name, @Nullable JsonValue value) {
        if (isAbsent(value) || JsonValue.FALSE.equals(value)) {
            return false;
        }
        if (!JsonValue.TRUE.equals(value)) {
            throw new IllegalArgumentException(name + ": must be true or false");
        }
        return true;
    }

    private static int size(String name, @Nullable JsonValue value) {
        if (isAbsent(value)) {
            return 0;
        }
        if (!(value instanceof JsonNumber number)
                || !number.toString().matches("0|[1-9]\\d{0,5}")
                || number.intValue() > MAX_HISTORY_SIZE) {
            throw new IllegalArgumentException(name + ": must be a whole number from 0 to " + MAX_HISTORY_SIZE);
        }
        return number.intValue();
    }

    private static Duration ttl(String name, @Nullable JsonValue value) {
        String text = text(name, value);
        try {
            return text == null ? HISTORY_TTL : TimeText.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(name + ": " + malformed.getMessage(), malformed);
        }
    }

    private static @Nullable String text(String name, @Nullable JsonValue value) {
        if (isAbsent(value)) {
            return null;
        }
        if (!(value instanceof JsonString text)) {
            throw new IllegalArgumentException(name + ": must be a text");
        }
        return text.getString();
    }

    private static boolean isAbsent(@Nullable JsonValue value) {
        return value == null || value == JsonValue.NULL;
    }

    private static <T> T given(String name, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is null");
        }
        return value;
    }
}
