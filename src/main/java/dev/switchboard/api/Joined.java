package dev.switchboard.api;

/** A client came into a channel whose rule says that others hear of it. */
public record Joined(String channel, ClientInfo client) implements Event {}
