package broken.limits;

import dev.switchboard.spi.Engine;

record LimitsKnowPorts(Engine engine) {}
