package dev.switchboard.launcher;

/** What the user asked for cannot even begin: a bad URL, a server that is not there or does not let us in. The message is for them. */
final class Refused extends Exception {

    Refused(String message) {
        super(message);
    }
}
