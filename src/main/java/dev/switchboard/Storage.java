package dev.switchboard;

import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Ledger;

/** Holds where a relay keeps streams and facts, and the other nodes that share them. */
interface Storage extends AutoCloseable {

    Engine engine();

    Ledger ledger();

    Cluster cluster();

    /** Ends the threads of the storage; may block. Nothing is stored afterwards. */
    @Override
    void close();
}
