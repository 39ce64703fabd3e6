package dev.switchboard.launcher.doctor;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Names a proxy, and the file that configures it for the relay. */
public enum Proxy {
    NGINX("nginx", "server-config/nginx/switchboard.conf"),
    APACHE("Apache", "server-config/apache/switchboard.conf"),
    HAPROXY("HAProxy", "server-config/haproxy/switchboard.cfg"),
    CADDY("Caddy", "server-config/caddy/Caddyfile");

    private final String title;
    private final String file;

    Proxy(String title, String file) {
        this.title = title;
        this.file = file;
    }

    /** Returns the proxy that a {@code Server} header names, else all of them. */
    public static List<Proxy> named(String server) {
        List<Proxy> named = Arrays.stream(values())
                .filter(proxy -> server.toLowerCase(Locale.ROOT).contains(proxy.title.toLowerCase(Locale.ROOT)))
                .toList();
        return named.isEmpty() ? List.of(values()) : named;
    }

    public String title() {
        return title;
    }

    public String file() {
        return file;
    }
}
