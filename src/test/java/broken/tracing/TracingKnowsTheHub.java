package broken.tracing;

import dev.switchboard.hub.Hub;

public record TracingKnowsTheHub(Hub hub) {}
