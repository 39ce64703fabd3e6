package broken.engine;

import dev.switchboard.hub.Client;

record EngineKnowsTheHub(Client client) {}
