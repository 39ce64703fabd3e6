package broken.embedded;

import broken.engine.EngineKnowsVendors;

public record ApplicationKnowsEngine(EngineKnowsVendors engine) {}
