package dev.switchboard.access;

import dev.switchboard.model.ChannelOptions.Question;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.Explanation.Place;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rule of a channel: the rule of its name, else of its namespace, else the defaults.
 *
 * <p>A rule inherits nothing. The namespace of a channel is the text before its first {@code :},
 * without the {@code $} of a private channel. A rule of a namespace with that {@code $} holds only
 * for private channels.
 *
 * @param file the file of the rules, for the log
 */
public record ChannelRules(
        ChannelRule defaults, Map<String, ChannelRule> namespaces, Map<String, ChannelRule> channels, String file) {

    /** The start of the name of a private channel, which needs a subscription token. */
    static final String PRIVATE = "$";

    /** Creates rules that are in no file. */
    public ChannelRules(ChannelRule defaults, Map<String, ChannelRule> namespaces, Map<String, ChannelRule> channels) {
        this(defaults, namespaces, channels, "the channel rules");
    }

    /** Returns the same rules, which come from that file. */
    public ChannelRules from(String newFile) {
        return new ChannelRules(defaults, namespaces, channels, newFile);
    }

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

    /** Returns whether the channel has a rule. A channel without a namespace needs none. */
    public boolean knows(String channel) {
        String namespace = namespace(channel);
        return namespace == null
                || namespaces.containsKey(namespace)
                || channels.containsKey(channel)
                || channel.startsWith(PRIVATE) && namespaces.containsKey(PRIVATE + namespace);
    }

    /** Returns the namespace of the channel as these rules name it; null if they do not. */
    @Nullable
    String ruledNamespace(String channel) {
        String namespace = namespace(channel);
        if (namespace == null) {
            return null;
        }
        String ofPrivate = PRIVATE + namespace;
        if (channel.startsWith(PRIVATE) && namespaces.containsKey(ofPrivate)) {
            return ofPrivate;
        }
        return namespaces.containsKey(namespace) ? namespace : null;
    }

    /** Returns where the rule of the channel is. */
    Explanation.Rule place(String channel) {
        String namespace = namespace(channel);
        if (channels.containsKey(channel)) {
            return new Explanation.Rule(Place.CHANNEL, channel, file);
        }
        if (namespace == null) {
            return new Explanation.Rule(Place.DEFAULTS, "", file);
        }
        String ruled = ruledNamespace(channel);
        return ruled == null
                ? new Explanation.Rule(Place.UNKNOWN, namespace, file)
                : new Explanation.Rule(Place.NAMESPACE, ruled, file);
    }

    /** Returns all roles that the rules name. */
    public Set<String> roles() {
        return all().flatMap(ChannelRule::grantees)
                .flatMap(grantee -> grantee.roles().stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns all questions that the rules ask the application. */
    public Set<Question> questions() {
        return all().flatMap(rule -> rule.options().questions().stream()).collect(Collectors.toUnmodifiableSet());
    }

    private Stream<ChannelRule> all() {
        return Stream.of(Stream.of(defaults), namespaces.values().stream(), channels.values().stream())
                .flatMap(rules -> rules);
    }

    /** Returns null if the channel has no namespace. */
    static @Nullable String namespace(String channel) {
        int colon = channel.indexOf(':');
        return colon < 0 ? null : channel.substring(channel.startsWith(PRIVATE) ? PRIVATE.length() : 0, colon);
    }
}
