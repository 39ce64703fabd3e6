package dev.switchboard.web;

import jakarta.websocket.Session;

/** Whose sessions these are, where that makes a difference. */
enum Container {
    /** Its classes are those that the relay sees. */
    UNDERTOW,
    /** Any other, or one that hides its classes. */
    OTHER;

    private static final Container UNDERTOW_IF_SEEN = isSeen() ? UNDERTOW : OTHER;

    private static boolean isSeen() {
        try {
            Class.forName("io.undertow.websockets.jsr.UndertowSession", false, Container.class.getClassLoader());
            Class.forName("org.xnio.conduits.StreamSinkConduit", false, Container.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException hidden) {
            return false;
        }
    }

    static Container of(Session session) {
        return session.getClass().getName().startsWith("io.undertow.") && !session.isSecure()
                ? UNDERTOW_IF_SEEN
                : OTHER;
    }
}
