package dev.switchboard.hub;

/** One message in a channel; {@code sender} is the id of the client it came from. */
public record Publication(Frame data, String sender) {}
