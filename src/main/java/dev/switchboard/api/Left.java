package dev.switchboard.api;

/**
 * Tells that a client left a channel. Only channels with {@code join_leave} in their rule have this
 * event.
 */
public record Left(String channel, ClientInfo client) implements Event {}
