package dev.switchboard.engine;

import java.security.SecureRandom;

/** Makes the names of epochs. */
public final class Epoch {

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final int LENGTH = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Epoch() {}

    /** Returns a random name. */
    public static String next() {
        StringBuilder epoch = new StringBuilder(LENGTH);
        long random = RANDOM.nextLong(); // one call for all letters, because each takes a lock
        for (int i = 0; i < LENGTH; i++) {
            epoch.append(LETTERS.charAt((int) Long.remainderUnsigned(random, LETTERS.length())));
            random = Long.divideUnsigned(random, LETTERS.length());
        }
        return epoch.toString();
    }
}
