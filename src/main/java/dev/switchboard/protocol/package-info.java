/**
 * The protocols of clients, and the server API. A protocol turns frames into calls of {@link
 * dev.switchboard.hub.Client}. The server API turns calls of the application into {@link
 * dev.switchboard.hub.ServerOperations}.
 */
@NullMarked
package dev.switchboard.protocol;

import org.jspecify.annotations.NullMarked;
