package dev.switchboard.bench.server;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Relays messages on Vert.x, with an event loop for each core. */
public final class VertxServer {

    private static final Map<String, Set<ServerWebSocket>> ROOMS = new ConcurrentHashMap<>();

    private VertxServer() {}

    public static void main(String[] arguments) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(Integer.parseInt(arguments[0]))
                .setAcceptBacklog(4096);
        Vertx vertx = Vertx.vertx();
        vertx.deployVerticle(
                        () -> new VerticleBase() {
                            @Override
                            public Future<?> start() {
                                return vertx.createHttpServer(options)
                                        .webSocketHandler(VertxServer::open)
                                        .listen();
                            }
                        },
                        new DeploymentOptions()
                                .setInstances(Runtime.getRuntime().availableProcessors()))
                .onFailure(failure -> {
                    throw new IllegalStateException(failure);
                });
    }

    private static void open(ServerWebSocket socket) {
        Set<ServerWebSocket> room = ROOMS.computeIfAbsent(socket.path(), path -> ConcurrentHashMap.newKeySet());
        room.add(socket);
        socket.closeHandler(closed -> room.remove(socket));
        socket.exceptionHandler(failure -> room.remove(socket));
        socket.textMessageHandler(message -> {
            for (ServerWebSocket peer : room) {
                if (peer != socket) {
                    var written = peer.writeTextMessage(message);
                    if (written.failed()) {
                        room.remove(peer);
                    }
                }
            }
        });
    }
}
