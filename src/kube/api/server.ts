/**
 * kube-apiserver as a process on a control-plane host: listens on port 6443 of all addresses, answers requests and probes, and
 * streams watches over the connections that clients opened. An event sent into a connection that is cut is lost.
 * Departs from the real thing: several API servers share one store; an idle HTTP/2 connection without streams is kept.
 */
import { SECOND } from '../../base/instant.js';
import type { RandomStream } from '../../base/random.js';
import type { HostKernel, Listener, TcpSocket, Timer } from '../../net/sockets.js';
import type { KubeObject } from '../../scenario/model.js';
import { SERVER_KEEP_ALIVE, type Timings } from '../timings.js';
import type { Answer } from './answer.js';
import * as answers from './answer.js';
import { kindOf } from './kinds.js';
import type { Pod, Stored } from './objects.js';
import type { Registry } from './registry.js';
import type { Change, List, Subscription } from './store.js';
import type { ApiRequest, ClientFrame, Identity, ServerFrame } from './wire.js';
import { isFrame, SIZES, sizeOfList } from './wire.js';

export const API_PORT = 6443;

export interface ApiServerOptions {
  readonly host: HostKernel;
  readonly registry: Registry;
  readonly identity: Identity;
  readonly timings: Timings;
}

/** Health, as anonymous clients may ask it. */
const HEALTH = new Set(['/readyz', '/livez', '/healthz']);

export class ApiServer {
  readonly options: ApiServerOptions;
  readonly #sessions = new Set<Session>();
  readonly #random: RandomStream;
  #listener: Listener | undefined;

  constructor(options: ApiServerOptions) {
    this.options = options;
    this.#random = options.host.random('kube-apiserver');
  }

  /** False where somebody else has the port. */
  start(): boolean {
    const accept = (socket: TcpSocket) => {
      const session = new Session(this.options, socket, this.#random, () => this.#sessions.delete(session));
      this.#sessions.add(session);
    };
    const options = { keepAlive: SERVER_KEEP_ALIVE };
    this.#listener = this.options.host.listen(null, API_PORT, 'kube-apiserver', accept, options);
    return this.#listener !== undefined;
  }

  /** As a killed process: its connections are reset. */
  kill(): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const session of this.#sessions) session.abort();
    this.#sessions.clear();
  }
}

interface Watch {
  readonly subscription: Subscription;
  timer: Timer;
}

class Session {
  readonly #watches = new Map<number, Watch>();
  readonly #options: ApiServerOptions;
  readonly #socket: TcpSocket;
  readonly #random: RandomStream;
  readonly #ended: () => void;

  constructor(options: ApiServerOptions, socket: TcpSocket, random: RandomStream, ended: () => void) {
    this.#options = options;
    this.#socket = socket;
    this.#random = random;
    this.#ended = ended;
    socket.handlers = {
      message: (message) => {
        if (isFrame(message)) this.#receive(message as ClientFrame);
      },
      closed: (why) => this.#close(why),
    };
  }

  abort(): void {
    this.#stopWatches();
    this.#socket.abort();
  }

  #close(why: string): void {
    this.#stopWatches();
    if (why === 'eof') this.#socket.close();
    this.#ended();
  }

  #stopWatches(): void {
    for (const watch of this.#watches.values()) stop(watch);
    this.#watches.clear();
  }

  #send(frame: ServerFrame, bytes: number): void {
    this.#socket.send(frame, bytes);
  }

  #receive(frame: ClientFrame): void {
    switch (frame.type) {
      case 'client-hello':
        return this.#send({ type: 'server-hello', identity: this.#options.identity }, SIZES.serverHello);
      case 'ping':
        return this.#send({ type: 'pong' }, SIZES.ping);
      case 'cancel': {
        const watch = this.#watches.get(frame.id);
        if (watch) stop(watch);
        this.#watches.delete(frame.id);
        return;
      }
      case 'http-request': {
        const known = HEALTH.has(frame.path.split('?')[0] ?? '');
        const body = known ? 'ok' : 'Forbidden';
        return this.#send({ type: 'http-response', status: known ? 200 : 403, body }, SIZES.small);
      }
      case 'request':
        return this.#answer(frame.id, frame.request);
    }
  }

  #answer(id: number, request: ApiRequest): void {
    if (request.verb === 'watch') return this.#watch(id, request);
    if (request.verb === 'list') {
      const list = listFor(this.#options.registry, request);
      return this.#send({ type: 'list', id, list }, sizeOfList(list.items));
    }
    const answer = answerTo(this.#options.registry, request);
    this.#send({ type: 'response', id, answer }, answer.ok ? SIZES.object : SIZES.small);
  }

  #watch(id: number, request: ApiRequest): void {
    const { host, registry, timings } = this.#options;
    const pending: Change[] = [];
    let begun = false;
    const scope = { kind: request.kind, ...(request.nodeName !== undefined && { nodeName: request.nodeName }) };
    const observe = (change: Change) => {
      if (!begun) pending.push(change);
      else this.#send({ type: 'change', id, change }, SIZES.object);
    };
    const subscription = registry.store.watch(scope, request.since ?? 0, observe);
    if (subscription === 'expired') {
      const answer = answers.expired(`too old resource version: ${request.since} (${registry.store.revision})`);
      return this.#send({ type: 'response', id, answer }, SIZES.small);
    }
    this.#send({ type: 'watching', id }, SIZES.small);
    begun = true;
    for (const change of pending) observe(change);
    const lasts = request.timeoutSeconds === undefined ? timings.watchTimeoutMin : request.timeoutSeconds * SECOND;
    const end = host.now() + lasts;
    const watch: Watch = { subscription, timer: { cancel: () => {} } };
    this.#watches.set(id, watch);
    // Bookmarks come about a minute apart; a random first one keeps the watches of many clients from marching in step.
    this.#tick(id, watch, end, Math.round(timings.bookmark * (0.5 + this.#random.unit() / 2)));
  }

  #tick(id: number, watch: Watch, end: number, delay: number): void {
    const { host, registry, timings } = this.#options;
    const at = Math.min(end, host.now() + delay);
    watch.timer = host.after(Math.max(1, Math.round(at - host.now())), () => {
      if (host.now() >= end) {
        this.#watches.delete(id);
        stop(watch);
        return this.#send({ type: 'end', id }, SIZES.small);
      }
      this.#send({ type: 'bookmark', id, revision: registry.store.revision }, SIZES.small);
      this.#tick(id, watch, end, timings.bookmark);
    });
  }
}

function stop(watch: Watch): void {
  watch.subscription.stop();
  watch.timer.cancel();
}

function listFor(registry: Registry, request: ApiRequest): List {
  const list = registry.store.list(request.kind, request.namespace);
  if (request.nodeName === undefined) return list;
  return { ...list, items: list.items.filter((object) => (object as Pod).spec.nodeName === request.nodeName) };
}

function answerTo(registry: Registry, request: ApiRequest): Answer {
  const { kind, name = '', namespace, body, subresource } = request;
  const { apiVersion } = kindOf(kind);
  const ref = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
  switch (request.verb) {
    case 'get': {
      const found = registry.get(ref);
      return found ? answers.accepted(found) : answers.notFound(ref);
    }
    case 'create':
      if (subresource === 'binding') return registry.bind(ref, (body as { nodeName: string }).nodeName);
      return registry.create(body as KubeObject);
    case 'update':
      return registry.update(body as Stored, subresource);
    case 'patch':
      return registry.patch(ref, { merge: body }, subresource);
    case 'delete':
      return registry.delete(ref, request.graceSeconds);
    default:
      return answers.badRequest(`unknown verb ${request.verb}`);
  }
}
