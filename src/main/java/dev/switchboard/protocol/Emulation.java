package dev.switchboard.protocol;

/**
 * Where the commands of a connection go that carries nothing but replies (protocol section 17); client libraries call that emulation.
 *
 * @param session which connection it is; a secret between the relay and its client
 * @param node which node has it
 */
public record Emulation(String session, String node) {}
