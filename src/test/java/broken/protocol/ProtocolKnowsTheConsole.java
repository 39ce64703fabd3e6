package broken.protocol;

import dev.switchboard.console.Console;

record ProtocolKnowsTheConsole(Console console) {}
