package dev.switchboard.launcher.connect;

import java.util.regex.Pattern;

/**
 * Finds a user or a password in a URL. No client sends them, and a message that quotes such a URL
 * would show the password.
 */
public final class UserInfo {

    /** The text of a refusal, which does not quote the URL. */
    public static final String REFUSAL = "it must have no user and no password";

    private static final Pattern USER = Pattern.compile("[^/?#]*//[^/?#]*@.*", Pattern.DOTALL);

    private UserInfo() {}

    /** Returns whether the URL has a user or a password; it may be malformed. */
    public static boolean isIn(String url) {
        return USER.matcher(url).matches();
    }
}
