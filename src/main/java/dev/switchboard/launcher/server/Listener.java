package dev.switchboard.launcher.server;

import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * Listens at one port with Undertow. The builder of Undertow itself shows no connection before its
 * first request.
 */
final class Listener {

    /** Bytes of the head of a request; a token has up to 8 KiB. */
    private static final int MAX_HEAD = 16 * 1024;

    /** Milliseconds from the first byte of a head to its last. */
    private static final int HEAD_TIME = 10_000;

    /** Milliseconds without a request, after which Undertow closes the connection. */
    private static final int IDLE_TIME = 60_000;

    private static final int TASKS_PER_THREAD = 8;

    private static final OptionMap HTTP = OptionMap.builder()
            .set(UndertowOptions.ALLOW_ENCODED_SLASH, true)
            .set(UndertowOptions.BUFFER_PIPELINED_DATA, true)
            .set(UndertowOptions.MAX_HEADER_SIZE, MAX_HEAD)
            .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, HEAD_TIME)
            .set(UndertowOptions.NO_REQUEST_TIMEOUT, IDLE_TIME)
            .set(UndertowOptions.MAX_ENTITY_SIZE, -1L) // the application has its own limit, and answers with the reason
            .getMap();

    private static final OptionMap SOCKETS = OptionMap.builder()
            .set(Options.TCP_NODELAY, true)
            .set(Options.REUSE_ADDRESSES, true)
            .set(Options.BACKLOG, 1000)
            .getMap();

    private final XnioWorker worker;
    private final AcceptingChannel<StreamConnection> port;

    private Listener(XnioWorker worker, AcceptingChannel<StreamConnection> port) {
        this.worker = worker;
        this.port = port;
    }

    /** Starts to listen. If that fails, all its threads end. */
    static Listener start(String host, int port, ByteBufferPool buffers, HttpHandler handler) throws IOException {
        int threads = Math.max(Runtime.getRuntime().availableProcessors(), 2);
        XnioWorker worker = Xnio.getInstance(Listener.class.getClassLoader())
                .createWorker(OptionMap.builder()
                        .set(Options.WORKER_IO_THREADS, threads)
                        .set(Options.WORKER_TASK_CORE_THREADS, threads * TASKS_PER_THREAD)
                        .set(Options.WORKER_TASK_MAX_THREADS, threads * TASKS_PER_THREAD)
                        .set(Options.TCP_NODELAY, true)
                        .set(Options.CORK, true)
                        .getMap());
        try {
            int connections = OpenFiles.forConnections();
            IdleConnections idle = new IdleConnections(handler);
            HttpOpenListener http = new HttpOpenListener(buffers, HTTP);
            http.setRootHandler(idle);
            ChannelListener<StreamConnection> opened = connection -> {
                idle.add(connection);
                http.handleEvent(connection);
            };
            AcceptingChannel<StreamConnection> accepting = worker.createStreamConnectionServer(
                    new InetSocketAddress(InetAddress.getByName(host), port),
                    ChannelListeners.openListenerAdapter(opened),
                    OptionMap.builder()
                            .addAll(SOCKETS)
                            .set(Options.WORKER_IO_THREADS, threads)
                            .set(Options.CONNECTION_HIGH_WATER, connections)
                            .set(Options.CONNECTION_LOW_WATER, connections)
                            .getMap());
            accepting.resumeAccepts();
            return new Listener(worker, accepting);
        } catch (IOException | RuntimeException failure) {
            worker.shutdownNow();
            throw failure;
        }
    }

    /** Returns the local port, also if 0 was asked for. */
    int port() {
        return port.getLocalAddress(InetSocketAddress.class).getPort();
    }

    /** Closes the port, and returns when all threads have ended. */
    void stop() {
        IoUtils.safeClose(port);
        worker.shutdown();
        try {
            worker.awaitTermination();
        } catch (InterruptedException stopping) {
            worker.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
