package dev.switchboard.launcher;

/** What the user asked for cannot even begin: a bad URL, a server that is not there or does not let us in. The message is for them. */
final class Refusal extends Exception {

    Refusal(String message) {
        super(message);
    }
}
