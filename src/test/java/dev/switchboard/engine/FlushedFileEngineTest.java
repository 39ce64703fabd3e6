package dev.switchboard.engine;

import dev.switchboard.engine.file.Sync;

class FlushedFileEngineTest extends FileEngineTest {

    @Override
    Sync sync() {
        return Sync.ALWAYS;
    }
}
