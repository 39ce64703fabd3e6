package dev.switchboard.launcher.server;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ends a process that has run out of memory, because the server may have lost threads.
 *
 * <p>It sees an {@link OutOfMemoryError} that ends a thread or that a library logs. It does not see
 * an error that a class catches and does not log; {@code -XX:+ExitOnOutOfMemoryError} does.
 */
final class OutOfMemory extends Handler {

    /** The exit status; {@code -XX:+ExitOnOutOfMemoryError} has the same. */
    private static final int STATUS = 3;

    /** The message of the JDK if the system refuses a thread; the other threads go on. */
    private static final String NO_THREAD = "unable to create";

    // made at the start, because there is no memory for them at the end
    private final byte[] lastLine =
            "switchboard: out of memory, the process ends; give the JVM more by -Xmx, and see src/docs/before-production.md\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private final FileOutputStream err = new FileOutputStream(FileDescriptor.err);
    private final Runtime runtime = Runtime.getRuntime();

    private OutOfMemory() {}

    /** Watches the log, and all threads without their own handler, from now on. */
    static void endProcess() {
        OutOfMemory end = new OutOfMemory();
        Logger log = Logger.getLogger("");
        Handler[] others = log.getHandlers();
        List.of(others).forEach(log::removeHandler);
        log.addHandler(end); // first, because the others need memory
        List.of(others).forEach(log::addHandler);
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            end.check(failure);
            System.err.print("Exception in thread \"" + thread.getName() + "\" "); // the words of the JDK
            failure.printStackTrace();
        });
    }

    @Override
    public void publish(LogRecord line) {
        check(line.getThrown());
    }

    private void check(@Nullable Throwable failure) {
        int depth = 0;
        for (Throwable cause = failure; cause != null && depth < 20; cause = cause.getCause()) {
            if (isFinal(cause)) {
                end();
            }
            depth++;
        }
    }

    private static boolean isFinal(Throwable failure) {
        return failure instanceof OutOfMemoryError
                && (failure.getMessage() == null || !failure.getMessage().contains(NO_THREAD));
    }

    private void end() {
        try {
            err.write(lastLine);
        } catch (IOException closed) {
            // there is no other place for the line
        } finally {
            runtime.halt(STATUS);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
