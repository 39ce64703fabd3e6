package dev.switchboard.api;

/**
 * Tells that a client joined a channel. Only channels with {@code join_leave} in their rule have
 * this event.
 */
public record Joined(String channel, ClientInfo client) implements Event {}
