package broken.engine;

import broken.protocol.ProtocolKnowsAccess;

public record EngineKnowsProtocol(ProtocolKnowsAccess protocol) {}
