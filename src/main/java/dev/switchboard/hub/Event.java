package dev.switchboard.hub;

/** Something that happened in a channel, as the application behind the relay hears it. */
public sealed interface Event {

    String channel();

    record Published(String channel, Publication publication) implements Event {}

    record Joined(String channel, ClientInfo who) implements Event {}

    record Left(String channel, ClientInfo who) implements Event {}

    /** What waits with it costs about this much. */
    default int size() {
        return Limits.FRAME_OVERHEAD + (this instanceof Published published ? published.publication.size() : 0);
    }
}
