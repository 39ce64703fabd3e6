package dev.switchboard.access;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;

/**
 * The one-time tokens that have been used (RFC 7519 section 4.1.7), each until it has expired anyway.
 *
 * <p>None is forgotten earlier: where there is no room for one more it is not taken. For any thread.
 */
final class UsedTokens {

    private record Spent(String id, Instant end) {}

    private final int room;
    private final InstantSource clock;

    // guarded by this, as is the other
    private final Set<String> ids = new HashSet<>();
    private final Queue<Spent> byEnd = new PriorityQueue<>(Comparator.comparing(Spent::end));

    /** {@code room} for so many that are alive. */
    UsedTokens(int room, InstantSource clock) {
        this.room = room;
        this.clock = clock;
    }

    /** Takes the token of that id, good until {@code end}; a {@link TokenRejection} if it has been taken, has expired or finds no room. */
    void spend(String id, Instant end) {
        String digest = digest(id);
        synchronized (this) {
            Instant now = clock.instant(); // read before, it could let a token in whose use was forgotten meanwhile
            for (Spent oldest = byEnd.peek(); oldest != null && !now.isBefore(oldest.end); oldest = byEnd.peek()) {
                ids.remove(oldest.id);
                byEnd.remove();
            }
            if (!now.isBefore(end)) {
                throw TokenRejection.EXPIRED;
            }
            if (ids.contains(digest)) {
                throw TokenRejection.REPLAYED;
            }
            if (ids.size() >= room) {
                throw TokenRejection.CROWDED;
            }
            ids.add(digest);
            byEnd.add(new Spent(digest, end));
        }
    }

    /** An id may have thousands of characters. */
    private static String digest(String id) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (GeneralSecurityException impossible) { // every Java has it
            throw new IllegalStateException(impossible);
        }
    }
}
