package broken.console;

import dev.switchboard.protocol.ServerApi;

record ConsoleKnowsProtocols(ServerApi api) {}
