/**
 * The hub package holds the relay itself, in plain Java: it carries publications from clients to
 * clients, so that no client can slow another down. It knows no container, wire format or vendor.
 *
 * <p>A publication takes this way:
 *
 * <ol>
 *   <li>It enters by a {@link Client}, by {@link ServerOperations} or by a request to {@link Hub}.
 *       The {@link Publisher} gives it to the {@link dev.switchboard.spi.Engine}.
 *   <li>The engine brings it to the hub, and the {@link Channel} tells each {@link Subscription}.
 *   <li>It waits in the {@link Outbox} of each client.
 *   <li>It leaves when the {@link Dispatch} has the outbox write it to the transport.
 * </ol>
 *
 * <p>A {@link Client} is a connection with an identity ({@link ClientIdentity}) and subscriptions.
 * {@link Subscribing} makes subscriptions, {@link Subscriptions} keeps and ends them.
 *
 * <p>Locks are taken in this order only. Under a lock there is only memory, never a write, a close
 * or foreign code:
 *
 * <ol>
 *   <li>a client's {@link Subscriptions}, or a stream of the {@link dev.switchboard.spi.Engine},
 *       never both
 *   <li>an entry of the channel map in {@link Hub}, with which the
 *       {@link dev.switchboard.spi.Application} hears that a channel comes or goes
 *   <li>a {@link Channel}: its subscriptions, their order and their positions
 *   <li>an {@link Outbox}, or an {@link Observer}: its queue
 * </ol>
 *
 * <p>A publisher's thread fills outboxes under the channel's lock, and writes when it has released
 * it.
 */
@NullMarked
package dev.switchboard.hub;

import org.jspecify.annotations.NullMarked;
