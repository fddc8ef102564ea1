/** `invalid/many-mistakes.yaml` gets every problem that its `.expected.txt` lists, at its place, all in one run. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { SIM } from '../plan/capabilities.js';
import { makePlan } from '../plan/make-plan.js';
import { memoryFiles } from './source.js';

const folder = 'src/scenario/fixtures/invalid';
const expected = readFileSync(`${folder}/many-mistakes.expected.txt`, 'utf8');
const files = memoryFiles({
  'invalid/many-mistakes.yaml': readFileSync(`${folder}/many-mistakes.yaml`, 'utf8'),
  'clusters/three-nodes.yaml': readFileSync('clusters/three-nodes.yaml', 'utf8'),
});
const result = makePlan({ scenarios: ['invalid/many-mistakes.yaml'], backends: [SIM], seed: '1' }, files);
const told = new Map(result.diagnostics.map((item) => [`${item.line}:${item.column}`, `${item.message} ${item.hint}`]));

/** What each line of the expected file asks the message or hint to name. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  '3:18': ['lower-case letters, digits and dashes', 'many-mistakes'],
  '6:9': ['form', 'from'],
  '6:8': ['the probe has no from'],
  '6:48': ['1sec is no duration', '1s'],
  '9:17': ['no probe api-from-worker', 'api'],
  '10:16': ['no node worker-9 in cluster three-nodes', 'control-plane, worker-1, worker-2'],
  '10:64': ['a duration may not be negative'],
  '11:13': ['no file manifests/does-not-exist.yaml', 'folder invalid'],
  '12:5': ['one action a step', 'apply and delete'],
  '15:14': ['exclude names proxymode', 'no axis', 'kubernetes'],
};

t.test('every place of the expected file is told, and no other', async (t) => {
  const places = [...expected.matchAll(/^(\d+:\d+) /gm)].map((match) => match[1]);
  t.equal(places.length, 10);
  t.same([...told.keys()].sort(), [...places].sort());
  t.equal(result.diagnostics.length, places.length);
});

t.test('each message names what the expected file says', async (t) => {
  for (const [place, words] of Object.entries(NAMED)) {
    for (const word of words) t.ok(told.get(place)?.includes(word), `${place} names ${word}`);
  }
});

t.test('each has its own code', async (t) => {
  t.same(Object.fromEntries(result.diagnostics.map((item) => [`${item.line}:${item.column}`, item.code])), {
    '3:18': 'WT0105',
    '6:8': 'WT0102',
    '6:9': 'WT0101',
    '6:48': 'WT0106',
    '9:17': 'WT0301',
    '10:16': 'WT0302',
    '10:64': 'WT0107',
    '11:13': 'WT0001',
    '12:5': 'WT0303',
    '15:14': 'WT0306',
  });
});

t.test('nothing is planned', async (t) => {
  t.equal(result.plan, undefined);
});
