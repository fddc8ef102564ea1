/**
 * The objects of one kind, as the API server streams them: listed, watched from the list's version on, and from the last version that was heard
 * each time the stream ends, as client-go's reflector does; bookmarks (KEP-956) keep that version young. curl in the control plane's container
 * holds the stream, over its loopback, which no fault cuts. Owns what is known of the objects; refuses to know what a change means.
 * Departs from the reflector: a list is always of the newest state, and what is another object of the same name is told as two changes.
 */
import type { KubeObject } from '../../src/scenario/model.js';
import type { AgentLine } from '../netns/line.js';
import { ADMIN, type Requester } from './api-request.js';
import { CLUSTER_CA, curl } from './curl.js';

/** Of the core group. */
export interface WatchedKind {
  readonly kind: string;
  /** `pods`. */
  readonly plural: string;
}

export interface WatchedChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

export interface WatchParts extends WatchedKind {
  readonly request: Requester;
  /** To the agent in the control plane's container. */
  readonly line: Pick<AgentLine, 'number' | 'ask' | 'forget' | 'broken'>;
  /** Called at the instant at which a change is heard, in the server's order. */
  readonly tell: (change: WatchedChange) => void;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
}

/** An event of the stream, or a refusal in its stead. */
interface Said {
  readonly type?: WatchedChange['type'] | 'BOOKMARK' | 'ERROR';
  readonly object?: KubeObject & Status;
  readonly kind?: string;
}

interface Status {
  readonly code?: number;
  readonly message?: string;
}

interface ListBody extends Status {
  readonly items?: readonly KubeObject[];
  readonly metadata?: { readonly resourceVersion?: string };
}

const SERVER_ENDS_AFTER_S = 600;
/** A server that does not end the stream by itself is not there any more. */
const CURL_ENDS_AFTER_S = SERVER_ENDS_AFTER_S + 30;
const SILENCE_TOLD_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const PAUSE_MAX_MS = 2000;
const GONE = 410;
const STATUS_LINE = /^HTTP\/\S+ (\d{3})/;
const CURL_ERROR = /^curl: /;

/** Headers come first, and with --dump-header at once: that the stream is open is seen before anything changes. */
function streamArgs(plural: string, version: string): readonly string[] {
  const how = ['--no-buffer', '--dump-header', '-', '--cacert', CLUSTER_CA, '--cert', ADMIN];
  // To curl the server writes a refusal in many lines if it is not told otherwise.
  const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${SERVER_ENDS_AFTER_S}&pretty=false&resourceVersion=`;
  return curl(CURL_ENDS_AFTER_S, ...how, `https://127.0.0.1:6443/api/v1/${plural}?${query}${version}`);
}

/** Undefined for what is not whole. */
function parsed(line: string): Said | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;

export class Watch {
  readonly #known = new Map<string, KubeObject>();
  /** Of the newest that was heard; undefined while the objects have to be listed. */
  #version: string | undefined;
  #isListed = false;
  #streamsSinceList = 0;
  #isOpen = false;
  #lastSeen = 'no answer yet';
  #pauseMs = FIRST_PAUSE_MS;
  /** A stream is open now. */
  #isStreaming = false;
  /** Unix time at which a stream was open, or that it is not was told. */
  #heardAtMs = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  /** The curl that is heard. */
  #heard: number | undefined;
  #started: Promise<unknown> = Promise.resolve();

  constructor(readonly parts: WatchParts) {}

  /** Whether a stream has been open, and what was last seen where none has. */
  get opened(): { readonly isOpen: boolean; readonly lastSeen: string } {
    return { isOpen: this.#isOpen, lastSeen: this.#lastSeen };
  }

  /** Resolves when it knows what there is: from now on it tells of changes. Rejects where that cannot be had. */
  async start(): Promise<void> {
    await this.#list();
    void this.#run();
  }

  /** Nothing is told from now on; resolves when curl was told to end. */
  async end(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#drop();
  }

  async #run(): Promise<void> {
    for (;;) {
      try {
        if (this.#version === undefined) await this.#list();
        if (!this.#isOver) await this.#follow();
      } catch (error) {
        this.#lastSeen = (error as Error).message;
      }
      if (this.#isOver || this.parts.line.broken) return;
      this.#sayIfDeaf();
      await new Promise((resolve) => {
        this.#timer = setTimeout(resolve, this.#pauseMs);
      });
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
    }
  }

  /** Every ten seconds in which nothing is heard, since a history in which nothing happens would be believed. */
  #sayIfDeaf(): void {
    const { plural, say } = this.parts;
    if (Date.now() - this.#heardAtMs < SILENCE_TOLD_MS) return;
    this.#heardAtMs = Date.now();
    say(`no changes of ${plural} are heard for ${SILENCE_TOLD_MS / 1000} s; last seen: ${this.#lastSeen}`);
  }

  async #list(): Promise<void> {
    const { request, kind, plural } = this.parts;
    const { status, body } = await request({ method: 'GET', path: `/api/v1/${plural}` });
    if (this.#isOver) return;
    const { items = [], metadata, message = '' } = body as ListBody;
    const version = metadata?.resourceVersion;
    if (status !== 200 || version === undefined) throw new Error(`list of ${plural}: ${status} ${message}`);
    const gone = new Map(this.#known);
    for (const item of items) {
      // Those of a list do not say what they are.
      const object = { ...item, apiVersion: 'v1', kind };
      gone.delete(keyOf(object));
      this.#learn(object);
    }
    for (const object of gone.values()) this.#lose(object);
    this.#version = version;
    this.#isListed = true;
    this.#streamsSinceList = 0;
  }

  /** Resolves when the stream has ended; rejects where the agent cannot start it. */
  #follow(): Promise<void> {
    const { line, plural } = this.parts;
    return new Promise((resolve, reject) => {
      const number = line.number(({ event, line: text = '' }) => {
        if (event === 'line' && number === this.#heard) this.#take(text);
        if (event !== 'exited') return;
        if (this.#isStreaming) this.#heardAtMs = Date.now();
        this.#isStreaming = false;
        line.forget(number);
        resolve();
      });
      this.#heard = number;
      this.#streamsSinceList += 1;
      this.#started = line.ask({ do: 'start', ns: '', number, argv: streamArgs(plural, this.#version ?? '') });
      this.#started.catch((error) => {
        line.forget(number);
        reject(error);
      });
    });
  }

  /** Nothing more is heard of the stream; resolves when curl was told to end. */
  async #drop(): Promise<void> {
    const { line } = this.parts;
    const number = this.#heard;
    if (number === undefined) return;
    this.#heard = undefined;
    // Before it is started there is nothing to end. A line that is broken has taken curl with it.
    await this.#started.then(() => line.ask({ do: 'kill', number })).catch(() => {});
  }

  #take(line: string): void {
    const status = STATUS_LINE.exec(line)?.[1];
    if (status === '200') {
      this.#isOpen = true;
      this.#isStreaming = true;
    }
    if ((status !== undefined && status !== '200') || CURL_ERROR.test(line)) this.#lastSeen = line.trim();
    if (!line.startsWith('{')) return;
    const said = parsed(line);
    if (said?.kind === 'Status') this.#refused(said as Status);
    else if (said?.type === 'ERROR') this.#broke(said.object ?? {});
    else if (said?.type !== undefined && said.object) this.#hear(said.type, said.object);
    // Cut off in the middle: it is said again, but only after what was whole.
    else void this.#drop();
  }

  /** Instead of a stream. From a version that is not too old it may be asked for again. */
  #refused({ code = 0, message = '' }: Status): void {
    this.#lastSeen = `${code} ${message}`;
    if (code === GONE) this.#expire();
  }

  /** In the stream, mostly since its version is too old. Where the server lost its place otherwise, the version is not to be trusted either. */
  #broke({ code = 0, message = '' }: Status): void {
    this.#lastSeen = `${code} ${message}`;
    this.#expire();
  }

  /** The server is back, and there is no reason to wait, unless a version that it has just told is too old already. */
  #expire(): void {
    this.#version = undefined;
    void this.#drop();
    if (this.#streamsSinceList > 1) this.#pauseMs = FIRST_PAUSE_MS;
  }

  #hear(type: WatchedChange['type'] | 'BOOKMARK', object: KubeObject): void {
    this.#version = String(object.metadata.resourceVersion);
    this.#pauseMs = FIRST_PAUSE_MS;
    if (type === 'DELETED') this.#lose(object);
    else if (type !== 'BOOKMARK') this.#learn(object);
  }

  #learn(object: KubeObject): void {
    const key = keyOf(object);
    let previous = this.#known.get(key);
    if (previous && previous.metadata.uid !== object.metadata.uid) {
      this.#lose(previous);
      previous = undefined;
    }
    this.#known.set(key, object);
    if (!this.#isListed || previous?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.parts.tell(previous ? { type: 'MODIFIED', object, previous } : { type: 'ADDED', object });
  }

  #lose(object: KubeObject): void {
    const previous = this.#known.get(keyOf(object));
    if (!previous) return;
    this.#known.delete(keyOf(object));
    this.parts.tell({ type: 'DELETED', object, previous });
  }
}
