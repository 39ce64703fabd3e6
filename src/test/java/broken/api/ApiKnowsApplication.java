package broken.api;

import broken.application.ApplicationKnowsEngine;

public record ApiKnowsApplication(ApplicationKnowsEngine application) {}
