package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A bug of a node, and the promise that it breaks. */
enum RedisBug {
    NONE(null, Map.of()),

    /** The epoch stays when Redis has gone back. */
    UNFENCED_SCRIPT(
            Promise.A_POSITION_HAS_ONE_PUBLICATION, Map.of("ARGV[1] == '1' and meta[3] ~= generation", "false")),

    /** A position of another epoch is taken for one of this epoch. */
    IGNORED_EPOCH(
            Promise.A_DEAD_EPOCH_DOES_NOT_RECOVER,
            Map.of(
                    "limit == 0 or ARGV[4] ~= '' and ARGV[4] ~= epoch or",
                    "limit == 0 or",
                    "local page = {epoch .. ' ' .. top}",
                    "local page = {(ARGV[4] == '' and epoch or ARGV[4]) .. ' ' .. top}")),

    /** An idempotency key answers with a position of an epoch that is over. */
    KEY_OF_A_DEAD_EPOCH(
            Promise.A_KEY_ANSWERS_WITH_A_LIVE_EPOCH,
            Map.of("string.sub(first, 1, #epoch + 1) == epoch .. ' '", "true")),

    /** The node announces a publication after the script has stored it. */
    ANNOUNCEMENT_OUTSIDE_THE_SCRIPT(
            Promise.PUBLICATIONS_COME_IN_ORDER,
            Map.of("redis.call(ARGV[5], ARGV[4], 'p' .. position .. ' ' .. ARGV[6])", "")),

    /** A client can be told that it is subscribed before Redis has confirmed the channel. */
    SUBSCRIBED_BEFORE_THE_CONFIRMATION(Promise.A_SUBSCRIPTION_HEARS_ALL_THAT_FOLLOWS, Map.of()),

    /** Offsets below the expected one are dropped. */
    LOWER_OFFSETS_DROPPED(Promise.A_LOSS_IS_TOLD, Map.of());

    /** What the engine promises. */
    enum Promise {
        A_POSITION_HAS_ONE_PUBLICATION,
        A_DEAD_EPOCH_DOES_NOT_RECOVER,
        A_KEY_ANSWERS_WITH_A_LIVE_EPOCH,
        PUBLICATIONS_COME_IN_ORDER,
        A_SUBSCRIPTION_HEARS_ALL_THAT_FOLLOWS,
        A_LOSS_IS_TOLD
    }

    private final @Nullable Promise breaks;
    private final Map<String, String> changes;

    RedisBug(@Nullable Promise breaks, Map<String, String> changes) {
        this.breaks = breaks;
        this.changes = changes;
    }

    @Nullable
    Promise breaks() {
        return breaks;
    }

    /** Returns the script with this bug; the same script if the bug is elsewhere. */
    Script plantedIn(Script script) {
        String sound = new String(script.text(), UTF_8);
        String text = sound;
        for (Map.Entry<String, String> change : changes.entrySet()) {
            text = text.replace(change.getKey(), change.getValue());
        }
        return text.equals(sound) ? script : new Script(text);
    }
}
