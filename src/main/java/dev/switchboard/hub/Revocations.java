package dev.switchboard.hub;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Identity;
import dev.switchboard.model.TokenId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The users and tokens that the application has blocked or revoked, each until its time.
 *
 * <p>None is forgotten earlier: where there is no room for one more, that is {@link ClientError#LIMIT_EXCEEDED}. Any thread.
 */
public final class Revocations {

    private static final int ROOM = 100_000;

    /** Tokens of before {@code issued} are void until {@code until}. */
    private record Cut(Instant issued, Instant until) {}

    private final InstantSource clock;
    private final Map<String, Instant> users = new ConcurrentHashMap<>();
    private final Map<String, Instant> tokens = new ConcurrentHashMap<>();
    private final Map<String, Cut> cuts = new ConcurrentHashMap<>();

    public Revocations(InstantSource clock) {
        this.clock = clock;
    }

    void block(String user, Instant until) {
        makeRoom(users, user);
        users.put(user, until);
    }

    void unblock(String user) {
        users.remove(user);
    }

    /** The token of that id is void. */
    void revoke(String id, Instant until) {
        makeRoom(tokens, id);
        tokens.put(id, until);
    }

    /** All tokens of the user that were issued before are void, and those that do not say when. */
    void revokeIssuedBefore(String user, Instant issued, Instant until) {
        makeRoom(cuts, user);
        cuts.put(user, new Cut(issued, until));
    }

    private void makeRoom(Map<String, ?> known, String key) {
        if (known.size() < ROOM || known.containsKey(key)) {
            return;
        }
        Instant now = clock.instant();
        users.values().removeIf(until -> !now.isBefore(until));
        tokens.values().removeIf(until -> !now.isBefore(until));
        cuts.values().removeIf(cut -> !now.isBefore(cut.until));
        if (known.size() >= ROOM) {
            throw ClientError.LIMIT_EXCEEDED;
        }
    }

    /** Why somebody may not be here, null if that is not so. */
    @Nullable
    Disconnect refusal(Identity who) {
        if (holds(users.get(who.user()))) {
            return Disconnect.FORCED;
        }
        return isRevoked(who.user(), who.token()) ? Disconnect.INVALID_TOKEN : null;
    }

    /** A {@link Disconnect} for one who may not be here. */
    void require(Identity who) {
        Disconnect refusal = refusal(who);
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Whether the user's token, null for none, is void. */
    boolean isRevoked(String user, @Nullable TokenId token) {
        if (token == null) {
            return false;
        }
        Cut cut = cuts.get(user);
        boolean isBefore = cut != null
                && holds(cut.until)
                && (token.issuedAt() == null || token.issuedAt().isBefore(cut.issued));
        return isBefore || !token.id().isEmpty() && holds(tokens.get(token.id()));
    }

    private boolean holds(@Nullable Instant until) {
        return until != null && clock.instant().isBefore(until);
    }
}
