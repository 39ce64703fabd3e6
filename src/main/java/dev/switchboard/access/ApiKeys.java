package dev.switchboard.access;

import dev.switchboard.model.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Knows the keys of the server API, and the rights of each.
 *
 * <p>The application sends a key as {@code X-API-Key: …} or {@code Authorization: apikey …}. Each
 * line of the key file has a key and, after spaces, its rights: {@code namespaces=a,b} and
 * {@code methods=a,b}. Without either the key has all rights. Lines that begin with {@code #} are
 * comments.
 */
public final class ApiKeys {

    private static final String SCHEME = "apikey ";

    private static final String NAMESPACES = "namespaces=";
    private static final String METHODS = "methods=";

    /**
     * A key and its rights.
     *
     * @param namespaces null for all channels, also those without a namespace
     * @param methods null for all methods
     */
    private record Permit(
            Key key,
            @Nullable Set<String> namespaces,
            @Nullable Set<String> methods) {

        static final Permit EVERYTHING = new Permit(new Key(""), null, null);

        /**
         * Returns whether the key permits the call. A key for namespaces must name a method without
         * a channel.
         */
        boolean allows(String method, @Nullable String channel) {
            if (methods != null && !methods.contains(method)) {
                return false;
            }
            if (namespaces == null) {
                return true;
            }
            if (channel == null) {
                return methods != null;
            }
            String namespace = ChannelRules.namespace(channel);
            return namespace != null
                    && (namespaces.contains(namespace)
                            || channel.startsWith(ChannelRules.PRIVATE)
                                    && namespaces.contains(ChannelRules.PRIVATE + namespace));
        }
    }

    /** The rights of one request. */
    public static final class Rights {
        private final Permit permit;
        private final boolean keyed;

        private Rights(Permit permit, boolean keyed) {
            this.permit = permit;
            this.keyed = keyed;
        }

        /**
         * Returns whether the request has a key in a header. A page of another origin sends no such
         * header, because the browser asks first.
         */
        public boolean isKeyed() {
            return keyed;
        }

        /** Returns whether every call is permitted. */
        public boolean isUnlimited() {
            return permit.namespaces == null && permit.methods == null;
        }

        /**
         * Returns whether the call is permitted; {@code channel} is null for a call without a
         * channel.
         */
        public boolean allow(String method, @Nullable String channel) {
            return permit.allows(method, channel);
        }
    }

    private final List<Permit> permits;
    private final boolean open;

    /**
     * @param key a key with all rights, empty for none
     * @param file the key file, null for none
     * @param insecure whether keys may be short, and whether every call is permitted without any
     *     key
     * @param known the names of all methods
     * @throws IllegalArgumentException naming the setting and the line that is wrong, without the
     *     key
     */
    public ApiKeys(String key, @Nullable Path file, boolean insecure, Set<String> known) {
        Function<String, Key> reader = insecure ? Key::guessable : Key::new;
        List<Permit> all = new ArrayList<>();
        if (!key.isEmpty()) {
            all.add(new Permit(checked("switchboard.api.key", key, reader), null, null));
        }
        if (file != null) {
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).strip();
                if (!line.isEmpty() && !line.startsWith("#")) {
                    all.add(permit("switchboard.api.keys=" + file + " line " + (i + 1), line, reader, known));
                }
            }
        }
        permits = List.copyOf(all);
        open = insecure && permits.isEmpty();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException("switchboard.api.keys=" + file + " cannot be read", unreadable);
        }
    }

    private static Permit permit(String where, String line, Function<String, Key> reader, Set<String> known) {
        String[] words = line.split("\\s+");
        Set<String> namespaces = null;
        Set<String> methods = null;
        for (int i = 1; i < words.length; i++) {
            if (words[i].startsWith(NAMESPACES) && namespaces == null) {
                namespaces = names(words[i].substring(NAMESPACES.length()));
            } else if (words[i].startsWith(METHODS) && methods == null) {
                methods = names(words[i].substring(METHODS.length()));
            } else {
                throw new IllegalArgumentException(
                        where + ": behind a key stands namespaces=… and methods=…, each once");
            }
        }
        if (methods != null && !known.containsAll(methods)) {
            throw new IllegalArgumentException(
                    where + ": the methods are " + known.stream().sorted().collect(Collectors.joining(", ")));
        }
        return new Permit(checked(where, words[0], reader), namespaces, methods);
    }

    private static Set<String> names(String list) {
        return Set.copyOf(List.of(list.split(",")));
    }

    private static Key checked(String where, String text, Function<String, Key> reader) {
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(where + ": a key " + wrong.getMessage());
        }
    }

    /** Returns true if no call is permitted. */
    public boolean isOff() {
        return permits.isEmpty() && !open;
    }

    /**
     * Returns the rights of a request with these values of the headers; null if the request has no
     * valid key, or two different ones. The time that this takes says nothing about the keys.
     */
    public @Nullable Rights rights(List<String> apiKey, List<String> authorization) {
        List<String> sent = sent(apiKey, authorization);
        if (open) {
            return new Rights(Permit.EVERYTHING, !sent.isEmpty());
        }
        if (sent.size() != 1) {
            return null;
        }
        Permit found = null;
        for (Permit permit : permits) { // never ends early, so that the time says nothing
            if (permit.key.is(sent.get(0))) {
                found = permit;
            }
        }
        return found == null ? null : new Rights(found, true);
    }

    private static List<String> sent(List<String> apiKey, List<String> authorization) {
        return Stream.concat(
                        apiKey.stream(),
                        authorization.stream()
                                .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                                .map(value -> value.substring(SCHEME.length())))
                .map(String::strip)
                .distinct()
                .toList();
    }

    /** Returns why a request with these values of the headers has no {@link #rights}. */
    public static Reason refusal(List<String> apiKey, List<String> authorization) {
        return switch (sent(apiKey, authorization).size()) {
            case 0 -> new Reason("no_key", "the request has no key, in X-API-Key or as Authorization: apikey");
            case 1 ->
                new Reason(
                        "unknown_key", "its key is neither switchboard.api.key nor in the file switchboard.api.keys");
            default -> new Reason("two_keys", "the request has two different keys");
        };
    }

    /** Leaves out the keys. */
    @Override
    public String toString() {
        return "ApiKeys[" + permits.size() + "]";
    }
}
