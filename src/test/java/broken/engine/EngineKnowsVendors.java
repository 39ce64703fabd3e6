package broken.engine;

import com.google.protobuf.MessageLite;
import com.nimbusds.jose.JOSEObject;

public record EngineKnowsVendors(JOSEObject token, MessageLite message) {}
