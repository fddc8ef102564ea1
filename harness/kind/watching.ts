/**
 * What happens on a real cluster, for the history: changes of nodes, pods and Services, asked for again and again, and lines of kubelets,
 * kube-proxies and API servers, as they come. A record has the instant at which it was seen, not earlier: whoever asks for what is new asks by
 * that. Judges nothing.
 */
import type { Micros } from '../../src/base/instant.js';
import { describeChange, nameOf } from '../../src/kube/changes.js';
import type { Clock, ControlPlane } from '../../src/ports/testbed.js';
import type { KubeObject } from '../../src/scenario/model.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import type { LinuxHost } from '../netns/linux-host.js';
import { criWords } from './cri-line.js';

const LOOK_EVERY_MS = 500;
const KINDS = ['Node', 'Pod', 'Service'];

const KUBE_PROXY = 'exec tail --lines=0 --follow=name --retry /var/log/containers/kube-proxy-*.log';
const API_SERVER = 'exec tail --lines=0 --follow=name --retry /var/log/containers/kube-apiserver-*.log';
const LOGS: Readonly<Record<string, readonly string[]>> = {
  kubelet: ['journalctl', '--unit=kubelet', '--follow', '--lines=0', '--output=cat'],
  'kube-proxy': ['sh', '-c', KUBE_PROXY],
  'kube-apiserver': ['sh', '-c', API_SERVER],
};

type Described = Parameters<typeof describeChange>[0];

const keyOf = (object: KubeObject) => `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;

export class Watching {
  readonly #records: HistoryRecord[] = [];
  #known = new Map<string, KubeObject>();
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(
    readonly controlPlane: ControlPlane,
    readonly clock: Clock,
  ) {}

  /** Resolves when it knows what there is: from now on it tells of changes. */
  async start(hosts: readonly { readonly host: LinuxHost; readonly isControlPlane: boolean }[]): Promise<void> {
    await this.#look(true);
    this.#next();
    for (const { host, isControlPlane } of hosts)
      for (const [component, argv] of Object.entries(LOGS))
        if (component !== 'kube-apiserver' || isControlPlane) await this.#follow(host, component, argv);
  }

  since(at: Micros): readonly HistoryRecord[] {
    return this.#records.filter((record) => record.at >= at);
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => {
      // A look that fails is one that was cut off: the next one tells what has changed meanwhile.
      this.#look(false)
        .catch(() => {})
        .finally(() => this.#next());
    }, LOOK_EVERY_MS);
  }

  async #look(first: boolean): Promise<void> {
    const lists = await Promise.all(KINDS.map((kind) => this.controlPlane.list(kind)));
    const now = new Map(lists.flat().map((object) => [keyOf(object), object]));
    const before = this.#known;
    this.#known = now;
    if (first || this.#ended) return;
    for (const [key, object] of now) {
      const previous = before.get(key);
      if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      this.#tell(previous ? 'MODIFIED' : 'ADDED', object, previous);
    }
    for (const [key, object] of before) if (!now.has(key)) this.#tell('DELETED', object, object);
  }

  #tell(type: Described['type'], object: KubeObject, previous: KubeObject | undefined): void {
    const change = { type, object, ...(previous && { previous }) } as unknown as Described;
    for (const text of describeChange(change))
      this.#records.push({ kind: 'object', at: this.clock.now(), object: nameOf(change.object), change: text });
  }

  async #follow({ name, options: { line, ns } }: LinuxHost, component: string, argv: readonly string[]): Promise<void> {
    const number = line.number(({ event, line: text = '' }) => {
      if (event !== 'line' || this.#ended || text === '') return;
      this.#records.push({ kind: 'log', at: this.clock.now(), host: name, component, line: criWords(text) });
    });
    await line.ask({ do: 'start', ns, number, argv });
  }
}
