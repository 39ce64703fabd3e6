/** Access: origins, logins, tokens, keys, and the rules that give rights in channels. */
@NullMarked
package dev.switchboard.access;

import org.jspecify.annotations.NullMarked;
