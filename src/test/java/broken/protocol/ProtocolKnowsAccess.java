package broken.protocol;

import broken.access.AccessKnowsEngine;
import org.apache.catalina.Context;

public record ProtocolKnowsAccess(AccessKnowsEngine access, Context tomcat) {}
