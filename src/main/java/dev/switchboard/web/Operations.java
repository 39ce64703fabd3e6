package dev.switchboard.web;

/** What an operator sees of the relay and does with it by JMX. */
public interface Operations {

    /** How many are connected. */
    int getClients();

    /** How many channels have somebody in them. */
    int getChannels();

    boolean isDraining();

    /** Lets nobody in any more and sends all clients away, before the server is stopped; returns at once. */
    void drain();
}
