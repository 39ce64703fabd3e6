// Relays messages on `ws`, like the examples of that library.
import { WebSocket, WebSocketServer } from 'ws';

const rooms = new Map();

new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 }).on('connection', (socket, request) => {
  if (!rooms.has(request.url)) rooms.set(request.url, new Set());
  const room = rooms.get(request.url);
  room.add(socket);
  socket.on('close', () => room.delete(socket));
  socket.on('error', () => {});
  socket.on('message', (data, binary) => {
    for (const peer of room) {
      if (peer !== socket && peer.readyState === WebSocket.OPEN) peer.send(data, { binary });
    }
  });
});
