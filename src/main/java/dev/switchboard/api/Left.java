package dev.switchboard.api;

/** A client went out of a channel whose rule says that others hear of it. */
public record Left(String channel, ClientInfo client) implements Event {}
