package dev.switchboard.spi;

import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Frame;
import dev.switchboard.model.NodeInfo;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Connects this node with the other nodes that share its channels.
 *
 * <p>Any thread; nothing blocks. If a stage fails with a {@link ClientError}, the other nodes have
 * done nothing, or have only answered. If it fails with anything else, the outcome is unknown.
 */
public interface Cluster {

    /** Is a cluster of one node. */
    Cluster ALONE = new Cluster() {};

    /** Answers the other nodes for this node. Any thread; nothing blocks. */
    interface Member extends Operation.Member {

        /** Returns the number of clients of this node in each channel that matches. */
        Map<String, Integer> channels(ChannelPattern pattern);
    }

    /**
     * Holds a message of a client without WebSocket whose request came to another node.
     *
     * @param session the id of the connection
     * @param login the user of the request's login; empty for none
     */
    record Message(String session, String login, Frame frame) {}

    /** Says what became of a {@link Message}. */
    enum Delivery {
        /** The client has the message. */
        TAKEN,
        /** There is no such session for this login. */
        UNKNOWN,
        /** The message, or one of its commands, is too large. */
        TOO_LARGE
    }

    /**
     * Begins to work with the other nodes. Called once, when the engine has been started.
     *
     * @param info the state of this node
     */
    default void start(Member member, Supplier<NodeInfo> info) {}

    /** Does what is due. Called once a second, from the start on. */
    default void check() {}

    /** Tells the other nodes that this node ends, and takes nothing of them any more. */
    default void close() {}

    /**
     * Gives the messages of other nodes to {@code receiver}, one at a time, from now on. Before
     * that, no session of this node is known to them.
     */
    default void receive(Function<Message, Delivery> receiver) {}

    /**
     * Tells the operation to all other nodes. Completes when the engine has taken it. Each node
     * carries out operations once, in their order. A node that missed one carries it out up to 30 s
     * later, or when it can reach the engine again, if that is within 5 minutes.
     */
    default CompletionStage<?> tell(Operation operation) {
        return CompletableFuture.completedStage(null);
    }

    /**
     * Completes with the number of clients of all other nodes in each channel that matches.
     *
     * <p>Fails with {@link ClientError#INTERNAL} if a node does not answer, and with
     * {@link ClientError#LIMIT_EXCEEDED} if a node has too many such channels.
     */
    default CompletionStage<Map<String, Integer>> channels(ChannelPattern pattern) {
        return CompletableFuture.completedStage(Map.of());
    }

    /**
     * Gives the message to the session of another node. Completes with {@link Delivery#UNKNOWN} if
     * there is no such node. Messages to one node arrive in the order of the calls.
     */
    default CompletionStage<Delivery> deliver(String node, Message message) {
        return CompletableFuture.completedStage(Delivery.UNKNOWN);
    }

    /** Returns the state of each other node that lives. */
    default List<NodeInfo> others() {
        return List.of();
    }
}
