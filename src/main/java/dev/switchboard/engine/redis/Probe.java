package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;

/**
 * Watches one connection after the other: pings each second, and publishes to a channel of the link
 * each five seconds. A server can answer pings and deliver nothing.
 *
 * <p>The watchdog calls {@link #check}, the reading thread {@link #heard}.
 */
final class Probe {

    private static final long PING = TimeUnit.SECONDS.toNanos(1);
    private static final long PUBLISH = TimeUnit.SECONDS.toNanos(5);

    /** The watchdog looks ten times a second, so the whole process stood still meanwhile. */
    private static final long STANDSTILL = TimeUnit.SECONDS.toNanos(1);

    private static final int MAX_LOST = 2;

    private final byte[] channel;

    private volatile boolean heard;
    private volatile boolean deaf;
    // For the watchdog alone.
    private @Nullable Session session;
    private long lastCheck = System.nanoTime();
    private long patience; // until when nothing is too late
    private long nextPing;
    private long published;
    private boolean waits;
    private @Nullable Request asked;
    private int lost;

    Probe(byte[] channel) {
        this.channel = channel;
    }

    byte[] channel() {
        return channel;
    }

    void heard() {
        heard = true;
        deaf = false;
    }

    String fault() {
        return deaf ? "Redis answers, but delivers no messages" : "";
    }

    /** Returns why the connection must end, or null if it is well. */
    @Nullable
    String check(long now, boolean connected, Session current, Duration timeout) {
        if (now - lastCheck > STANDSTILL) {
            patience = now + timeout.toNanos();
        }
        lastCheck = now;
        if (session != current) {
            session = current;
            nextPing = now;
            published = now - PUBLISH;
            waits = false;
            lost = 0;
        }
        if (now - patience < 0) {
            return null;
        }
        if (current.isStuck(now, timeout.toNanos())) {
            return "no reply for " + timeout.toMillis() + " ms";
        }
        if (now - nextPing >= 0) {
            nextPing = now + PING;
            current.sendAnyway(Request.command(Command.PING));
        }
        return connected ? publish(now, current, timeout) : null;
    }

    private @Nullable String publish(long now, Session current, Duration timeout) {
        if (waits && heard) {
            waits = false;
            lost = 0;
        }
        // The message comes before the reply or right behind it, so without a reply nothing is known.
        if (waits && asked != null && asked.reply().isDone() && now - published > timeout.toNanos()) {
            waits = false;
            lost++;
            if (lost == MAX_LOST) {
                deaf = true;
                return fault();
            }
            published = now - PUBLISH;
        }
        if (!waits && now - published >= PUBLISH) {
            published = now;
            waits = true;
            heard = false;
            asked = Request.command(Command.PUBLISH, channel, "probe".getBytes(US_ASCII));
            current.sendAnyway(asked);
        }
        return null;
    }
}
