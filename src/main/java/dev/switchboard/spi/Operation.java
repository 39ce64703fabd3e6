package dev.switchboard.spi;

import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeGrant;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Holds one call of the application that concerns clients of any node. */
public sealed interface Operation {

    /** Carries out the operation for the clients of one node. */
    CompletionStage<?> carryOut(Member member);

    /**
     * Carries out operations for the clients of one node. Any thread; nothing blocks. The methods
     * throw a {@link dev.switchboard.model.ClientError}, or their stages fail with one.
     */
    interface Member {

        CompletionStage<?> subscribe(Subscribe operation);

        CompletionStage<?> unsubscribe(Unsubscribe operation);

        CompletionStage<?> disconnect(Disconnect operation);

        CompletionStage<?> refresh(Refresh operation);
    }

    /**
     * Subscribes clients to a channel and tells them.
     *
     * @param since the clients get what was published after it, if all of that is there; null for
     *     nothing
     */
    record Subscribe(
            ClientSelector selector,
            String channel,
            SubscribeGrant grant,
            @Nullable Position since) implements Operation {

        @Override
        public CompletionStage<?> carryOut(Member member) {
            return member.subscribe(this);
        }
    }

    /** Unsubscribes clients from a channel and tells them. */
    record Unsubscribe(ClientSelector selector, String channel, dev.switchboard.model.Unsubscribe reason)
            implements Operation {

        @Override
        public CompletionStage<?> carryOut(Member member) {
            return member.unsubscribe(this);
        }
    }

    /** Disconnects clients, except those whose ids are in {@code except}. */
    record Disconnect(ClientSelector selector, Set<String> except, dev.switchboard.model.Disconnect reason)
            implements Operation {

        @Override
        public CompletionStage<?> carryOut(Member member) {
            return member.disconnect(this);
        }
    }

    /**
     * Extends connections and tells the clients.
     *
     * @param ttl seconds from the moment at which a node carries it out; 0 for ever
     * @param info JSON that other clients see from now on; null for no change
     */
    record Refresh(
            ClientSelector selector, long ttl, @Nullable String info) implements Operation {

        @Override
        public CompletionStage<?> carryOut(Member member) {
            return member.refresh(this);
        }
    }
}
