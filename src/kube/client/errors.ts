/** How Go's net, net/http and crypto/tls word what went wrong on the way to an API server. */
import type { Ipv4 } from '../../base/ip.js';
import { formatIpv4 } from '../../base/ip.js';
import type { Errno, TcpSocket } from '../../net/sockets.js';
import type { Identity } from '../api/wire.js';

const ERRNO: Readonly<Record<Errno, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EADDRINUSE: 'address already in use',
};

const endpoint = (ip: Ipv4, port: number) => `${formatIpv4(ip)}:${port}`;

export function dialError(ip: Ipv4, port: number, why: Errno): string {
  return `dial tcp ${endpoint(ip, port)}: connect: ${ERRNO[why]}`;
}

export function dialTimeoutError(ip: Ipv4, port: number): string {
  return `dial tcp ${endpoint(ip, port)}: i/o timeout`;
}

/** Of a connection that was established. */
export function readError({ local, remote }: TcpSocket, why: Errno | 'eof'): string {
  if (why === 'eof') return 'unexpected EOF';
  const ends = `${endpoint(local.ip, local.port)}->${endpoint(remote.ip, remote.port)}`;
  return `read tcp ${ends}: read: ${ERRNO[why]}`;
}

export function closedError({ local, remote }: TcpSocket): string {
  const ends = `${endpoint(local.ip, local.port)}->${endpoint(remote.ip, remote.port)}`;
  return `read tcp ${ends}: use of closed network connection`;
}

/** crypto/x509: why a client does not trust this server, or undefined. `asked` is the name or address it dialled. */
export function certificateError(identity: Identity, authority: string, asked: string): string | undefined {
  if (identity.authority !== authority) return 'x509: certificate signed by unknown authority';
  if (identity.names.includes(asked)) return undefined;
  return `x509: certificate is valid for ${identity.names.join(', ')}, not ${asked}`;
}

/** k8s.io/apimachinery util/net IsConnectionRefused. */
export function isRefused(error: string): boolean {
  return error.endsWith(ERRNO.ECONNREFUSED);
}

/** k8s.io/apimachinery util/net IsProbableEOF: a watch that ended so is simply begun anew. */
export function isProbableEof(error: string): boolean {
  return /EOF|connection reset by peer|use of closed network connection/.test(error);
}
