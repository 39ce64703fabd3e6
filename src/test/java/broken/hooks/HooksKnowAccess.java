package broken.hooks;

import broken.access.AccessKnowsEngine;
import dev.switchboard.Settings;

public record HooksKnowAccess(AccessKnowsEngine access, Settings settings) {}
