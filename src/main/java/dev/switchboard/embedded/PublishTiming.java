package dev.switchboard.embedded;

/** Decides when a publication of the application is sent, or whether it is dropped. Any thread. */
@FunctionalInterface
interface PublishTiming {

    /** Publishes at once, on the thread of the caller. */
    PublishTiming NOW = (publish, drop) -> publish.run();

    /**
     * Runs one of the two, once, at once or later on any thread. What belongs to one transaction
     * runs in the order of the calls.
     */
    void await(Runnable publish, Runnable drop);
}
