package dev.switchboard.launcher;

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
 * Ends a process that has run out of memory, because the server may have lost threads by then.
 *
 * <p>It sees an {@link OutOfMemoryError} that ends a thread, and one that a library catches and logs.
 * It does not see one that a class catches in silence; {@code -XX:+ExitOnOutOfMemoryError} does.
 */
final class OutOfMemory extends Handler {

    /** The exit status, as of the JVM's own option. */
    private static final int STATUS = 3;

    /** The JDK's words for a thread that the system refuses: the other threads go on. */
    private static final String NO_THREAD = "unable to create";

    // made at the start, because at the end there is no memory for it
    private final byte[] lastLine =
            "switchboard: out of memory, the process ends; give the JVM more by -Xmx, and see src/docs/before-production.md\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private final FileOutputStream err = new FileOutputStream(FileDescriptor.err);
    private final Runtime runtime = Runtime.getRuntime();

    private OutOfMemory() {}

    /** Watches the log and all threads without a handler of their own, from now on. */
    static void endsTheProcess() {
        OutOfMemory end = new OutOfMemory();
        Logger log = Logger.getLogger("");
        Handler[] others = log.getHandlers();
        List.of(others).forEach(log::removeHandler);
        log.addHandler(end); // first, because the others need memory
        List.of(others).forEach(log::addHandler);
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            end.heard(failure);
            System.err.print("Exception in thread \"" + thread.getName() + "\" "); // as the JDK says it
            failure.printStackTrace();
        });
    }

    @Override
    public void publish(LogRecord line) {
        heard(line.getThrown());
    }

    private void heard(@Nullable Throwable failure) {
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
            // There is no other place for the line.
        } finally {
            runtime.halt(STATUS);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
