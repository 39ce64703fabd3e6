package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.SlowPolicy;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Lane holds the publications of one subscription that wait in an outbox, whose lock guards them.
 */
final class Lane {

    final SlowPolicy policy;

    /** Oldest first. */
    final Deque<FrameQueue.Entry> publications = new ArrayDeque<>(1);

    Lane(SlowPolicy policy) {
        this.policy = policy;
    }
}
