package dev.switchboard.hub;

/** The side that made a subscription; the relay tells it when the subscription cannot go on. */
enum Origin {
    /** The client subscribed, and can subscribe again. */
    CLIENT,
    /** The server subscribed the client, when the client connected or later. */
    SERVER
}
