/**
 * What happens on a real cluster, for the history: changes of nodes, pods and Services, Events, and lines of kubelets, kube-proxies and API servers, each
 * as it comes. A record has the instant at which it was seen, not earlier: whoever asks for what is new asks by that. Judges nothing.
 */
import type { Micros } from '../../src/base/instant.js';
import { describeChange, nameOf } from '../../src/kube/changes.js';
import type { Clock } from '../../src/ports/testbed.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import type { LinuxHost } from '../netns/linux-host.js';
import { awaitThat } from './await-that.js';
import { criWords } from './cri-line.js';
import { type EventWords, eventWords } from './event-words.js';
import { Watch, type WatchedChange, type WatchedKind, type WatchParts } from './watch.js';

const KINDS: readonly WatchedKind[] = [
  { kind: 'Node', plural: 'nodes' },
  { kind: 'Pod', plural: 'pods' },
  { kind: 'Service', plural: 'services' },
  { kind: 'Event', plural: 'events' },
];

const OPEN_MAX_MS = 60_000;
const OPEN_POLL_MS = 20;

const KUBE_PROXY = 'exec tail --lines=0 --follow=name --retry /var/log/containers/kube-proxy-*.log';
const API_SERVER = 'exec tail --lines=0 --follow=name --retry /var/log/containers/kube-apiserver-*.log';
const LOGS: Readonly<Record<string, readonly string[]>> = {
  kubelet: ['journalctl', '--unit=kubelet', '--follow', '--lines=0', '--output=cat'],
  'kube-proxy': ['sh', '-c', KUBE_PROXY],
  'kube-apiserver': ['sh', '-c', API_SERVER],
};

function wordsOf(change: WatchedChange): readonly EventWords[] {
  if (change.object.kind === 'Event') return [eventWords(change) ?? []].flat();
  // The API server's objects are those that the model has, and more.
  const described = change as unknown as Parameters<typeof describeChange>[0];
  return describeChange(described).map((text) => ({ object: nameOf(described.object), change: text }));
}

export interface WatchingParts extends Pick<WatchParts, 'request' | 'line'> {
  readonly clock: Clock;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  /** The run is over: what is under way is given up. */
  readonly signal?: AbortSignal | undefined;
}

export class Watching {
  readonly #records: HistoryRecord[] = [];
  readonly #watches: readonly Watch[];
  #ended = false;

  constructor(readonly parts: WatchingParts) {
    const { request, line, say } = parts;
    const tell = (change: WatchedChange) => this.#tell(change);
    this.#watches = KINDS.map((kind) => new Watch({ ...kind, request, line, tell, say }));
  }

  /**
   * Resolves when it knows what there is: from now on it tells of changes. Throws a {@link Failure} where it would not hear of them: a history
   * in which nothing happens would be no finding.
   */
  async start(hosts: readonly { readonly host: LinuxHost; readonly isControlPlane: boolean }[]): Promise<void> {
    const { say, signal } = this.parts;
    await Promise.all(this.#watches.map((watch) => watch.start()));
    const look = async () => this.#watches.map(({ opened }) => opened).find(({ isOpen }) => !isOpen)?.lastSeen;
    const what = 'the API server to stream changes of nodes, pods and Services';
    await awaitThat({ what, look, timeoutMs: OPEN_MAX_MS, pollMs: OPEN_POLL_MS, say, signal });
    for (const { host, isControlPlane } of hosts)
      for (const [component, argv] of Object.entries(LOGS))
        if (component !== 'kube-apiserver' || isControlPlane) await this.#follow(host, component, argv);
  }

  since(at: Micros): readonly HistoryRecord[] {
    return this.#records.filter((record) => record.at >= at);
  }

  /** Nothing is told from now on; resolves when the streams were told to end. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#watches.map((watch) => watch.end()));
  }

  #tell(change: WatchedChange): void {
    const at = this.parts.clock.now();
    for (const words of wordsOf(change)) this.#records.push({ kind: 'object', at, ...words });
  }

  async #follow({ name, options: { line, ns } }: LinuxHost, component: string, argv: readonly string[]): Promise<void> {
    const number = line.number(({ event, line: text = '' }) => {
      if (event !== 'line' || this.#ended || text === '') return;
      this.#records.push({ kind: 'log', at: this.parts.clock.now(), host: name, component, line: criWords(text) });
    });
    await line.ask({ do: 'start', ns, number, argv });
  }
}
