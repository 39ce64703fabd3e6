package broken.application;

import broken.engine.EngineKnowsVendors;

public record ApplicationKnowsEngine(EngineKnowsVendors engine) {}
