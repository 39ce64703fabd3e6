package dev.switchboard.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.console.Operator.Mode;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Knows the operators: checks their passwords, and keeps their sessions on this node. Any thread;
 * only {@link #login} takes a moment.
 */
public final class Operators {

    /** The answer to a password. */
    public sealed interface Answer {}

    /**
     * The password is right.
     *
     * @param session the value of the cookie
     */
    public record Session(String session, Operator operator) implements Answer {}

    /** The password is wrong, or it was not checked because of too many tries. */
    public enum Refusal implements Answer {
        WRONG,
        /** Too many passwords are being checked at this moment. */
        BUSY
    }

    /** Too many wrong passwords came from the address; the next try may come after the seconds. */
    public record Pause(int seconds) implements Answer {}

    /** The time after which an unused session ends. */
    private static final long IDLE = Duration.ofHours(12).toNanos();

    private static final int MAX_SESSIONS = 1_000;

    /** Maximum characters of a password that is checked. */
    private static final int MAX_LENGTH = 1_024;

    private static final int SECRET_BYTES = 32;

    /** Checks at a time; each takes a processor for a moment. */
    private static final int CHECKS = 2;

    private static final class Known {
        final Mode mode;
        long used;

        Known(Mode mode, long used) {
            this.mode = mode;
            this.used = used;
        }
    }

    private final ConsoleSettings settings;
    private final LongSupplier nanoTime;
    private final SecureRandom random = new SecureRandom();
    private final byte[] secret = new byte[SECRET_BYTES];
    private final LoginLimit limit;
    private final Semaphore checks = new Semaphore(CHECKS);

    /** By the digest of the cookie, so that a look-up says nothing about it; guarded by this. */
    private final Map<String, Known> sessions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MAX_SESSIONS;
        }
    };

    /** {@code nanoTime} is monotonic, as {@link System#nanoTime}. */
    public Operators(ConsoleSettings settings, LongSupplier nanoTime) {
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.limit = new LoginLimit(nanoTime);
        random.nextBytes(secret);
    }

    /** Checks the password of an operator at the address, and begins a session. */
    public Answer login(String password, String address) {
        int pause = limit.take(address);
        if (pause > 0) {
            return new Pause(pause);
        }
        if (!checks.tryAcquire()) {
            return Refusal.BUSY;
        }
        Mode mode;
        try {
            mode = password.length() > MAX_LENGTH ? null : mode(password);
        } finally {
            checks.release();
        }
        if (mode == null) {
            return Refusal.WRONG;
        }
        limit.forget(address);
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        String session = base64(bytes);
        synchronized (this) {
            sessions.put(name(session), new Known(mode, nanoTime.getAsLong()));
        }
        return new Session(session, operator(session, address, mode));
    }

    /** Returns null if the password is wrong. Checks both, so that the time says nothing. */
    private @Nullable Mode mode(String password) {
        boolean all = settings.password().is(password);
        boolean reader = settings.readerPassword().is(password);
        return all ? Mode.ALL : reader ? Mode.READ : null;
    }

    private Operator operator(String session, String address, Mode mode) {
        return new Operator("password", address, mode, csrf("session " + session), () -> use(session) != null);
    }

    /** Returns the operator of the session; null if the session has ended or never was. */
    public @Nullable Operator find(String session, String address) {
        Mode mode = use(session);
        return mode == null ? null : operator(session, address, mode);
    }

    private synchronized @Nullable Mode use(String session) {
        String name = name(session);
        Known known = sessions.get(name);
        long now = nanoTime.getAsLong();
        if (known != null && now - known.used > IDLE) {
            sessions.remove(name);
            return null;
        }
        if (known == null) {
            return null;
        }
        known.used = now;
        return known.mode;
    }

    /** Returns the operator that is a user of the container, with that right. */
    public Operator ofContainer(String user, String address, Mode mode) {
        return new Operator(user, address, mode, csrf("user " + user), () -> true);
    }

    /** Ends the session. May be called again. */
    public synchronized void logout(String session) {
        sessions.remove(name(session));
    }

    /** Returns whether the text is what the operator must bring. The time says nothing about it. */
    public static boolean isCsrf(Operator operator, @Nullable String sent) {
        return !operator.csrf().isEmpty()
                && sent != null
                && MessageDigest.isEqual(operator.csrf().getBytes(UTF_8), sent.getBytes(UTF_8));
    }

    private static String name(String session) {
        try {
            return base64(MessageDigest.getInstance("SHA-256").digest(session.getBytes(UTF_8)));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("this Java has no SHA-256", absent);
        }
    }

    private String csrf(String of) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return base64(mac.doFinal(of.getBytes(UTF_8)));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("this Java has no HMAC with SHA-256", absent);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
