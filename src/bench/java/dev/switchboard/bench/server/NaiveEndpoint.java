package dev.switchboard.bench.server;

import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Relays messages with the simplest code: a concurrent set of peers for each room. Each peer has an
 * unbounded queue and one asynchronous send at a time, on the thread that received the message.
 */
@ServerEndpoint("/raw/{room}")
public final class NaiveEndpoint {

    private static final Map<String, Set<Peer>> ROOMS = new ConcurrentHashMap<>();

    private static final class Peer implements SendHandler {
        private final Session session;
        private final Queue<String> waiting = new ConcurrentLinkedQueue<>();
        private final AtomicInteger turns = new AtomicInteger();
        private volatile boolean sending;

        Peer(Session session) {
            this.session = session;
        }

        void send(String message) {
            waiting.add(message);
            next();
        }

        @Override
        public void onResult(SendResult result) {
            sending = false;
            next();
        }

        /**
         * Sends the next message of the queue. If a send completes within its call, the loop on the
         * stack goes on.
         */
        private void next() {
            if (turns.getAndIncrement() > 0) {
                return;
            }
            do {
                String message = sending ? null : waiting.poll();
                if (message != null) {
                    sending = true;
                    session.getAsyncRemote().sendText(message, this);
                }
            } while (turns.decrementAndGet() > 0);
        }
    }

    @OnOpen
    public void open(Session session, @PathParam("room") String room) {
        Peer peer = new Peer(session);
        session.getUserProperties().put("peer", peer);
        ROOMS.computeIfAbsent(room, name -> ConcurrentHashMap.newKeySet()).add(peer);
    }

    /** Receives a message. Without a maximum size, Tomcat accepts only 8 KiB. */
    @OnMessage(maxMessageSize = 65536)
    public void receive(Session session, String message, @PathParam("room") String room) {
        Object from = session.getUserProperties().get("peer");
        for (Peer peer : ROOMS.getOrDefault(room, Set.of())) {
            if (peer != from) {
                try {
                    peer.send(message);
                } catch (RuntimeException gone) {
                    // the container calls close next
                }
            }
        }
    }

    @OnClose
    public void close(Session session, CloseReason why, @PathParam("room") String room) {
        ROOMS.getOrDefault(room, Set.of()).remove(session.getUserProperties().get("peer"));
    }

    /** Ignores broken connections. Without this method, the container logs each of them. */
    @OnError
    public void fail(Throwable failure) {}
}
