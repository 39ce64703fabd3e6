package broken.access;

import broken.engine.EngineKnowsProtocol;
import jakarta.inject.Inject;
import redis.Redis;

public final class AccessKnowsEngine {

    @Inject
    EngineKnowsProtocol engine;

    Redis redis;
}
