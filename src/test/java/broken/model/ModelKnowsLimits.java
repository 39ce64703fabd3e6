package broken.model;

import dev.switchboard.limits.RateLimit;

public record ModelKnowsLimits(RateLimit limit) {}
