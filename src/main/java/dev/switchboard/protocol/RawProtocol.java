package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Echo;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Protocol;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Raw forwarding: one connection is one client of one channel, and every frame it sends is a publication as it stands.
 *
 * <p>The one parameter is {@code echo}: with {@code true} the client hears its own frames as well.
 */
public final class RawProtocol implements Protocol {

    /** In bytes of UTF-8. */
    private static final int MAX_CHANNEL_SIZE = 255;

    /** What decoders make of bytes that are not UTF-8; two different such names would be one channel. */
    private static final char REPLACEMENT = '\ufffd';

    private final String channel;
    private final Map<String, List<String>> parameters;
    private final @Nullable Frame greeting;

    /** {@code greeting}, if any, is the first frame that the client gets. */
    public RawProtocol(String channel, Map<String, List<String>> parameters, @Nullable Frame greeting) {
        this.channel = channel;
        this.parameters = parameters;
        this.greeting = greeting;
    }

    @Override
    public String channel() {
        return channel;
    }

    @Override
    public void open(Client client) {
        if (channel.isEmpty() || Frame.utf8Size(channel) > MAX_CHANNEL_SIZE) {
            client.disconnect(Disconnect.badRequest("a channel name has 1 to " + MAX_CHANNEL_SIZE + " bytes"));
            return;
        }
        if (channel.indexOf(REPLACEMENT) >= 0) {
            client.disconnect(Disconnect.badRequest("the channel name is not UTF-8"));
            return;
        }
        if (channel.chars().anyMatch(Character::isISOControl)) {
            client.disconnect(Disconnect.badRequest("control character in the channel name"));
            return;
        }
        switch (parameters.getOrDefault("echo", List.of("false")).get(0)) {
            case "true" -> join(client, Echo.ON);
            case "false" -> join(client, Echo.OFF);
            default -> client.disconnect(Disconnect.badRequest("echo is true or false"));
        }
    }

    private void join(Client client, Echo echo) {
        if (greeting != null) {
            client.send(greeting);
        }
        client.subscribe(channel, echo);
    }

    @Override
    public void receive(Client client, Frame frame) {
        client.publish(channel, frame);
    }
}
