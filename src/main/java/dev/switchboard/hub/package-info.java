/**
 * The relay itself: who is connected to this node, who hears what, and how a message reaches them without one client harming another.
 *
 * <p>Plain Java; nothing here knows a container, a wire format or a vendor.
 *
 * <p>Locks are taken in this order and in no other; under each of them there is only memory, never a write, a close or foreign code:
 *
 * <ol>
 *   <li>a client's {@link Subscriptions}, or a stream of the {@link Engine}, never both
 *   <li>an entry of the channel map in {@link Hub}: a channel comes and goes with its listeners, and the {@link Application} hears of it
 *   <li>a {@link Channel}: its listeners, their order and where each of them stands
 *   <li>an {@link Outbox}, or an {@link Observation}: its queue
 * </ol>
 *
 * <p>A publisher's thread fills outboxes under the channel's lock and writes only when that lock is free again ({@link Dispatch}).
 */
@NullMarked
package dev.switchboard.hub;

import org.jspecify.annotations.NullMarked;
