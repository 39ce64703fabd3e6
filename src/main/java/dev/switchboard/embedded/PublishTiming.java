package dev.switchboard.embedded;

/** When something is done that the application asks for. */
@FunctionalInterface
interface PublishTiming {

    /** At once, on the caller's thread. */
    PublishTiming NOW = (action, dropped) -> action.run();

    /** Runs one of the two, once, on any thread; actions of one transaction in the order in which they came. */
    void await(Runnable action, Runnable dropped);
}
