package dev.switchboard.engine.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import javax.net.ServerSocketFactory;

/** Stands between a client and a server on loopback, and does to their bytes what a network does. */
public final class Proxy implements AutoCloseable {

    private static final int BUFFER = 16 * 1024;

    private volatile int target;
    private final ServerSocket door;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile boolean hole;
    private volatile boolean mute;
    private volatile boolean closed;
    private volatile long delayMillis;

    public Proxy(int target) {
        this(target, ServerSocketFactory.getDefault());
    }

    /** Creates a proxy whose side towards the client is what the factory makes, such as TLS. */
    public Proxy(int target, ServerSocketFactory doors) {
        this.target = target;
        try {
            door = doors.createServerSocket(RedisServer.freePort(), 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    public int port() {
        return door.getLocalPort();
    }

    /** Leads new connections to another server. */
    public void lead(int port) {
        target = port;
    }

    /** Swallows all bytes from now on, and closes nothing; or forwards new bytes again. */
    public void hole(boolean open) {
        hole = open;
    }

    /** Swallows what the server sends from now on, and forwards what the client sends; or forwards both. */
    public void mute(boolean silent) {
        mute = silent;
    }

    /** Holds each packet back for so long. */
    public void delay(long millis) {
        delayMillis = millis;
    }

    /** Ends all connections; new ones can come. */
    public void cut() {
        sockets.forEach(Proxy::close);
        sockets.clear();
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException | InterruptedException ended) {
                return;
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (!closed) {
            Socket client = door.accept();
            sockets.add(client);
            start(() -> serve(client));
        }
    }

    private void serve(Socket client) throws IOException, InterruptedException {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            sockets.add(server);
            server.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
            start(() -> pump(client, server, () -> !hole));
            pump(server, client, () -> !hole && !mute);
        }
    }

    private void pump(Socket from, Socket to, BooleanSupplier open) throws IOException, InterruptedException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (delayMillis > 0) {
                    Thread.sleep(delayMillis);
                }
                if (open.getAsBoolean()) {
                    out.write(buffer, 0, read);
                }
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
