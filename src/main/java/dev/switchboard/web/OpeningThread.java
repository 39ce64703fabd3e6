package dev.switchboard.web;

/**
 * Frees the thread that opens a session, if it waits for itself.
 *
 * <p>On Payara 6.2025.9 and GlassFish 7 (Tyrus 2.1), {@code TyrusHttpUpgradeHandler.init} begins to
 * listen before it makes the connection. If bytes or the end of the connection are there already, the
 * same thread reads them at once, and waits for the connection that it has yet to make. The HTTP pool
 * has five threads, so five clients that break off their handshakes would stop the server.
 */
final class OpeningThread {

    private static final String HANDLER = "TyrusHttpUpgradeHandler";

    private final Thread thread;

    OpeningThread(Thread thread) {
        this.thread = thread;
    }

    /** Interrupts the thread if it waits for itself. Tyrus then goes on, and the connection fails. */
    void free() {
        boolean reads = false;
        boolean opens = false;
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().endsWith(HANDLER)) {
                reads |= frame.getMethodName().equals("onDataAvailable");
                opens |= frame.getMethodName().equals("init");
            }
        }
        if (reads && opens && thread.getState() == Thread.State.WAITING) {
            thread.interrupt();
        }
    }
}
