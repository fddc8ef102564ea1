/**
 * What schedulers decided, from their logs in text: the points that plugins gave (level 10 of schedule_one.go), and where a pod was bound
 * (level 2). Lines may come as containers' logs are kept (CRI), in parts, and again; others are passed over.
 */
import type { Micros } from '../../../src/base/instant.js';
import { PLUGIN } from '../../../src/plan/scheduler-words.js';
import type { HistoryRecord } from '../../../src/verdict/history.js';
import { criLine } from '../cri-line.js';

export type DecisionRecord = Extract<HistoryRecord, { readonly kind: 'decision' }>;

type Points = Map<string, Map<string, number>>;

/** klog: `I1122 19:40:57.244868       1 schedule_one.go:982] "message" key="value" ...` */
const KLOG = /^[IWEF]\d{4} \S+ +\d+ [^\]]+\] "((?:[^"\\]|\\.)*)"(.*)$/;
const PAIR = / (\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/g;

const ATTEMPT = 'Attempting to schedule pod';
const SCORED = 'Plugin scored node for pod';
const BOUND = 'Successfully bound pod to node';

/** Whatever the plugin calls itself: specimens have had the published name. */
const pluginName = (name: string) => (name === 'NetworkTraffic' ? PLUGIN : name);

export class DecisionLog {
  readonly #records: DecisionRecord[] = [];
  readonly #parts = new Map<string, string>();
  /** By scheduler and pod: the points of its last scoring. */
  readonly #points = new Map<string, Points>();

  /** Pods that nobody wants to hear of are passed over. */
  constructor(readonly isIgnored: (pod: string) => boolean = () => false) {}

  /** A line of this scheduler's log, in the order in which it was written; `at` is the instant at which it was seen. */
  line(text: string, at: Micros, scheduler: string): void {
    const words = this.#whole(text, scheduler);
    const [, message, rest = ''] = (words !== undefined && KLOG.exec(words)) || [];
    if (message !== ATTEMPT && message !== SCORED && message !== BOUND) return;
    const said = pairs(rest);
    const pod = said.get('pod') ?? '';
    if (pod === '' || this.isIgnored(pod)) return;
    const key = `${scheduler} ${pod}`;
    if (message === ATTEMPT) this.#points.delete(key);
    else if (message === SCORED) this.#scored(key, said);
    else this.#bound(key, { pod, scheduler, node: said.get('node') ?? '' }, at);
  }

  /** In the order in which pods were bound. */
  decisions(): readonly DecisionRecord[] {
    return this.#records;
  }

  /** A whole line without what comes before it; undefined where it goes on. */
  #whole(text: string, scheduler: string): string | undefined {
    const line = criLine(text);
    if (!line) return text;
    const key = `${scheduler} ${line.stream}`;
    const all = `${this.#parts.get(key) ?? ''}${line.words}`;
    this.#parts.delete(key);
    if (!line.isPart) return all;
    this.#parts.set(key, all);
    return undefined;
  }

  #scored(key: string, said: ReadonlyMap<string, string>): void {
    const plugin = pluginName(said.get('plugin') ?? '');
    const node = said.get('node') ?? '';
    const score = Number(said.get('score'));
    if (plugin === '' || node === '' || !Number.isFinite(score)) return;
    // The same once more is a new scoring, where the line that begins one was lost.
    let points = this.#points.get(key);
    if (points === undefined || points.get(plugin)?.has(node)) {
      points = new Map();
      this.#points.set(key, points);
    }
    const ofNodes = points.get(plugin) ?? new Map<string, number>();
    points.set(plugin, ofNodes.set(node, score));
  }

  #bound(key: string, bound: { readonly pod: string; readonly scheduler: string; readonly node: string }, at: Micros) {
    const scored = [...(this.#points.get(key) ?? [])];
    this.#points.delete(key);
    const points = Object.fromEntries(scored.map(([plugin, ofNodes]) => [plugin, Object.fromEntries(ofNodes)]));
    this.#records.push({ kind: 'decision', at, ...bound, points });
  }
}

function pairs(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(PAIR)].map(([, key = '', quoted, bare = '']) => [key, quoted ?? bare]));
}
