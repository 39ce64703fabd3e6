package dev.switchboard.web;

import java.util.concurrent.Executor;

/** The connection that carries an answer that does not end, as far as the container shows it to the relay. */
interface Carrier {

    /** A connection that the container does not show. */
    Carrier UNSEEN = new Carrier() {
        @Override
        public void watch(Runnable gone) {}

        @Override
        public void keepLittle() {}
    };

    /**
     * Tells that the client has gone. Nothing reads from the connection while the answer is under way, so without this the relay learns of it only
     * when it writes. To be called once, when the request has been read to its end; {@code gone} runs at most once, on any thread.
     */
    void watch(Runnable gone);

    /** As in {@link dev.switchboard.hub.Transport}. */
    void keepLittle();

    /** Of the request that this thread serves. {@code closing} is for closing connections alone. */
    static Carrier ofCurrentRequest(Executor closing) {
        Carrier known = Transports.SEES_UNDERTOW ? UndertowCarrier.ofCurrentRequest(closing) : null;
        return known == null ? UNSEEN : known;
    }
}
