package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Names the servers of one Redis, and how they are entered.
 *
 * @param servers one server; or the sentinels; or some servers of the cluster
 * @param master the name under which the sentinels know the master; empty without sentinels
 * @param sentinelLogin how the sentinels are entered
 */
record RedisUrl(Kind kind, List<HostAndPort> servers, Login login, String master, Login sentinelLogin) {

    enum Kind {
        SERVER,
        SENTINEL,
        CLUSTER
    }

    private static final String SCHEME = "(redis|rediss)(?:\\+(sentinel|cluster))?://";

    /** A comma can also stand between the servers of one URL. */
    private static final Pattern BETWEEN = Pattern.compile("[\\s,]+(?=rediss?(?:\\+\\w+)?://)");

    private static final Pattern FORM =
            Pattern.compile(SCHEME + "(?:([^/?]*)@)?([^/?@]+)((?:/[^/?@]*){0,2})(?:\\?(.*))?");
    private static final Pattern SERVER = Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[^:\\[\\]\\s]+)(?::(\\d{1,5}))?");

    private static final int PORT = 6379;
    private static final int SENTINEL_PORT = 26379;
    private static final int MAX_PORT = 65535;

    private static final String USER = "sentinel_user";
    private static final String PASSWORD = "sentinel_password";

    /**
     * Reads URLs that spaces or commas separate.
     *
     * @throws IllegalArgumentException if one of them is wrong; the message quotes no part of a URL
     *     that can hold a password
     */
    static List<RedisUrl> list(String text) {
        List<RedisUrl> urls = new ArrayList<>();
        for (String url : BETWEEN.split(text.strip(), -1)) {
            try {
                urls.add(of(url));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("URL " + (urls.size() + 1) + " of Redis " + e.getMessage(), e);
            }
        }
        if (urls.size() > 1 && urls.stream().anyMatch(url -> url.kind() == Kind.CLUSTER)) {
            throw new IllegalArgumentException(
                    "a cluster of Redis must be the only URL, because it spreads the keys itself");
        }
        if (urls.stream().distinct().count() < urls.size()) {
            throw new IllegalArgumentException("two URLs of Redis are the same");
        }
        return List.copyOf(urls);
    }

    private static RedisUrl of(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "must look like redis://user:password@host:6379/0, rediss://…, redis+sentinel://host:26379,host:26379/master"
                            + " or redis+cluster://host:6379,host:6379; write @ : / ? and % in a password as %40 %3A %2F %3F %25");
        }
        boolean tls = form.group(1).equals("rediss");
        Kind kind =
                form.group(2) == null ? Kind.SERVER : Kind.valueOf(form.group(2).toUpperCase(Locale.ROOT));
        List<String> path = path(form.group(5));
        String master = kind == Kind.SENTINEL && !path.isEmpty() ? path.remove(0) : "";
        if (kind == Kind.SENTINEL && master.isEmpty()) {
            throw new IllegalArgumentException("lacks the name of the master: redis+sentinel://host:26379/name");
        }
        int database = database(path, kind);
        String[] credentials = credentials(form.group(3));
        Map<String, String> query = query(form.group(6), kind);
        return new RedisUrl(
                kind,
                servers(form.group(4), kind),
                new Login(credentials[0], credentials[1], database, tls),
                master,
                new Login(query.getOrDefault(USER, ""), query.getOrDefault(PASSWORD, ""), 0, tls));
    }

    private static List<String> path(String text) {
        List<String> path = new ArrayList<>();
        for (String part : text.split("/", -1)) {
            if (!part.isEmpty()) {
                path.add(decoded(part));
            }
        }
        return path;
    }

    private static int database(List<String> path, Kind kind) {
        if (path.isEmpty()) {
            return 0;
        }
        String text = path.get(0);
        if (path.size() > 1 || !text.matches("\\d{1,5}")) {
            throw new IllegalArgumentException("must end with the number of a database, such as /0");
        }
        int database = Integer.parseInt(text);
        if (kind == Kind.CLUSTER && database != 0) {
            throw new IllegalArgumentException("names a database, but a cluster has only database 0");
        }
        return database;
    }

    private static List<HostAndPort> servers(String text, Kind kind) {
        List<HostAndPort> servers = new ArrayList<>();
        for (String server : text.split(",", -1)) {
            Matcher form = SERVER.matcher(server);
            if (!form.matches()) {
                throw new IllegalArgumentException("must name each server as host:port");
            }
            int standard = kind == Kind.SENTINEL ? SENTINEL_PORT : PORT;
            int port = form.group(2) == null ? standard : Integer.parseInt(form.group(2));
            if (port == 0 || port > MAX_PORT) {
                throw new IllegalArgumentException("has a port that is not between 1 and 65535");
            }
            servers.add(new HostAndPort(form.group(1).replaceAll("[\\[\\]]", ""), port));
        }
        if (kind == Kind.SERVER && servers.size() > 1) {
            throw new IllegalArgumentException(
                    "names several servers; repeat redis:// before each one to spread the channels over them");
        }
        return List.copyOf(servers);
    }

    private static String[] credentials(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return new String[] {"", ""};
        }
        int colon = text.indexOf(':');
        if (colon < 0 || colon == text.length() - 1) {
            throw new IllegalArgumentException(
                    "has a user without a password; for the default user write redis://:password@host");
        }
        return new String[] {decoded(text.substring(0, colon)), decoded(text.substring(colon + 1))};
    }

    private static Map<String, String> query(@Nullable String text, Kind kind) {
        Map<String, String> query = new TreeMap<>();
        if (text == null || text.isEmpty()) {
            return query;
        }
        for (String parameter : text.split("&", -1)) {
            int equals = parameter.indexOf('=');
            String name = equals < 0 ? parameter : parameter.substring(0, equals);
            if (kind != Kind.SENTINEL || !(name.equals(USER) || name.equals(PASSWORD))) {
                throw new IllegalArgumentException("has an unknown parameter; only " + USER + " and " + PASSWORD
                        + " of redis+sentinel:// are known");
            }
            query.put(name, equals < 0 ? "" : decoded(parameter.substring(equals + 1)));
        }
        return query;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) { // its message quotes the text
            throw new IllegalArgumentException("has a % that two hexadecimal digits do not follow");
        }
    }
}
