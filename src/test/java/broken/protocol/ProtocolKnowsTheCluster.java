package broken.protocol;

import dev.switchboard.cluster.ChannelCluster;

record ProtocolKnowsTheCluster(ChannelCluster cluster) {}
