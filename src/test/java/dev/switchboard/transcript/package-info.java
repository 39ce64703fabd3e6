/** Conversations in the client protocol, told by files and played against whatever speaks it. */
@NullMarked
package dev.switchboard.transcript;

import org.jspecify.annotations.NullMarked;
