/**
 * Plays a sitting on both sides and asks both the same questions after every step. What kube-proxy does takes it a while, so the real side
 * has time to become as the model says, and must then stay so.
 */
import type { Row } from '../experiments.js';
import { API_PORT, KUBELET_PORT, NODES, type NodeTables, type Side } from './side.js';
import { isOurs, type Sitting, type Step } from './steps.js';

interface Pace {
  readonly pollMs: number;
  /** So long both sides must agree. */
  readonly holdMs: number;
  readonly appliedMaxMs: number;
  /** A kube-proxy that was cut off hears of a deletion when its watch is back. */
  readonly removedMaxMs: number;
}

const PACE: Pace = { pollMs: 1000, holdMs: 5_000, appliedMaxMs: 30_000, removedMaxMs: 240_000 };
/** A question that differs is asked again: a guest with three kube-proxies at work may answer late. */
const ASKED_MAX = 3;

/** What a side says, by question. */
type Answers = ReadonlyMap<string, string>;

export interface Sides {
  readonly model: Side;
  readonly real: Side;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const listed = (lines: readonly string[]) => (lines.length === 0 ? 'none' : lines.join(', '));
const isOurServer = (line: string) => isOurs(/ ([\d.]+):/.exec(line)?.[1] ?? '');

/** iptables-save lists the chains of a table by another order than the model. */
const chainOf = (rule: string) => rule.split(' ')[1] ?? '';
const byChain = (a: string, b: string) => chainOf(a).localeCompare(chainOf(b));

const TABLES: readonly (readonly [string, (tables: NodeTables) => string])[] = [
  ['addresses', ({ bound }) => listed(bound.filter(isOurs))],
  ['virtual servers', ({ servers }) => listed(servers.filter(isOurServer))],
  ['rules', ({ rules }) => [...rules].sort(byChain).join('\n')],
];

async function tablesOf(side: Side): Promise<Answers> {
  const all = await Promise.all(NODES.map(async ([node]) => ({ node, tables: await side.tables(node) })));
  return new Map(
    TABLES.flatMap(([what, of]) => all.map(({ node, tables }) => [`${what} on ${node}`, of(tables)] as const)),
  );
}

const same = (a: Answers, b: Answers) => [...a].every(([question, answer]) => b.get(question) === answer);

/** The real side's tables, once they are as the model's and stayed so; or as they are when its time is over. */
async function settledTables(real: Side, wanted: Answers, maxMs: number, pace: Pace): Promise<Answers> {
  const deadline = Date.now() + maxMs;
  let agreedSince: number | undefined;
  for (;;) {
    const now = await tablesOf(real);
    agreedSince = same(wanted, now) ? (agreedSince ?? Date.now()) : undefined;
    const held = agreedSince !== undefined && Date.now() - agreedSince >= pace.holdMs;
    if (held || (agreedSince === undefined && Date.now() > deadline)) return now;
    await sleep(pace.pollMs);
  }
}

const TRIES = NODES.flatMap(([from]) =>
  NODES.flatMap(([to, ip]) => {
    const ports = to === NODES[0]?.[0] ? [KUBELET_PORT, API_PORT] : [KUBELET_PORT];
    return ports.map((port) => ({ question: `${from} → ${to}:${port}`, from, ip, port }));
  }),
);

async function connections({ model, real }: Sides): Promise<readonly (readonly [string, string, string])[]> {
  const rows: [string, string, string][] = [];
  for (const { question, from, ip, port } of TRIES) {
    const modelled = await model.ask(from, ip, port);
    let answer = await real.ask(from, ip, port);
    for (let asked = 1; answer !== modelled && asked < ASKED_MAX; asked++) answer = await real.ask(from, ip, port);
    rows.push([question, answer, modelled]);
  }
  return rows;
}

/** Rules are many: those of which both sides have the same are counted, others are shown. */
function shown(question: string, kernel: string, model: string): readonly [string, string] {
  if (!question.startsWith('rules ')) return [kernel, model];
  const [real, modelled] = [kernel.split('\n'), model.split('\n')];
  if (kernel === model) return [`${real.length} alike`, `${real.length} alike`];
  const only = (mine: readonly string[], others: readonly string[]) => mine.filter((rule) => !others.includes(rule));
  return [
    `${real.length}: ${only(real, modelled).join('; ')}`,
    `${modelled.length}: ${only(modelled, real).join('; ')}`,
  ];
}

async function play(step: Step, { model, real }: Sides): Promise<void> {
  for (const side of [model, real]) {
    if (step.apply) await side.apply(step.apply);
    if (step.remove) await side.remove(step.remove);
  }
}

export async function compareStep(
  { name }: Pick<Sitting, 'name'>,
  step: Step,
  sides: Sides,
  pace: Pace = PACE,
): Promise<readonly Row[]> {
  await play(step, sides);
  const modelled = await tablesOf(sides.model);
  const maxMs = step.apply ? pace.appliedMaxMs : pace.removedMaxMs;
  const found = await settledTables(sides.real, modelled, maxMs, pace);
  const named = { id: name, title: step.title };
  const tables = [...modelled].map(([question, model]) => {
    const [kernel, wanted] = shown(question, found.get(question) ?? 'no answer', model);
    return { ...named, question, kernel, model: wanted };
  });
  const tried = step.ask ? await connections(sides) : [];
  return [...tables, ...tried.map(([question, kernel, model]) => ({ ...named, question, kernel, model }))];
}
