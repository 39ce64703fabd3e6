package dev.switchboard.model;

/** Something that happened in a channel, as the application behind the relay hears it. */
public sealed interface ChannelEvent {

    String channel();

    record Published(String channel, Publication publication) implements ChannelEvent {}

    record Joined(String channel, ClientInfo who) implements ChannelEvent {}

    record Left(String channel, ClientInfo who) implements ChannelEvent {}

    /** What waits with it costs about this much. */
    default int size() {
        return Frame.OVERHEAD + (this instanceof Published published ? published.publication.size() : 0);
    }
}
