package dev.switchboard.web;

import java.util.concurrent.Executor;

/** Watches the connection of a streaming response, where the container gives access to it. */
interface ResponseConnection {

    /** True with {@code java -jar} and on WildFly. */
    boolean SEES_UNDERTOW = ContainerClass.isVisible("io.undertow.servlet.handlers.ServletRequestContext")
            && ContainerClass.isVisible("org.xnio.conduits.StreamSourceConduit");

    /** Does nothing, for a connection to which the container gives no access. */
    ResponseConnection UNSEEN = new ResponseConnection() {
        @Override
        public void watch(Runnable gone) {}

        @Override
        public void limitBuffering() {}
    };

    /**
     * Runs {@code gone} when the client closes the connection: at most once, on any thread. The
     * caller calls this once, after the end of the request. Without it only a write notices the
     * end.
     */
    void watch(Runnable gone);

    /** Limits what the kernel buffers. */
    void limitBuffering();

    /**
     * Returns the connection of the request that this thread serves. {@code closing} runs nothing
     * but the closing of connections.
     */
    static ResponseConnection ofCurrentRequest(Executor closing) {
        ResponseConnection known = SEES_UNDERTOW ? UndertowResponseConnection.ofCurrentRequest(closing) : null;
        return known == null ? UNSEEN : known;
    }
}
