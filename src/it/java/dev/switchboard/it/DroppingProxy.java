package dev.switchboard.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A TCP proxy on loopback that can drop all bytes, as a broken network does. */
final class DroppingProxy implements AutoCloseable {

    private final URI target;
    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile boolean dropping;

    DroppingProxy(URI target) throws IOException {
        this.target = target;
        start(this::accept);
    }

    /** Returns the address of the target through this proxy. */
    URI uri() {
        return URI.create(target.toString().replace(":" + target.getPort(), ":" + door.getLocalPort()));
    }

    /** Drops all bytes from now on, in both directions, and closes nothing. */
    void drop() {
        dropping = true;
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException closed) {
                // the connection or the proxy is closed
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = door.accept();
            Socket server = new Socket();
            sockets.addAll(List.of(client, server));
            server.connect(new InetSocketAddress(target.getHost(), target.getPort()));
            start(() -> pump(client, server));
            start(() -> pump(server, client));
        }
    }

    private void pump(Socket from, Socket to) throws IOException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[8192];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            if (!dropping) {
                out.write(buffer, 0, read);
            }
        }
        if (!dropping) {
            to.shutdownOutput();
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
