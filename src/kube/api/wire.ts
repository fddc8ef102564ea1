/**
 * What goes over a TCP connection to a program that speaks TLS and HTTP, as messages: a hello that tells who answers, requests and
 * watches over one connection with HTTP/2's pings, and plain requests as a probe makes them.
 * Departs from TLS and HTTP/2: one round trip of handshake, no flow control; sizes are rough.
 */
import type { Answer } from './answer.js';
import type { Stored } from './objects.js';
import type { Change, List } from './store.js';

/** Who a server is. A client trusts those whose `authority` it knows, for the names it asked for. */
export interface Identity {
  /** The host on which it runs, for evidence; no client looks at it. */
  readonly host: string;
  readonly process: string;
  /** Issuer of its certificate: `kubernetes`, or `worker-1-ca@1` for kubelet's own. */
  readonly authority: string;
  /** DNS names and addresses that its certificate is for. */
  readonly names: readonly string[];
}

/** The first message of a client of a TLS server. A server that speaks no TLS answers something else or closes. */
export interface ClientHello {
  readonly type: 'client-hello';
  readonly serverName: string;
}

export interface ServerHello {
  readonly type: 'server-hello';
  readonly identity: Identity;
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface ApiRequest {
  readonly verb: Verb;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: 'status' | 'binding';
  /** create and update: the object; patch: a merge patch; binding: `{nodeName}`. */
  readonly body?: unknown;
  /** Field selector spec.nodeName. */
  readonly nodeName?: string;
  readonly labelSelector?: string;
  /** watch: changes after this revision, for so many seconds. */
  readonly since?: number;
  readonly timeoutSeconds?: number;
  readonly graceSeconds?: number;
}

export type ClientFrame =
  | ClientHello
  | { readonly type: 'request'; readonly id: number; readonly request: ApiRequest }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'ping' }
  | HttpRequest;

export type ServerFrame =
  | ServerHello
  | { readonly type: 'response'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'list'; readonly id: number; readonly list: List }
  /** A watch has begun. */
  | { readonly type: 'watching'; readonly id: number }
  | { readonly type: 'change'; readonly id: number; readonly change: Change }
  | { readonly type: 'bookmark'; readonly id: number; readonly revision: number }
  /** The server ended a watch in order. */
  | { readonly type: 'end'; readonly id: number }
  | { readonly type: 'pong' }
  | HttpResponse;

/** A plain request, as curl or a probe makes it; over TLS after the hellos, else alone. */
export interface HttpRequest {
  readonly type: 'http-request';
  readonly method: string;
  readonly path: string;
}

export interface HttpResponse {
  readonly type: 'http-response';
  readonly status: number;
  readonly body: string;
}

/** Bytes on the wire, roughly what a capture of the real thing shows. */
export const SIZES = { hello: 517, serverHello: 2300, request: 380, object: 1200, small: 90, ping: 17 } as const;

export function sizeOfList(items: readonly Stored[]): number {
  return SIZES.small + items.length * SIZES.object;
}

/** A message of this protocol, whatever else a peer may send. */
export function isFrame(message: unknown): message is ClientFrame | ServerFrame {
  return typeof message === 'object' && message !== null && typeof (message as { type?: unknown }).type === 'string';
}
