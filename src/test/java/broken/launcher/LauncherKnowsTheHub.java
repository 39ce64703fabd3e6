package broken.launcher;

import broken.engine.EngineKnowsProtocol;

public record LauncherKnowsTheHub(EngineKnowsProtocol engine) {}
