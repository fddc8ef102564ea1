/**
 * A port for the server of a flow, in a host's own network: one that nobody has there, out of a range that neither NodePorts nor connections of
 * the kernel's own choice come from.
 */
import type { Docker } from '../docker.js';

const FIRST = 27_000;
const LAST = 27_999;
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6', '/proc/net/udp', '/proc/net/udp6'];
const LISTEN = '0A';

interface Local {
  readonly port: number;
  readonly listens: boolean;
}

/** Rows of /proc/net/tcp and its kin: `sl local_address rem_address st`, the port in hexadecimal. */
export function localPorts(text: string): readonly Local[] {
  return [...text.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm)].map(
    ([, port = '', state]) => ({ port: Number.parseInt(port, 16), listens: state === LISTEN }),
  );
}

async function portsOf(docker: Docker, container: string): Promise<readonly Local[]> {
  // A kernel without IPv6 has no tables of it, and cat reads the others.
  const { stdout } = await docker.exec(container, ['cat', ...TABLES]);
  return localPorts(stdout);
}

export async function isListening(docker: Docker, container: string, port: number): Promise<boolean> {
  return (await portsOf(docker, container)).some((local) => local.port === port && local.listens);
}

/** Hands out each port once, whoever is asked for, so that servers that have not started yet do not collide. */
export class FlowPorts {
  #next = FIRST;

  constructor(readonly docker: Docker) {}

  /** Without a container nobody is asked: a network of a pod's own cannot be looked into, and hardly has servers there. */
  async take(container?: string): Promise<number> {
    const taken = new Set(
      container === undefined ? [] : (await portsOf(this.docker, container)).map(({ port }) => port),
    );
    for (let tried = FIRST; tried <= LAST; tried++) {
      const port = this.#next;
      this.#next = port === LAST ? FIRST : port + 1;
      if (!taken.has(port)) return port;
    }
    throw new Error(`no free port from ${FIRST} to ${LAST} in ${container ?? 'the pod'}`);
  }
}
