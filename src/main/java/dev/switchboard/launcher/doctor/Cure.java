package dev.switchboard.launcher.doctor;

import java.util.List;

/**
 * Names what a proxy must do for the relay, with the lines of its configuration that do it. A line
 * that begins with {@code #} is a remark; all others stand in {@link Proxy#file}.
 */
public enum Cure {
    UPGRADE("To pass the upgrade to WebSocket on:") {
        @Override
        public List<String> lines(Proxy proxy) {
            return switch (proxy) {
                case NGINX ->
                    List.of(
                            "map $http_upgrade $switchboard_connection {",
                            "default upgrade;",
                            "''      '';",
                            "}",
                            "proxy_http_version 1.1;",
                            "proxy_set_header Upgrade $http_upgrade;",
                            "proxy_set_header Connection $switchboard_connection;");
                case APACHE ->
                    List.of(
                            "# needs Apache 2.4.47 or newer",
                            "Protocols http/1.1",
                            "ProxyPass / http://127.0.0.1:8000/ upgrade=websocket");
                case HAPROXY -> List.of("# passes it on by itself in this mode", "mode http");
                case CADDY -> List.of("# passes it on by itself", "reverse_proxy 127.0.0.1:8000");
            };
        }
    },
    HOST("To pass the name of the server on, with its port:") {
        @Override
        public List<String> lines(Proxy proxy) {
            return switch (proxy) {
                case NGINX -> List.of("proxy_set_header Host $http_host;");
                case APACHE -> List.of("ProxyPreserveHost On");
                case HAPROXY, CADDY -> List.of("# passes it on by itself; remove lines that set Host");
            };
        }
    },
    BUFFERING("To pass event streams on at once:") {
        @Override
        public List<String> lines(Proxy proxy) {
            return switch (proxy) {
                case NGINX ->
                    List.of(
                            "# does so by itself; remove proxy_ignore_headers X-Accel-Buffering,",
                            "# and gzip for text/event-stream and application/json");
                case APACHE -> List.of("# does so by itself; remove DEFLATE for the paths of the relay");
                case HAPROXY -> List.of("# remove compression", "option http-no-delay");
                case CADDY -> List.of("# does so by itself; remove encode for the paths of the relay");
            };
        }
    },
    IDLE("To keep a quiet connection for longer than switchboard.ping.interval:") {
        @Override
        public List<String> lines(Proxy proxy) {
            return switch (proxy) {
                case NGINX -> List.of("proxy_read_timeout 60s;", "proxy_send_timeout 60s;");
                case APACHE -> List.of("ProxyTimeout 60");
                case HAPROXY -> List.of("timeout client 60s", "timeout server 60s", "timeout tunnel 60s");
                case CADDY -> List.of("# does so by itself; remove stream_timeout");
            };
        }
    };

    private final String purpose;

    Cure(String purpose) {
        this.purpose = purpose;
    }

    /** Returns what the lines are for, as a heading. */
    public String purpose() {
        return purpose;
    }

    public abstract List<String> lines(Proxy proxy);
}
