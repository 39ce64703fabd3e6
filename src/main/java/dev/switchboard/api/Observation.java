package dev.switchboard.api;

/** An observer of the events in channels. */
public interface Observation extends AutoCloseable {

    /** Nothing more is heard, but for what the observer is at work on. May be called again, also by the observer. */
    @Override
    void close();
}
