package broken.engine;

import broken.api.ApiKnowsApplication;
import broken.protocol.ProtocolKnowsAccess;
import dev.switchboard.Settings;

public record EngineKnowsProtocol(ProtocolKnowsAccess protocol, Settings settings, ApiKnowsApplication api) {}
