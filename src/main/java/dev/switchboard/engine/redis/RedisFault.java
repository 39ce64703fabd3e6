package dev.switchboard.engine.redis;

/**
 * Is an error that Redis sent. What the script had done before stays done, so the outcome is
 * unknown.
 *
 * <p>The exception has no stack trace, because the error arose in Redis.
 */
final class RedisFault extends RuntimeException {

    private static final long serialVersionUID = 1;

    RedisFault(String message) {
        super(message, null, false, false);
    }
}
