/**
 * Transcripts: conversations in the client protocol, which are played from files against a server.
 */
@NullMarked
package dev.switchboard.transcript;

import org.jspecify.annotations.NullMarked;
