/**
 * The listening sockets by which kube-proxy before 1.24 keeps others from ports that Services take on this node.
 * Source: v1.20.10 pkg/proxy/util/port.go, ipvs/proxier.go openLocalPort. UDP sockets are taken for granted.
 */
import type { Ipv4 } from '../../base/ip.js';
import { formatIpv4 } from '../../base/ip.js';
import type { HostKernel, Listener } from '../../net/sockets.js';

export interface LocalPort {
  /** `externalIP for default/busybox`. */
  readonly description: string;
  /** Null: all addresses, for a node port. */
  readonly ip: Ipv4 | null;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** `"externalIP for default/busybox" (192.168.0.11:8888/tcp)`. */
export function renderLocalPort({ description, ip, port, protocol }: LocalPort): string {
  const at = ip === null ? `:${port}` : `${formatIpv4(ip)}:${port}`;
  return `${JSON.stringify(description)} (${at}/${protocol.toLowerCase()})`;
}

export class HeldPorts {
  readonly #host: HostKernel;
  readonly #opened: (port: LocalPort) => void;
  #held = new Map<string, Listener | undefined>();
  #wanted = new Map<string, Listener | undefined>();

  constructor(host: HostKernel, opened: (port: LocalPort) => void) {
    this.#host = host;
    this.#opened = opened;
  }

  /** False where another process has the port. */
  hold(port: LocalPort): boolean {
    const key = renderLocalPort(port);
    if (this.#held.has(key)) {
      this.#wanted.set(key, this.#held.get(key));
      return true;
    }
    // Nothing is ever accepted: a connection that gets here is made by the kernel and stays silent.
    const listener =
      port.protocol === 'TCP' ? this.#host.listen(port.ip, port.port, 'kube-proxy', null) : { close: () => {} };
    if (!listener) return false;
    this.#wanted.set(key, listener);
    this.#opened(port);
    return true;
  }

  /** Closes what this round did not ask for. */
  settle(): void {
    for (const [key, listener] of this.#held) if (!this.#wanted.has(key)) listener?.close();
    this.#held = this.#wanted;
    this.#wanted = new Map();
  }

  closeAll(): void {
    this.#wanted = new Map();
    this.settle();
  }
}
