/** For tests of watches: an agent and an API server that say what a test makes them say. */
import { mock } from 'node:test';
import type { KubeObject } from '../../src/scenario/model.js';
import type { AgentError, AgentEvent, Request } from '../netns/line.js';
import type { ApiResponse } from './api-request.js';
import { Watch, type WatchedChange } from './watch.js';

/** Of the list before the recorded events. */
export const FIRST = '69';

export const object = (name: string, version: string, uid = name): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, resourceVersion: version, uid },
});

export const eventOf = (type: string, object: KubeObject) => JSON.stringify({ type, object });
export const listOf = (version: string, ...objects: KubeObject[]): ApiResponse => ({
  status: 200,
  body: { metadata: { resourceVersion: version }, items: objects.map(({ metadata }) => ({ metadata })) },
});
const wordsOf = ({ type, object: { metadata }, previous }: WatchedChange) =>
  [type, metadata.name, ...(previous ? [previous.metadata.resourceVersion] : []), metadata.resourceVersion].join(' ');
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** An agent and an API server: what they were asked, and a way to say what the newest curl prints. */
export class There {
  readonly asked: Request[] = [];
  readonly told: WatchedChange[] = [];
  readonly said: string[] = [];
  readonly #listeners = new Map<number, (event: AgentEvent) => void>();
  broken: AgentError | undefined;
  lists = 0;
  list: () => Promise<ApiResponse> = async () => listOf(FIRST, object('worker', FIRST));
  answer: (request: Request) => Promise<unknown> = async () => {};
  readonly watch: Watch;

  constructor() {
    const request = () => {
      this.lists += 1;
      return this.list();
    };
    const tell = (change: WatchedChange) => this.told.push(change);
    const say = (text: string) => this.said.push(text);
    this.watch = new Watch({ kind: 'Node', plural: 'nodes', request, line: this.line(), tell, say });
  }

  line(): ConstructorParameters<typeof Watch>[0]['line'] {
    const there = this;
    return {
      number: (listener) => this.#listeners.set(this.#listeners.size + 1, listener ?? (() => {})).size,
      forget: () => {},
      ask: <T>(request: Request) => {
        this.asked.push(request);
        return this.answer(request) as Promise<T>;
      },
      get broken() {
        return there.broken;
      },
    };
  }

  print(...lines: readonly string[]): void {
    const number = this.#listeners.size;
    for (const line of lines) this.#listeners.get(number)?.({ event: 'line', number, at: 0, line });
  }

  /** The newest curl ends; the next one, if any, is there when `ms` have passed. */
  async exit(ms = 0): Promise<void> {
    const number = this.#listeners.size;
    this.#listeners.get(number)?.({ event: 'exited', number, at: 0, code: 0 });
    await this.pass(ms);
  }

  async pass(ms: number): Promise<void> {
    for (let i = 0; i < 8; i++) await settled();
    mock.timers.tick(ms);
    for (let i = 0; i < 8; i++) await settled();
  }

  /** From which versions curl was started. */
  get from(): readonly string[] {
    const urls = this.asked.filter((request) => request.do === 'start').map(({ argv }) => (argv as string[]).at(-1));
    return urls.map((url) => new URL(url ?? '').searchParams.get('resourceVersion') ?? '');
  }

  get killed(): readonly unknown[] {
    return this.asked.filter((request) => request.do === 'kill').map(({ number }) => number);
  }

  get words(): readonly string[] {
    return this.told.map(wordsOf);
  }
}
