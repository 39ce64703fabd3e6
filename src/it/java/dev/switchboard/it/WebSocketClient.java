package dev.switchboard.it;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;

/** Connects by Eclipse Tyrus, and queues what it receives: strings and {@code List<Byte>}s. */
final class WebSocketClient extends Endpoint implements AutoCloseable {

    private static final int SECONDS = 30;

    private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<CloseReason> closed = new CompletableFuture<>();
    private final CompletableFuture<PongMessage> pong = new CompletableFuture<>();
    private final Session session;

    WebSocketClient(URI uri) {
        ClientManager client = ClientManager.createClient();
        client.getProperties().put(ClientProperties.SHARED_CONTAINER, true);
        client.getProperties().put("org.glassfish.tyrus.incomingBufferSize", 8_000_000);
        client.getProperties().put(ClientProperties.HANDSHAKE_TIMEOUT, SECONDS * 1000 / 2);
        try {
            session = connect(client, uri);
        } catch (DeploymentException | IOException failure) {
            throw new IllegalStateException("cannot connect to " + uri, failure);
        }
    }

    /**
     * Connects. On Payara, one handshake in many thousands is never answered; then the client tries
     * again.
     */
    private Session connect(ClientManager client, URI uri) throws DeploymentException, IOException {
        ClientEndpointConfig config = ClientEndpointConfig.Builder.create().build();
        try {
            return client.connectToServer(this, config, uri);
        } catch (DeploymentException failure) {
            boolean unanswered = "Handshake response not received.".equals(failure.getMessage());
            if (unanswered && "payara".equals(System.getProperty("arquillian.launch"))) {
                return client.connectToServer(this, config, uri);
            }
            throw failure;
        }
    }

    /**
     * Returns when the server has opened the session: containers answer the handshake before that,
     * and a ping after it.
     */
    WebSocketClient joined() throws Exception {
        session.getBasicRemote().sendPing(ByteBuffer.allocate(0));
        pong.get(SECONDS, TimeUnit.SECONDS);
        return this;
    }

    @Override
    public void onOpen(Session opened, EndpointConfig config) {
        opened.addMessageHandler(
                PongMessage.class, (MessageHandler.Whole<PongMessage>) message -> pong.complete(message));
        opened.addMessageHandler(String.class, (MessageHandler.Whole<String>) received::add);
        opened.addMessageHandler(
                ByteBuffer.class, (MessageHandler.Whole<ByteBuffer>) buffer -> received.add(bytes(buffer)));
    }

    @Override
    public void onClose(Session ended, CloseReason reason) {
        closed.complete(reason);
    }

    static List<Byte> bytes(ByteBuffer buffer) {
        return Stream.generate(buffer::get).limit(buffer.remaining()).toList();
    }

    /** Sends a text, and returns when the operating system has it. */
    void send(String text) throws IOException {
        session.getBasicRemote().sendText(text);
    }

    void send(byte[] bytes) throws IOException {
        session.getBasicRemote().sendBinary(ByteBuffer.wrap(bytes));
    }

    void sendPart(String text, boolean last) throws IOException {
        session.getBasicRemote().sendText(text, last);
    }

    void sendPart(byte[] part, boolean last) throws IOException {
        session.getBasicRemote().sendBinary(ByteBuffer.wrap(part), last);
    }

    /** Waits for the next message, and returns it. */
    Object next() throws InterruptedException {
        Object message = received.poll(SECONDS, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("nothing was received within " + SECONDS + " s");
        }
        return message;
    }

    List<Object> next(int count) throws InterruptedException {
        List<Object> messages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            messages.add(next());
        }
        return messages;
    }

    /** Returns the messages that were received and not returned yet. */
    List<Object> rest() {
        List<Object> messages = new ArrayList<>();
        received.drainTo(messages);
        return messages;
    }

    /** Waits for the end of the connection, and returns its reason. */
    CloseReason closed() throws Exception {
        return closed.get(SECONDS, TimeUnit.SECONDS);
    }

    boolean isOpen() {
        return session.isOpen();
    }

    void close(int code, String reason) throws IOException {
        session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(code), reason));
    }

    @Override
    public void close() throws IOException {
        if (session.isOpen()) {
            session.close();
        }
    }
}
