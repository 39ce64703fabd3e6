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

/** A bad network: a proxy on loopback that passes TCP on until it is told otherwise. */
final class Chaos implements AutoCloseable {

    private final URI target;
    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile boolean hole;

    Chaos(URI target) throws IOException {
        this.target = target;
        start(this::accept);
    }

    /** The target, by way of this proxy. */
    URI uri() {
        return URI.create(target.toString().replace(":" + target.getPort(), ":" + door.getLocalPort()));
    }

    /** From now on nothing passes, in both directions, and nobody is told. */
    void hole() {
        hole = true;
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException closed) {
                // an end of a connection, or of the proxy
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
            if (!hole) {
                out.write(buffer, 0, read);
            }
        }
        if (!hole) {
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
