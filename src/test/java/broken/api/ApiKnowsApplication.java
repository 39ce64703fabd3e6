package broken.api;

import broken.embedded.ApplicationKnowsEngine;

public record ApiKnowsApplication(ApplicationKnowsEngine application) {}
