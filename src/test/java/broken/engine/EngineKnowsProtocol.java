package broken.engine;

import broken.protocol.ProtocolKnowsAccess;
import dev.switchboard.Settings;

public record EngineKnowsProtocol(ProtocolKnowsAccess protocol, Settings settings) {}
