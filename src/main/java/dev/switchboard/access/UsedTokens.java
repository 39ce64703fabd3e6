package dev.switchboard.access;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Failure;
import dev.switchboard.spi.Ledger;
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
import java.util.concurrent.CompletionStage;

/**
 * Remembers the one-time tokens that have been used (RFC 7519 section 4.1.7), each until it
 * expires.
 *
 * <p>No token is forgotten earlier. If there are too many, further tokens are refused. Any thread.
 */
final class UsedTokens {

    private record Use(String id, Instant end) {}

    private static final String KIND = "used token";

    private final int maxTokens;
    private final InstantSource clock;
    private final Ledger ledger;

    // both are guarded by this
    private final Set<String> ids = new HashSet<>();
    private final Queue<Use> byEnd = new PriorityQueue<>(Comparator.comparing(Use::end));

    /** Remembers at most {@code maxTokens} valid tokens, and those that the ledger kept. */
    UsedTokens(int maxTokens, InstantSource clock, Ledger ledger) {
        this.maxTokens = maxTokens;
        this.clock = clock;
        this.ledger = ledger;
        ledger.follow(KIND, this::addKept);
    }

    private synchronized void addKept(String digest, String value, Instant end) {
        add(digest, end);
    }

    /** The caller holds the lock. */
    private void add(String digest, Instant end) {
        ids.add(digest);
        byEnd.add(new Use(digest, end));
    }

    /**
     * Records the use of a token. The stage fails if the ledger cannot keep the use, or with a
     * {@link TokenRejection} if the token was used at another node.
     *
     * @param id the {@code jti} of the token
     * @param end the expiry of the token
     * @throws TokenRejection if the token was used before, has expired, or is one too many
     */
    CompletionStage<?> use(String id, Instant end) {
        String digest = digest(id);
        synchronized (this) {
            Instant now = clock.instant(); // read under the lock, so that a forgotten token is always an expired one
            for (Use oldest = byEnd.peek(); oldest != null && !now.isBefore(oldest.end); oldest = byEnd.peek()) {
                ids.remove(oldest.id);
                byEnd.remove();
            }
            if (!now.isBefore(end)) {
                throw TokenRejection.EXPIRED;
            }
            if (ids.contains(digest)) {
                throw TokenRejection.REPLAYED;
            }
            if (ids.size() >= maxTokens) {
                throw TokenRejection.CROWDED;
            }
            add(digest, end);
        }
        return ledger.claim(KIND, digest, end).handle((first, failure) -> {
            if (failure != null) {
                forget(digest);
                throw Failure.cause(failure) instanceof ClientError refused
                        ? refused
                        : ClientError.INTERNAL.because(
                                "it is not known whether the ledger has kept the use of a token");
            }
            if (!first) {
                throw TokenRejection.REPLAYED;
            }
            return null;
        });
    }

    private synchronized void forget(String digest) {
        ids.remove(digest);
        byEnd.removeIf(use -> use.id.equals(digest));
    }

    /** Returns a short text for an id, which may have thousands of characters. */
    private static String digest(String id) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (GeneralSecurityException impossible) { // every Java has it
            throw new IllegalStateException(impossible);
        }
    }
}
