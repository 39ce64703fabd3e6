package dev.switchboard.cluster;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;

/** A feed that gets no event, and fails a test that gives it one. */
final class NoFeed implements Engine.Feed {

    @Override
    public Runnable published(String channel, Publication publication) {
        throw new AssertionError("an event of " + channel);
    }

    @Override
    public Runnable joined(String channel, ClientInfo client) {
        throw new AssertionError("a join of " + channel);
    }

    @Override
    public Runnable left(String channel, ClientInfo client) {
        throw new AssertionError("a leave of " + channel);
    }
}
