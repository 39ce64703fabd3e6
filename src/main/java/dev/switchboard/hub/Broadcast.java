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
 * One thing that happened in a channel, encoded once for each protocol and shared by all who hear it.
 *
 * <p>Used under its channel's lock, or by one thread before it gets there.
 */
final class Broadcast {

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

    static Broadcast join(String channel, ClientInfo who) {
        return new Broadcast(null, encoding -> encoding.join(channel, who));
    }

    static Broadcast leave(String channel, ClientInfo who) {
        return new Broadcast(null, encoding -> encoding.leave(channel, who));
    }

    /** Null if somebody came or went. */
    @Nullable
    Publication publication() {
        return publication;
    }

    /** What waits with it costs about this much. */
    int size() {
        return Frame.OVERHEAD + (publication == null ? 0 : publication.size());
    }

    /** Null if that protocol cannot say it. */
    @Nullable
    Frame in(Encoding encoding) {
        for (Encoded known : encoded) {
            if (known.encoding == encoding) {
                return known.frame;
            }
        }
        Frame frame = encoder.apply(encoding);
        encoded.add(new Encoded(encoding, frame));
        return frame;
    }
}
