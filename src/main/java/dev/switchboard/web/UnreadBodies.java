package dev.switchboard.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps request bodies from holding threads.
 *
 * <p>A container reads the rest of a body that a servlet has left, and one of its threads waits for
 * the rest. This filter reads the rest first, without a thread that waits (Servlet 6.0 section
 * 3.7), and ends the connection. It refuses a body where no servlet expects one.
 */
final class UnreadBodies extends HttpFilter {

    private static final HttpError UNEXPECTED =
            new HttpError(HttpServletResponse.SC_BAD_REQUEST, 107, "A request of this kind has no body.");

    private static final int MAX_BYTES = 1 << 20;
    private static final int BUFFER = 4096;

    private final transient HandshakeFilter filter;
    private final transient Set<Rest> underWay = ConcurrentHashMap.newKeySet();

    /** Passes requests to {@code filter}. */
    UnreadBodies(HandshakeFilter filter) {
        this.filter = filter;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!filter.isForRelay(request) || !hasBody(request)) {
            filter.doFilter(request, response, chain);
            return;
        }
        if (isExpected(request)) {
            filter.doFilter(request, response, chain);
        } else {
            UNEXPECTED.answer(response);
        }
        boolean servletReads = request.isAsyncStarted() || !request.isAsyncSupported();
        if (!servletReads && !isGrizzly(request.getServletContext().getServerInfo())) {
            if (!response.isCommitted()) {
                response.setHeader("Connection", "close");
            }
            response.flushBuffer();
            new Rest(StreamingServlet.async(request)).begin();
        }
    }

    /**
     * Returns true for Payara and GlassFish. Their HTTP server ends such a connection and holds no
     * thread for it, but does not end one whose rest is read here.
     */
    static boolean isGrizzly(String server) {
        return server.contains("Payara") || server.contains("GlassFish");
    }

    private static boolean hasBody(HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    }

    private boolean isExpected(HttpServletRequest request) {
        String method = request.getMethod();
        return !method.equals("GET")
                && !method.equals("HEAD")
                && (!HandshakeFilter.isPage(request) || filter.isWithoutServlet(request));
    }

    /** Ends each rest that takes longer. The caller calls this about once a second. */
    void check(Duration longest) {
        underWay.forEach(rest -> rest.check(longest));
    }

    /** Reads and drops the rest of one body. */
    private final class Rest implements ReadListener {
        private final AsyncContext context;
        private final ServletInputStream in;
        private final long since = System.nanoTime();
        private final AtomicBoolean over = new AtomicBoolean();
        private int bytes;

        Rest(AsyncContext context) throws IOException {
            this.context = context;
            this.in = context.getRequest().getInputStream();
        }

        void begin() {
            underWay.add(this);
            in.setReadListener(this);
        }

        void check(Duration longest) {
            if (System.nanoTime() - since > longest.toNanos()) {
                end();
            }
        }

        @Override
        public void onDataAvailable() throws IOException {
            byte[] buffer = new byte[BUFFER];
            while (!over.get() && in.isReady()) {
                int count = in.read(buffer);
                if (count < 0) {
                    return;
                }
                bytes += count;
                if (bytes > MAX_BYTES) {
                    end();
                }
            }
        }

        @Override
        public void onAllDataRead() {
            end();
        }

        @Override
        public void onError(Throwable failure) {
            end();
        }

        private void end() {
            underWay.remove(this);
            if (over.compareAndSet(false, true)) {
                context.complete();
            }
        }
    }
}
