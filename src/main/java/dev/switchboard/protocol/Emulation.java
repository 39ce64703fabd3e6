package dev.switchboard.protocol;

/**
 * Emulation names a connection without WebSocket, so that an HTTP request can send commands to it
 * (protocol section 17). Client libraries use the word emulation.
 *
 * @param session the id of the connection, a secret that the relay and the client share
 * @param node the id of the node that has the connection
 */
public record Emulation(String session, String node) {}
