package dev.switchboard.access;

import dev.switchboard.model.ChannelOptions.Question;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which rule holds for a channel: the one under its own name, else that of its namespace, else the defaults; nothing is inherited.
 *
 * <p>The namespace of a channel is the text before its first {@code :}, without the {@code $} of a private one. A rule whose name has that
 * {@code $} holds for private channels alone.
 */
public record ChannelRules(
        ChannelRule defaults, Map<String, ChannelRule> namespaces, Map<String, ChannelRule> channels) {

    /** Begins the name of a channel that asks for a subscription token. */
    static final String PRIVATE = "$";

    public ChannelRule of(String channel) {
        ChannelRule own = channels.get(channel);
        if (own != null) {
            return own;
        }
        String namespace = namespace(channel);
        if (namespace == null) {
            return defaults;
        }
        ChannelRule ofPrivate = channel.startsWith(PRIVATE) ? namespaces.get(PRIVATE + namespace) : null;
        return ofPrivate == null ? namespaces.getOrDefault(namespace, defaults) : ofPrivate;
    }

    /** Whether somebody has said what holds for the channel: a channel without a namespace needs no rule. */
    public boolean knows(String channel) {
        String namespace = namespace(channel);
        return namespace == null
                || namespaces.containsKey(namespace)
                || channels.containsKey(channel)
                || channel.startsWith(PRIVATE) && namespaces.containsKey(PRIVATE + namespace);
    }

    /** All roles that a rule names. */
    public Set<String> roles() {
        return all().flatMap(ChannelRule::everybody)
                .flatMap(who -> who.roles().stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** All that a rule asks the application. */
    public Set<Question> questions() {
        return all().flatMap(rule -> rule.options().questions().stream()).collect(Collectors.toUnmodifiableSet());
    }

    private Stream<ChannelRule> all() {
        return Stream.of(Stream.of(defaults), namespaces.values().stream(), channels.values().stream())
                .flatMap(rules -> rules);
    }

    /** Null if it has none. */
    static @Nullable String namespace(String channel) {
        int colon = channel.indexOf(':');
        return colon < 0 ? null : channel.substring(channel.startsWith(PRIVATE) ? PRIVATE.length() : 0, colon);
    }
}
