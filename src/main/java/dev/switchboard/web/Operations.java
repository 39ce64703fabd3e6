package dev.switchboard.web;

/** Operates the relay by JMX. */
public interface Operations {

    /** Returns the number of clients. */
    int getClients();

    /** Returns the number of channels that have a client. */
    int getChannels();

    /** Returns whether the relay sends its clients away. */
    boolean isDraining();

    /** Refuses new clients and sends all clients away, before the server stops. Returns at once. */
    void drain();
}
