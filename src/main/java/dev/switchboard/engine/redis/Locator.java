package dev.switchboard.engine.redis;

import java.io.IOException;
import redis.clients.jedis.HostAndPort;

/** Says where the server of a link is. A link asks again for each connection; the answer may block. */
interface Locator {

    HostAndPort locate() throws IOException;
}
