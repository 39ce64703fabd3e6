package dev.switchboard.hub;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Encoding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Broadcast is one event of a channel, encoded once for each protocol for all subscriptions.
 *
 * <p>It is used under the channel's lock, or by one thread before that.
 */
final class Broadcast {

    /** {@code frame} is null if the encoding cannot carry the event. */
    private record Encoded(Encoding encoding, @Nullable Frame frame) {}

    private final @Nullable Publication publication;
    private final Function<Encoding, @Nullable Frame> encoder;
    private final List<Encoded> encoded = new ArrayList<>(1);

    private Broadcast(@Nullable Publication publication, Function<Encoding, @Nullable Frame> encoder) {
        this.publication = publication;
        this.encoder = encoder;
    }

    static Broadcast publication(String channel, Publication publication) {
        return new Broadcast(publication, encoding -> encoding.publication(channel, publication));
    }

    static Broadcast join(String channel, ClientInfo client) {
        return new Broadcast(null, encoding -> encoding.join(channel, client));
    }

    static Broadcast leave(String channel, ClientInfo client) {
        return new Broadcast(null, encoding -> encoding.leave(channel, client));
    }

    /** Returns null for a join or a leave. */
    @Nullable
    Publication publication() {
        return publication;
    }

    /** Returns about the bytes of memory that the event takes while it waits. */
    int size() {
        return Frame.OVERHEAD + (publication == null ? 0 : publication.size());
    }

    /** Returns the frame, or null if that encoding cannot carry the event. */
    @Nullable
    Frame in(Encoding encoding) {
        for (Encoded cached : encoded) {
            if (cached.encoding == encoding) {
                return cached.frame;
            }
        }
        Frame frame = encoder.apply(encoding);
        encoded.add(new Encoded(encoding, frame));
        return frame;
    }
}
