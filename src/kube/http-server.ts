/** A small HTTP server over an accepted connection, with TLS where it has an identity: health ports, kubelet, pods. */
import type { TcpSocket } from '../net/sockets.js';
import type { ClientFrame, Identity } from './api/wire.js';
import { isFrame, SIZES } from './api/wire.js';

export type HttpHandler = (path: string) => { readonly status: number; readonly body: string };

/** `sockets` holds the connection while it is open, so that the owner can end it. */
export function serveHttp(socket: TcpSocket, sockets: Set<TcpSocket>, handle: HttpHandler, identity?: Identity): void {
  sockets.add(socket);
  const answer = (status: number, body: string) =>
    socket.send({ type: 'http-response', status, body }, SIZES.small + body.length);
  socket.handlers = {
    message: (message) => {
      const frame = isFrame(message) ? (message as ClientFrame) : undefined;
      if (frame?.type === 'client-hello' && identity) {
        return socket.send({ type: 'server-hello', identity }, SIZES.serverHello);
      }
      if (frame?.type !== 'http-request') return answer(400, 'Bad Request');
      const { status, body } = handle(frame.path);
      answer(status, body);
    },
    closed: (why) => {
      sockets.delete(socket);
      if (why === 'eof') socket.close();
    },
  };
}
