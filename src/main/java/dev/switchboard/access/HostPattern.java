package dev.switchboard.access;

import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Matches one host name, or all names below one.
 *
 * @param name in lower case and in ASCII (RFC 5891), as browsers send it, and without {@code *.}
 */
record HostPattern(String name, boolean below) {

    /** Allows characters such as {@code _}, which no name may hold, because browsers send them. */
    private static final Pattern ASCII = Pattern.compile("[^\\x00-\\x20/?#@*:\\[\\]\\x7f-\\uffff]+");

    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.]+]");

    /** Java maps these characters by IDNA 2003, and browsers do not. */
    private static final Pattern DEVIANT = Pattern.compile(".*[ßẞς\\u200c\\u200d].*");

    private static final String BELOW = "*.";

    /**
     * Reads {@code app.example.com} or {@code *.example.com}.
     *
     * @throws IllegalArgumentException that names the text if it is neither
     */
    static HostPattern of(String text) {
        boolean below = text.startsWith(BELOW);
        String name = ascii(below ? text.substring(BELOW.length()) : text);
        if (below && name.indexOf('.') < 0) {
            throw new IllegalArgumentException("\"" + text + "\" also stands for names that belong to others");
        }
        return new HostPattern(name, below);
    }

    private static String ascii(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (IPV6.matcher(name).matches()) {
            return name;
        }
        if (!name.chars().allMatch(character -> character < 128)) {
            if (DEVIANT.matcher(name).matches()) {
                throw new IllegalArgumentException("\"" + text + "\" must be written as browsers send it, xn--…");
            }
            name = IDN.toASCII(name, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        }
        if (!ASCII.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not a host name like app.example.com");
        }
        return name;
    }

    /** Returns whether the host matches; it must be in lower case. */
    boolean matches(String host) {
        if (!below) {
            return host.equals(name);
        }
        int labels = host.length() - name.length() - 1;
        return labels > 0
                && host.endsWith("." + name)
                && ASCII.matcher(host.substring(0, labels)).matches();
    }
}
