package dev.switchboard.web;

import dev.switchboard.console.Password;
import java.util.concurrent.Callable;

/** Prints the hash of a password of the console. The launcher finds this class by its name. */
public final class PasswordHash implements Callable<Integer> {

    private static final int DONE = 0;
    private static final int UNUSABLE = 2;

    private final String password;

    public PasswordHash(String password) {
        this.password = password;
    }

    /** Returns the exit code. */
    @Override
    public Integer call() {
        try {
            System.out.println(Password.hash(password));
            return DONE;
        } catch (IllegalArgumentException wrong) {
            System.err.println("switchboard: the password " + wrong.getMessage());
            return UNUSABLE;
        }
    }
}
