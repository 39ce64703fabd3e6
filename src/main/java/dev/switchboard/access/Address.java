package dev.switchboard.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads an IP address from its text, without any look-up of a name.
 *
 * <p>An IPv4 address that is written as IPv6 (RFC 4291 section 2.5.5.2) becomes the IPv4 address.
 */
public final class Address {

    /** The network of one household or one machine (RFC 6177), which has all addresses in it. */
    private static final int IPV6_NETWORK_BYTES = 8;

    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

    /** Has a colon, so the JDK reads an address and looks up no name. */
    private static final Pattern IPV6 = Pattern.compile("([0-9a-fA-F.]*:[0-9a-fA-F:.]*)(%[\\w.-]+)?");

    private static final int IPV6_LENGTH = 45;

    private final InetAddress parsed;

    private Address(InetAddress parsed) {
        this.parsed = parsed;
    }

    /** Returns null if the text is no address. The zone of a link-local address is ignored. */
    public static @Nullable Address of(String text) {
        try {
            Matcher four = IPV4.matcher(text);
            if (four.matches()) {
                return ofFour(four);
            }
            Matcher six = IPV6.matcher(text);
            return six.matches() && six.group(1).length() <= IPV6_LENGTH
                    ? new Address(InetAddress.getByName("[" + six.group(1) + "]"))
                    : null;
        } catch (UnknownHostException malformed) {
            return null;
        }
    }

    /** Reads each part as a decimal number, because some readers read 010 as 8. */
    private static @Nullable Address ofFour(Matcher parts) throws UnknownHostException {
        byte[] bytes = new byte[4];
        for (int i = 0; i < bytes.length; i++) {
            String part = parts.group(i + 1);
            int value = Integer.parseInt(part);
            if (value > 255 || part.length() > 1 && part.charAt(0) == '0') {
                return null;
            }
            bytes[i] = (byte) value;
        }
        return new Address(InetAddress.getByAddress(bytes));
    }

    byte[] bytes() {
        return parsed.getAddress();
    }

    public boolean isLoopback() {
        return parsed.isLoopbackAddress();
    }

    /**
     * Returns the text that counts as one address: for IPv6 the network of 64 bits, followed by
     * zeros.
     */
    String network() {
        byte[] bytes = bytes();
        if (bytes.length > IPV6_NETWORK_BYTES) {
            Arrays.fill(bytes, IPV6_NETWORK_BYTES, bytes.length, (byte) 0);
        }
        try {
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException impossible) { // the length is right
            throw new IllegalStateException(impossible);
        }
    }
}
