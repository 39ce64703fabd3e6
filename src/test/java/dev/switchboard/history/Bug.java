package dev.switchboard.history;

import java.util.EnumSet;
import java.util.Set;

/** A way in which a relay goes wrong, planted in a {@link ModelRelay}, and the invariants of which one at least must then be found broken. */
enum Bug {
    /** What is published while a subscriber recovers is left out. */
    SKIP_MERGE(Invariant.V4, Invariant.V7),
    /** What is published while a subscriber recovers is sent at once. */
    DELIVER_BEFORE_THE_ANSWER(Invariant.V11),
    /** What is published while a subscriber recovers is recovered and sent as well. */
    MERGE_AND_DELIVER(Invariant.V5),
    /** Offsets are compared without their epochs. */
    IGNORE_EPOCH(Invariant.V8),
    /** Something is sent twice. */
    DOUBLE_DELIVERY(Invariant.V5),
    /** Something in the middle of a recovered range is left out. */
    LOST_IN_RECOVERY(Invariant.V7),
    /** What is left of the history is said to be everything. */
    RECOVERED_WHEN_EVICTED(Invariant.V7),
    /** A recovery that fails brings what is left. */
    ITEMS_IN_A_REFUSAL(Invariant.V7),
    /** The history goes back a few publications and keeps its epoch. */
    OFFSET_REUSE(Invariant.V1),
    /** A new epoch begins and its publications go to those who know the old one only. */
    UNTOLD_ROTATION(Invariant.V8),
    /** Two publications overtake each other on the way to a subscriber. */
    WRONG_ORDER(Invariant.V3),
    /** Two publications of a publisher that waits for its answers overtake each other on the way into the history. */
    ANSWER_BEFORE_STORE(Invariant.V10),
    /** What does not fit into the queue of a slow client is dropped and the client stays. */
    DROP_FOR_THE_SLOW(Invariant.V4),
    /** The answer to an unsubscribe comes first, the end of the subscription later. */
    HEARD_AFTER_UNSUBSCRIBE(Invariant.V11),
    /** A publication is confirmed and thrown away. */
    CONFIRMED_NOT_STORED(Invariant.V6),
    /** A publication is refused and published. */
    PUBLISHED_THOUGH_REFUSED(Invariant.V2),
    /** A payload is cut off. */
    DAMAGED_PAYLOAD(Invariant.V2),
    /** A frame ends with an empty line. */
    BLANK_LINE(Invariant.V2),
    /** A publication goes to another channel as well. */
    WRONG_CHANNEL(Invariant.V2),
    /** A subscriber is forgotten and not told. */
    DEAF_SUBSCRIBER(Invariant.V12),
    /** A subscribe is not answered. */
    NO_ANSWER(Invariant.V12),
    /** A client that drops its connection is kept. */
    FORGOTTEN_CLIENT(Invariant.V13),
    /** A cut is counted twice. */
    MISCOUNTED(Invariant.V14);

    private final Set<Invariant> breaks;

    Bug(Invariant first, Invariant... others) {
        breaks = EnumSet.of(first, others);
    }

    Set<Invariant> breaks() {
        return breaks;
    }
}
