/**
 * The line to an agent in a Linux kernel (guest/): requests out, answers and events in, a line of JSON each. Owns the pairing of
 * answers with requests, and what becomes of open requests when the line breaks. Knows no Kubernetes and starts nothing.
 */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Flow } from './flow.js';

/** What a request may say; the agent's `request` has the meaning of each word. */
export interface Request {
  readonly do: string;
  readonly ns?: string;
  readonly [word: string]: unknown;
}

/** `number` is the socket, listener or process that the harness named; accepted sockets have numbers below zero. */
export interface AgentEvent {
  readonly event: 'ready' | 'read' | 'established' | 'accepted' | 'message' | 'closed' | 'line' | 'output' | 'exited';
  readonly number: number;
  /** The agent's wall clock, Unix time in microseconds. */
  readonly at: number;
  readonly socket?: number;
  readonly local?: string;
  readonly remote?: string;
  readonly why?: string;
  readonly message?: number;
  readonly line?: string;
  readonly code?: number;
}

/** What a command left: `code` is 128 + n where a signal ended it. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The agent said no, or the line is gone. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
}

interface Pending {
  readonly request: Request;
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly timer?: NodeJS.Timeout;
}

/** Longer than the agent lets a command run. */
const ANSWER_MAX_MS = 60_000;

export class AgentLine {
  readonly #flow: Flow;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<number, (event: AgentEvent) => void>();
  #ready: (() => void) | undefined;
  #lastId = 0;
  #lastNumber = 0;
  #broken: AgentError | undefined;

  /** `window`: how many bytes may wait for the agent to read them; without one the stream sees to that. */
  constructor(write: Writable, read: Readable, window = Number.POSITIVE_INFINITY) {
    this.#flow = new Flow(write, window);
    write.on('error', (error) => this.break(error.message));
    read.on('error', (error) => this.break(error.message));
    const lines = createInterface({ input: read });
    lines.on('line', (line) => this.#take(line));
    lines.on('close', () => this.break('the line to the agent is closed'));
  }

  /** Resolves when the agent says that it is ready. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ready = resolve;
      this.#pending.set(0, { request: { do: 'ready' }, resolve: () => {}, reject });
    });
  }

  /** A number for a socket, a listener or a process, never given twice. */
  number(listener?: (event: AgentEvent) => void): number {
    const number = ++this.#lastNumber;
    if (listener) this.#listeners.set(number, listener);
    return number;
  }

  listen(number: number, listener: (event: AgentEvent) => void): void {
    this.#listeners.set(number, listener);
  }

  forget(number: number): void {
    this.#listeners.delete(number);
  }

  /** Rejects with {@link AgentError} where the agent refuses, or the line breaks first. */
  ask<T = unknown>(request: Request): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      const id = ++this.#lastId;
      const silent = () => this.break(`the agent has not answered for ${ANSWER_MAX_MS / 1000} s`);
      const timer = setTimeout(silent, ANSWER_MAX_MS);
      this.#pending.set(id, { request, resolve: resolve as (value: unknown) => void, reject, timer });
      this.#send({ ...request, id });
    });
  }

  /** For requests without an answer, carried out in the order in which they are told. */
  tell(request: Request): void {
    if (!this.#broken) this.#send(request);
  }

  /** Every open request fails with this reason, and every later one. */
  break(reason: string): void {
    if (this.#broken) return;
    this.#broken = new AgentError(reason);
    for (const { reject, request, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new AgentError(`${reason}, while it was asked to ${describe(request)}`));
    }
    this.#pending.clear();
  }

  get broken(): AgentError | undefined {
    return this.#broken;
  }

  #send(request: object): void {
    this.#flow.send(`${JSON.stringify(request)}\n`);
  }

  #take(line: string): void {
    if (!line.startsWith('{')) return;
    const said = JSON.parse(line) as { id?: number; error?: string; ok?: unknown } & Partial<AgentEvent>;
    if (said.event === 'ready') {
      this.#pending.delete(0);
      this.#ready?.();
    } else if (said.event === 'read') this.#flow.taken(said.number ?? 0);
    else if (said.event !== undefined) this.#listeners.get(said.number ?? 0)?.(said as AgentEvent);
    else this.#answer(said);
  }

  #answer({ id = 0, error, ok }: { id?: number; error?: string; ok?: unknown }): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (!pending) return;
    clearTimeout(pending.timer);
    if (error === undefined) pending.resolve(ok);
    else pending.reject(new AgentError(`${describe(pending.request)}: ${error}`));
  }
}

function describe({ do: verb, ns, argv }: Request): string {
  const what = Array.isArray(argv) ? argv.join(' ') : verb;
  return ns ? `${what} (in ${ns})` : what;
}
