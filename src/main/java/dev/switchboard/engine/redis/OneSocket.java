package dev.switchboard.engine.redis;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Opens one socket, once: a connection that has ended would otherwise open another one by itself.
 *
 * <p>Any thread may close it, also while it connects.
 */
final class OneSocket implements JedisSocketFactory {

    private final HostAndPort server;
    private final boolean tls;
    private final int timeout; // in milliseconds, for each step
    private @Nullable Socket plain;
    private boolean used;
    private boolean closed;

    OneSocket(HostAndPort server, boolean tls, Duration timeout) {
        this.server = server;
        this.tls = tls;
        this.timeout = Math.toIntExact(timeout.toMillis());
    }

    @Override
    public Socket createSocket() {
        Socket socket = first();
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), timeout);
            socket.setSoTimeout(timeout);
            return tls ? encrypted(socket) : socket;
        } catch (IOException e) {
            close();
            throw new JedisConnectionException(e.getMessage(), e);
        }
    }

    private synchronized Socket first() {
        if (used || closed) {
            throw new JedisConnectionException("the connection has ended");
        }
        used = true;
        Socket socket = new Socket();
        plain = socket;
        return socket;
    }

    private Socket encrypted(Socket socket) throws IOException {
        SSLSocket encrypted =
                (SSLSocket) context().getSocketFactory().createSocket(socket, server.getHost(), server.getPort(), true);
        SSLParameters parameters = encrypted.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        encrypted.setSSLParameters(parameters);
        encrypted.startHandshake();
        return encrypted;
    }

    /** Returns what the trust store of the JVM, or the container, has set. */
    private static SSLContext context() throws IOException {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IOException("the JVM has no TLS: " + e.getMessage(), e);
        }
    }

    /**
     * Frees all threads that read and write. Never blocks: only the plain socket is closed, because
     * TLS would wait for a writer that is stuck.
     */
    synchronized void close() {
        closed = true;
        if (plain != null) {
            try {
                plain.close();
            } catch (IOException alreadyGone) { // there is nothing left to free
                return;
            }
        }
    }
}
