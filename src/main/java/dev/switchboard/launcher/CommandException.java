package dev.switchboard.launcher;

/**
 * Reports that a command cannot begin: a bad option or URL, or no connection. The operator reads
 * the message.
 */
final class CommandException extends Exception {

    CommandException(String message) {
        super(message);
    }
}
