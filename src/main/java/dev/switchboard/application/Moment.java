package dev.switchboard.application;

/** When something is done that the application asks for. */
@FunctionalInterface
interface Moment {

    /** At once, on the caller's thread. */
    Moment NOW = (action, dropped) -> action.run();

    /** Runs one of the two, once, on any thread; actions of one transaction in the order in which they came. */
    void await(Runnable action, Runnable dropped);
}
