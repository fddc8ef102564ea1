/** However a file is broken, it gets a plan or diagnostics, and never an exception. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { renderDiagnostics } from '../base/diagnostic.js';
import { memoryFiles } from '../scenario/source.js';
import { SIM } from './capabilities.js';
import { makePlan } from './make-plan.js';

const SCENARIOS = [
  'scenarios/outage/externalip-is-worker.yaml',
  'scenarios/outage/externalip-is-control-plane.yaml',
  'scenarios/placement/avoids-egress-hot-node.yaml',
  'scenarios/upgrade/minimally-fixed-to-fixed.yaml',
];
const OTHERS = [
  'clusters/three-nodes.yaml',
  'clusters/bandwidth.yaml',
  'scenarios/outage/manifests/busybox-on-control-plane.yaml',
];
const texts = Object.fromEntries([...SCENARIOS, ...OTHERS].map((file) => [file, readFileSync(file, 'utf8')]));

type Step = string | number;

/** The paths of everything in a value. */
function pathsOf(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside = Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...inside];
}

function replaceAt(value: unknown, path: readonly Step[], junk: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return junk;
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? replaceAt(item, rest, junk) : item));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [step]: replaceAt(object[step], rest, junk) };
}

const JUNK = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    '${victim}',
    '${nodes.worker-1}',
    '${nodes.worker-1.ip}',
    '${matrix.kubernetes}',
    '${',
    '${index}',
    '-5s',
    '<1.31',
    '::1',
    '\u001b[2J',
  ),
);
const broken = fc.record({
  scenario: fc.constantFrom(...SCENARIOS),
  other: fc.constantFrom(...OTHERS),
  inOther: fc.boolean(),
  at: fc.nat(),
  junk: JUNK,
});

t.test('any value anywhere replaced by any other', async () => {
  const survives = fc.property(broken, ({ scenario, other, inOther, at, junk }) => {
    const file = inOther ? other : scenario;
    const value: unknown = parse(texts[file] ?? '');
    const paths = pathsOf(value);
    const files = { ...texts, [file]: stringify(replaceAt(value, paths[at % paths.length] ?? [], junk)) };
    const result = makePlan({ scenarios: [scenario], backends: [SIM], seed: '1' }, memoryFiles(files));
    const shown = renderDiagnostics(result.diagnostics, result.texts, 80);
    return (result.plan === undefined) === result.diagnostics.length > 0 && !shown.includes('\u001b');
  });
  await fc.assert(survives, { numRuns: 150, seed: 1 });
});

t.test('any piece of text cut out of a file, or put in', async () => {
  const cut = fc.tuple(fc.constantFrom(...SCENARIOS), fc.nat(), fc.nat(30), fc.string({ maxLength: 6 }));
  const survives = fc.property(cut, ([scenario, at, length, put]) => {
    const text = texts[scenario] ?? '';
    const start = at % text.length;
    const files = { ...texts, [scenario]: text.slice(0, start) + put + text.slice(start + length) };
    const result = makePlan({ scenarios: [scenario], backends: [SIM], seed: '1' }, memoryFiles(files));
    return (result.plan === undefined) === result.diagnostics.length > 0;
  });
  await fc.assert(survives, { numRuns: 100, seed: 1 });
});
