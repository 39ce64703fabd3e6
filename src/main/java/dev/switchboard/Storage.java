package dev.switchboard;

import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Ledger;

/** Holds where a relay keeps streams and facts, and the other nodes that share them. */
interface Storage extends AutoCloseable {

    Engine engine();

    Ledger ledger();

    Cluster cluster();

    /** Keeps what repeats going. Called once a second; memory only. */
    void check();

    /** Tells other nodes that this one ends. Called when its clients have been told; memory only. */
    void leave();

    /** Ends the threads of the storage; may block. Nothing is stored afterwards. */
    @Override
    void close();
}
