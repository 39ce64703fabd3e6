package broken.launcher;

import broken.engine.EngineKnowsProtocol;

record LauncherKnowsTheHub(EngineKnowsProtocol engine) {}
