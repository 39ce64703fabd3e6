package dev.switchboard.engine.redis;

import java.time.Duration;

/**
 * Holds what all links of a node have in common.
 *
 * @param clientName name of the connections in {@code CLIENT LIST}, without spaces
 * @param prefix begins the names of channels of the link itself
 * @param connectTimeout maximum time for each step of connecting
 * @param commandTimeout maximum time for a reply, after which the connection ends
 */
record LinkSettings(String clientName, String prefix, Duration connectTimeout, Duration commandTimeout) {}
