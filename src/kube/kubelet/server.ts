/**
 * kubelet's own listeners: :10250 over TLS with a certificate of its own, and the health port on loopback. Everybody who asks is
 * anonymous and refused, but learns who answered.
 */
import { ipv4 } from '../../base/ip.js';
import type { HostKernel, Listener, TcpSocket } from '../../net/sockets.js';
import type { Identity } from '../api/wire.js';
import { serveHttp } from '../http-server.js';

export const KUBELET_PORT = 10_250;
export const KUBELET_HEALTH_PORT = 10_248;
const PROCESS = 'kubelet';

export class KubeletServer {
  readonly #listeners: (Listener | undefined)[] = [];
  readonly #sockets = new Set<TcpSocket>();

  constructor(
    readonly host: HostKernel,
    readonly identity: Identity,
  ) {}

  start(): void {
    const { host, identity } = this;
    const refuse = () => ({ status: 401, body: 'Unauthorized' });
    const health = (path: string) => (path === '/healthz' ? { status: 200, body: 'ok' } : { status: 404, body: '' });
    this.#listeners.push(
      host.listen(null, KUBELET_PORT, PROCESS, (socket) => serveHttp(socket, this.#sockets, refuse, identity)),
      host.listen(ipv4('127.0.0.1'), KUBELET_HEALTH_PORT, PROCESS, (socket) =>
        serveHttp(socket, this.#sockets, health),
      ),
    );
  }

  stop(): void {
    for (const listener of this.#listeners) listener?.close();
    for (const socket of this.#sockets) socket.abort();
    this.#sockets.clear();
  }
}
