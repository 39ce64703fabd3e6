package dev.switchboard.engine.file;

/** A bug of a log that keeps a promise of the relay from being true when the process dies. */
enum LogBug {
    NONE,
    /** Publications are told and answered before they are recorded. */
    ANSWER_BEFORE_WRITE,
    /** The log does not note where its records end, so a torn tail looks like an end. */
    OFFSET_REUSED_AFTER_A_TORN_TAIL,
    /** The log finds that something is missing, and all streams keep their epochs. */
    EPOCH_KEPT_AFTER_A_LOSS
}
