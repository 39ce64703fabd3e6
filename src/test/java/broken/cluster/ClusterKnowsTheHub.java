package broken.cluster;

import dev.switchboard.hub.Hub;

record ClusterKnowsTheHub(Hub hub) {}
