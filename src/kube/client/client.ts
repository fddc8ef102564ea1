/**
 * client-go as a program uses it: requests with a time-out, and watches, over one transport. Errors are text in Go's wording,
 * with the request's verb and URL in front.
 * Source: k8s.io/client-go rest/request.go, net/http client.go.
 */
import type { Micros } from '../../base/instant.js';
import { formatDuration } from '../../base/instant.js';
import { formatIpv4 } from '../../base/ip.js';
import type { RandomStream } from '../../base/random.js';
import type { Answer } from '../api/answer.js';
import { pathOf } from '../api/kinds.js';
import type { Change, List } from '../api/store.js';
import type { ApiRequest, ServerFrame, Verb } from '../api/wire.js';
import type { Http2Connection } from './http2.js';
import type { TransportOptions } from './transport.js';
import { Transport } from './transport.js';

/** What came of a request: the API's answer, or why none came. */
export type Result<T> = { readonly ok: true; readonly value: T } | Failure;

export interface Failure {
  readonly ok: false;
  /** As Go prints it: `Put "https://…": context deadline exceeded`, or the API's message. */
  readonly error: string;
  /** HTTP status; absent where no answer came. */
  readonly code?: number;
  /** Without verb and URL, for reflectors. */
  readonly cause: string;
}

export interface WatchHandlers {
  begun(): void;
  change(change: Change): void;
  bookmark(revision: number): void;
  /** It did not begin. */
  failed(failure: Failure): void;
  /** It ended: undefined where the server ended it in order. */
  ended(error: string | undefined): void;
}

export interface Handle {
  cancel(): void;
}

const METHODS: Readonly<Record<Verb, string>> = {
  get: 'Get',
  list: 'Get',
  watch: 'Get',
  create: 'Post',
  update: 'Put',
  patch: 'Patch',
  delete: 'Delete',
};

/** Which of two clocks ends a request first is a race: the context's, or the HTTP client's. */
const DEADLINE = 'context deadline exceeded';
const CLIENT_TIMEOUT = 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)';
const CLIENT_TIMEOUT_WAITING =
  'net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)';

export class ApiClient {
  readonly transport: Transport;
  readonly #options: TransportOptions;
  readonly #random: RandomStream;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.transport = new Transport(options);
    this.#random = options.host.random(`${options.process}/client`);
  }

  /** Any verb but watch and list. Without `timeout` it waits for ever. */
  request(
    request: ApiRequest,
    timeout: Micros | undefined,
    done: (result: Result<Answer & { ok: true }>) => void,
  ): Handle {
    return this.#call(request, timeout, (frame) => {
      if (typeof frame === 'string') return done(this.#failure(request, timeout, frame));
      if (frame.type !== 'response') return;
      const { answer } = frame;
      if (answer.ok) return done({ ok: true, value: answer });
      done({ ok: false, error: answer.message, cause: answer.message, code: answer.code });
    });
  }

  list(request: ApiRequest, done: (result: Result<List>) => void): Handle {
    return this.#call(request, undefined, (frame) => {
      if (typeof frame === 'string') done(this.#failure(request, undefined, frame));
      else if (frame.type === 'list') done({ ok: true, value: frame.list });
    });
  }

  watch(request: ApiRequest, handlers: WatchHandlers): Handle {
    let begun = false;
    return this.#call(request, undefined, (frame) => {
      if (typeof frame === 'string') {
        if (begun) handlers.ended(frame);
        else handlers.failed(this.#failure(request, undefined, frame));
      } else if (frame.type === 'change') handlers.change(frame.change);
      else if (frame.type === 'bookmark') handlers.bookmark(frame.revision);
      else if (frame.type === 'end') handlers.ended(undefined);
      else if (frame.type === 'watching') {
        begun = true;
        handlers.begun();
      } else if (frame.type === 'response' && !frame.answer.ok) {
        const { message, code } = frame.answer;
        handlers.failed({ ok: false, error: message, cause: message, code });
      }
    });
  }

  closeAll(): void {
    this.transport.closeAll();
  }

  kill(): void {
    this.transport.kill();
  }

  /** `frame` is a string for an error of the way there; after it or a final frame nothing comes. */
  #call(request: ApiRequest, timeout: Micros | undefined, tell: (frame: ServerFrame | string) => void): Handle {
    let stream: { connection: Http2Connection; id: number } | undefined;
    let over = false;
    const finish = () => {
      over = true;
      timer?.cancel();
    };
    const fail = (error: string) => {
      if (over) return;
      finish();
      tell(error);
    };
    const want = {
      ready: (connection: Http2Connection) => {
        const frame = (received: ServerFrame) => {
          if (received.type === 'response' || received.type === 'list' || received.type === 'end') finish();
          tell(received);
        };
        stream = { connection, id: connection.open(request, { frame, broken: fail }) };
      },
      failed: fail,
    };
    const abandon = () => {
      this.transport.forget(want);
      stream?.connection.cancel(stream.id);
    };
    const timer =
      timeout === undefined
        ? undefined
        : this.#options.host.after(timeout, () => {
            const waiting = stream === undefined;
            abandon();
            fail(this.#timeoutError(waiting));
          });
    this.transport.want(want);
    return {
      cancel: () => {
        if (over) return;
        finish();
        abandon();
      },
    };
  }

  #timeoutError(waiting: boolean): string {
    if (this.#random.unit() < 0.5) return DEADLINE;
    return waiting ? CLIENT_TIMEOUT_WAITING : CLIENT_TIMEOUT;
  }

  #failure(request: ApiRequest, timeout: Micros | undefined, cause: string): Failure {
    return { ok: false, cause, error: `${METHODS[request.verb]} "${this.#url(request, timeout)}": ${cause}` };
  }

  #url(request: ApiRequest, timeout: Micros | undefined): string {
    const { ip, port } = this.#options;
    const query = queryOf(request, timeout);
    const path = `${pathOf(request)}${request.subresource ? `/${request.subresource}` : ''}`;
    return `https://${formatIpv4(ip)}:${port}${path}${query === '' ? '' : `?${query}`}`;
  }
}

/** In the order of the keys, as Go's url.Values encodes. */
function queryOf(request: ApiRequest, timeout: Micros | undefined): string {
  const query: string[] = [];
  if (request.verb === 'watch') query.push('allowWatchBookmarks=true');
  if (request.nodeName !== undefined) query.push(`fieldSelector=spec.nodeName%3D${request.nodeName}`);
  if (request.labelSelector !== undefined) query.push(`labelSelector=${queryEscape(request.labelSelector)}`);
  if (request.verb === 'list') query.push('limit=500');
  if (request.verb === 'list' || request.verb === 'watch') query.push(`resourceVersion=${request.since ?? 0}`);
  if (request.verb === 'get' && request.kind === 'Node') query.push('resourceVersion=0');
  if (timeout !== undefined) query.push(`timeout=${formatDuration(timeout)}`);
  if (request.timeoutSeconds !== undefined) {
    query.push(`timeout=${goSeconds(request.timeoutSeconds)}`, `timeoutSeconds=${request.timeoutSeconds}`);
  }
  if (request.verb === 'watch') query.push('watch=true');
  return query.join('&');
}

/** url.QueryEscape, which also escapes the exclamation mark. */
function queryEscape(text: string): string {
  return encodeURIComponent(text).replaceAll('!', '%21');
}

/** time.Duration's text: `9m5s`. */
function goSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
