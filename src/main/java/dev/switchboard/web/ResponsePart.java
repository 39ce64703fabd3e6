package dev.switchboard.web;

import dev.switchboard.spi.Transport.Completion;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes bytes that belong together, in steps: write, flush, done.
 *
 * <p>Before each step the caller asks {@code isReady()}. If that is true before the last step, the
 * container has taken all. One thread at a time uses a part.
 */
final class ResponsePart {

    private enum Step {
        WRITE,
        FLUSH,
        DONE
    }

    private final byte[] bytes;
    private final boolean flush;
    private final @Nullable HttpError error;
    private final @Nullable Completion completion;
    private Step next = Step.WRITE;
    private boolean again;

    private ResponsePart(byte[] bytes, boolean flush, @Nullable HttpError error, @Nullable Completion completion) {
        this.bytes = bytes;
        this.flush = flush;
        this.error = error;
        this.completion = completion;
    }

    static ResponsePart flushed(byte[] bytes, @Nullable Completion completion) {
        return new ResponsePart(bytes, true, null, completion);
    }

    static ResponsePart unflushed(byte[] bytes, Completion completion) {
        return new ResponsePart(bytes, false, null, completion);
    }

    /** Returns a part that replaces the status and the headers of the response as well. */
    static ResponsePart of(HttpError error) {
        return new ResponsePart(error.body(), true, error, null);
    }

    /** Makes this part flush twice: Open Liberty ignores the first flush of a response. */
    void flushAgain() {
        again = flush;
    }

    /** Takes the next step. Returns true if it was the last. */
    boolean step(HttpServletResponse response, ServletOutputStream out) throws IOException {
        switch (next) {
            case WRITE -> {
                if (error != null) {
                    error.begin(response);
                }
                next = Step.FLUSH;
                if (bytes.length > 0) {
                    out.write(bytes);
                }
            }
            case FLUSH -> {
                next = again ? Step.FLUSH : Step.DONE;
                again = false;
                if (flush) {
                    out.flush();
                }
            }
            case DONE -> {
                return true;
            }
        }
        return false;
    }

    /** Reports the end of the write; {@code failure} is null if the container has taken all. */
    void completed(@Nullable Throwable failure) {
        if (completion != null) {
            completion.completed(failure);
        }
    }
}
