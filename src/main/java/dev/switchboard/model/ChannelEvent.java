package dev.switchboard.model;

/** Describes what happened in a channel, for the observers of the application. */
public sealed interface ChannelEvent {

    String channel();

    record Published(String channel, Publication publication) implements ChannelEvent {}

    record Joined(String channel, ClientInfo client) implements ChannelEvent {}

    record Left(String channel, ClientInfo client) implements ChannelEvent {}

    /** Returns about how many bytes of memory the event takes while it waits for an observer. */
    default int size() {
        return Frame.OVERHEAD + (this instanceof Published published ? published.publication.size() : 0);
    }
}
