package dev.switchboard.access;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Knows the names of a server that admits every client.
 *
 * <p>An attacker can point a name at any address, also at one that only the browser of the victim
 * reaches (DNS rebinding). The pages of that name then have the origin of the server. So a name
 * must be known here. An IP address and {@code localhost} always are, because no attacker owns
 * them. Any thread.
 */
public final class Hosts {

    private static final String ANY = "*";

    private static final Pattern PORT = Pattern.compile(":\\d{0,5}$");

    private final Set<HostPattern> named;
    private final Origins origins;
    private final boolean checked;
    private final boolean everyName;

    private Hosts(Set<HostPattern> named, Origins origins, boolean checked, boolean everyName) {
        this.named = named;
        this.origins = origins;
        this.checked = checked;
        this.everyName = everyName;
    }

    /** Allows every name, for a server that asks for a login or a token. */
    public static Hosts unchecked() {
        return new Hosts(Set.of(), new Origins(Set.of()), false, false);
    }

    /**
     * Allows the hosts of {@code origins} and the entries: a name ({@code app.example.com}), all
     * names below one ({@code *.example.com}), or every name ({@code *}).
     *
     * @throws IllegalArgumentException naming the entry that is none of these
     */
    public static Hosts of(List<String> entries, Origins origins) {
        Set<HostPattern> named = entries.stream()
                .filter(entry -> !entry.equals(ANY))
                .map(HostPattern::of)
                .collect(Collectors.toUnmodifiableSet());
        return new Hosts(named, origins, true, entries.contains(ANY));
    }

    /** Returns whether the operator has allowed every name. */
    boolean allowsEveryName() {
        return everyName;
    }

    /** Returns whether that Host header names the server. Without one the client is no browser. */
    public boolean allows(@Nullable String host) {
        if (!checked || everyName || origins.allowsAll() || host == null || host.isEmpty()) {
            return true;
        }
        String name = name(host);
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || Address.of(name) != null
                || named.stream().anyMatch(pattern -> pattern.matches(name))
                || origins.names(name);
    }

    /** Returns the name in lower case, without port, brackets and final dot. */
    public static String name(String host) {
        String name = PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("");
        if (name.startsWith("[") && name.endsWith("]")) {
            return name.substring(1, name.length() - 1);
        }
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
