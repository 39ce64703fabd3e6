package dev.switchboard.hub;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Reason;
import dev.switchboard.model.TokenId;
import dev.switchboard.spi.Ledger;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Revocations keeps the users and tokens that the application has blocked or revoked, each until
 * its time. Any thread.
 *
 * <p>It never drops an entry earlier. If there is no room for one more, it throws
 * {@link ClientError#LIMIT_EXCEEDED}. If the ledger cannot keep an entry, the stage fails, and the
 * entry has no effect.
 */
public final class Revocations {

    /** The number of entries in each map. */
    private static final int ROOM = 100_000;

    /** Refuses the tokens that were issued before {@code issued}, until {@code until}. */
    private record Cut(Instant issued, Instant until) {}

    private static final Disconnect BLOCKED_USER = Disconnect.FORCED.because(
            new Reason("blocked", "the user is blocked over the server API; unblock admits the user again"));
    private static final Disconnect REVOKED_TOKEN =
            Disconnect.INVALID_TOKEN.because(new Reason("revoked", "its token was revoked over the server API"));

    private static final String BLOCKED = "blocked user";
    private static final String REVOKED = "revoked token";
    private static final String CUT = "tokens before";

    private final InstantSource clock;
    private final Ledger ledger;
    /** The end of each block, by user. */
    private final Map<String, Instant> users = new ConcurrentHashMap<>();
    /** The end of each revocation, by token id. */
    private final Map<String, Instant> tokens = new ConcurrentHashMap<>();
    /** By user. */
    private final Map<String, Cut> cuts = new ConcurrentHashMap<>();

    /** Has no entries before {@link #follow}. */
    public Revocations(InstantSource clock, Ledger ledger) {
        this.clock = clock;
        this.ledger = ledger;
    }

    /**
     * Takes the entries that the ledger kept, and those of other nodes from now on.
     *
     * @param added is called after each entry, with the user or with null for any user; memory only
     */
    void follow(Consumer<@Nullable String> added) {
        ledger.follow(BLOCKED, new Ledger.Reader() {
            @Override
            public void fact(String user, String value, Instant until) {
                users.put(user, until);
                added.accept(user);
            }

            @Override
            public void removed(String user) {
                users.remove(user);
            }
        });
        ledger.follow(REVOKED, (id, value, until) -> {
            tokens.put(id, until);
            added.accept(null);
        });
        ledger.follow(CUT, (user, issued, until) -> {
            cuts.put(user, new Cut(Instant.parse(issued), until));
            added.accept(user);
        });
    }

    CompletionStage<?> block(String user, Instant until) {
        makeRoom(users, user);
        return ledger.put(BLOCKED, user, "", until).thenRun(() -> users.put(user, until));
    }

    CompletionStage<?> unblock(String user) {
        return ledger.remove(BLOCKED, user).thenRun(() -> users.remove(user));
    }

    /** Refuses the token with that id. */
    CompletionStage<?> revoke(String id, Instant until) {
        makeRoom(tokens, id);
        return ledger.put(REVOKED, id, "", until).thenRun(() -> tokens.put(id, until));
    }

    /**
     * Refuses all tokens of the user that were issued before, and those without a time of issue.
     */
    CompletionStage<?> revokeIssuedBefore(String user, Instant issued, Instant until) {
        makeRoom(cuts, user);
        return ledger.put(CUT, user, issued.toString(), until).thenRun(() -> cuts.put(user, new Cut(issued, until)));
    }

    private void makeRoom(Map<String, ?> entries, String key) {
        if (entries.size() < ROOM || entries.containsKey(key)) {
            return;
        }
        Instant now = clock.instant();
        users.values().removeIf(until -> !now.isBefore(until));
        tokens.values().removeIf(until -> !now.isBefore(until));
        cuts.values().removeIf(cut -> !now.isBefore(cut.until));
        if (entries.size() >= ROOM) {
            throw ClientError.LIMIT_EXCEEDED.because(ROOM + " blocks or revocations are in force");
        }
    }

    /** Returns whether the user is blocked at present. */
    boolean isBlocked(String user) {
        return isAhead(users.get(user));
    }

    /** Returns the reason to disconnect the user, or null. */
    @Nullable
    Disconnect refusal(Identity identity) {
        if (isBlocked(identity.user())) {
            return BLOCKED_USER;
        }
        return isRevoked(identity.user(), identity.token()) ? REVOKED_TOKEN : null;
    }

    /**
     * Checks that nothing of the identity is refused.
     *
     * @throws Disconnect the {@link #refusal}
     */
    void require(Identity identity) {
        Disconnect refusal = refusal(identity);
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Returns true if the user's token, null for none, is refused. */
    boolean isRevoked(String user, @Nullable TokenId token) {
        if (token == null) {
            return false;
        }
        Cut cut = cuts.get(user);
        boolean isBefore = cut != null
                && isAhead(cut.until)
                && (token.issuedAt() == null || token.issuedAt().isBefore(cut.issued));
        return isBefore || !token.id().isEmpty() && isAhead(tokens.get(token.id()));
    }

    private boolean isAhead(@Nullable Instant until) {
        return until != null && clock.instant().isBefore(until);
    }
}
