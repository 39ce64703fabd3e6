package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * Reads scripts beside this class, and makes their arguments.
 *
 * @param fence whether the epochs of streams and the presence end when Redis may have gone back
 * @param skew moves the clock of Redis on, in milliseconds; for tests
 */
record Scripts(Keys keys, boolean fence, LongSupplier skew) {

    /** Without this line Redis looks at each command, and takes {@code PUBLISH} for no write. */
    private static final String ALLOW_OOM = "#!lua flags=allow-oom\n";

    private static final byte[] PUBLISH = "PUBLISH".getBytes(UTF_8);
    private static final byte[] SHARDED_PUBLISH = "SPUBLISH".getBytes(UTF_8);

    /** Returns a script out of the files with these names, one after the other. */
    static Script script(String... names) {
        return new Script(text(names));
    }

    /**
     * Returns a script that stores little. It runs also if the memory of Redis is full, but never on a
     * replica, even if it only publishes.
     */
    static Script frugalScript(String... names) {
        return new Script(ALLOW_OOM + text(names));
    }

    private static String text(String... names) {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            try (InputStream in = Objects.requireNonNull(Scripts.class.getResourceAsStream(name + ".lua"), name)) {
                text.append(new String(in.readAllBytes(), UTF_8)).append('\n');
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return text.toString();
    }

    /** Returns the first two arguments of scripts that begin with {@code common}, and room for more. */
    List<byte[]> arguments() {
        List<byte[]> arguments = new ArrayList<>(12);
        arguments.add(bytes(fence ? "1" : "0"));
        arguments.add(bytes(skew.getAsLong()));
        return arguments;
    }

    /** Returns the command that announces at the place. */
    static byte[] announcing(Place place) {
        return place.sharded() ? SHARDED_PUBLISH : PUBLISH;
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static byte[] bytes(long number) {
        return bytes(Long.toString(number));
    }
}
