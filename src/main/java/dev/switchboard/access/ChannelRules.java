package dev.switchboard.access;

import java.util.Map;

/**
 * Which rule holds for a channel: the one under its own name, else that of its namespace, else the defaults.
 *
 * <p>The namespace of a channel is the text before its first {@code :}.
 */
public record ChannelRules(
        ChannelRule defaults, Map<String, ChannelRule> namespaces, Map<String, ChannelRule> channels) {

    public ChannelRule of(String channel) {
        ChannelRule own = channels.get(channel);
        if (own != null) {
            return own;
        }
        int colon = channel.indexOf(':');
        return colon < 0 ? defaults : namespaces.getOrDefault(channel.substring(0, colon), defaults);
    }
}
