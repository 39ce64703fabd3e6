package broken.spi;

import dev.switchboard.hub.Hub;

record PortsKnowTheHub(Hub hub) {}
