package broken.load;

import broken.engine.EngineKnowsVendors;

public record LoadKnowsTheHub(EngineKnowsVendors engine) {}
