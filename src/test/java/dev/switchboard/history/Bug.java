package dev.switchboard.history;

import java.util.EnumSet;
import java.util.Set;

/**
 * A bug of a {@link ModelRelay}, and the invariants of which the checker must find at least one
 * broken.
 */
enum Bug {
    /** A publication during a recovery is left out. */
    SKIP_MERGE(Invariant.V4, Invariant.V7),
    /** A publication during a recovery is sent before the reply. */
    DELIVER_BEFORE_THE_ANSWER(Invariant.V11),
    /** A publication during a recovery is recovered, and sent as well. */
    MERGE_AND_DELIVER(Invariant.V5),
    /** Offsets are compared without their epochs. */
    IGNORE_EPOCH(Invariant.V8),
    /** A publication is sent twice. */
    DOUBLE_DELIVERY(Invariant.V5),
    /** A publication in the middle of a recovery is left out. */
    LOST_IN_RECOVERY(Invariant.V7),
    /** A recovery from a history that lost its oldest publications claims to be complete. */
    RECOVERED_WHEN_EVICTED(Invariant.V7),
    /** A recovery that fails has publications. */
    ITEMS_IN_A_REFUSAL(Invariant.V7),
    /** The history goes back a few publications and keeps its epoch. */
    OFFSET_REUSE(Invariant.V1),
    /** Publications of a new epoch go to subscribers that know only the old one. */
    UNTOLD_ROTATION(Invariant.V8),
    /** Two publications change places on the way to a subscriber. */
    WRONG_ORDER(Invariant.V3),
    /** Two publications of a publisher that waits for its replies change places in the history. */
    ANSWER_BEFORE_STORE(Invariant.V10),
    /**
     * Publications that do not fit the outbox of a slow client are dropped, and the client stays.
     */
    DROP_FOR_THE_SLOW(Invariant.V4),
    /** The subscription ends later than the reply to the unsubscribe. */
    HEARD_AFTER_UNSUBSCRIBE(Invariant.V11),
    /** A publication is confirmed, and not stored. */
    CONFIRMED_NOT_STORED(Invariant.V6),
    /** A publication is refused and published. */
    PUBLISHED_THOUGH_REFUSED(Invariant.V2),
    /** A payload is cut off. */
    DAMAGED_PAYLOAD(Invariant.V2),
    /** A frame ends with an empty line. */
    BLANK_LINE(Invariant.V2),
    /** A publication goes to another channel as well. */
    WRONG_CHANNEL(Invariant.V2),
    /** A subscriber gets no more publications, and is not told. */
    DEAF_SUBSCRIBER(Invariant.V12),
    /** A subscribe gets no reply. */
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
