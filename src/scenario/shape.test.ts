/** What is said of a wrong shape: place, message and hint, for each kind of mistake. */
import t from 'tap';
import { Findings } from './findings.js';
import { checkShape } from './shape.js';
import { parseYaml } from './yaml.js';

const HEAD = 'apiVersion: windtunnel/v1alpha1\nkind: Scenario\nmetadata: {name: s}\n';
const CLUSTER = 'cluster: {from: c.yaml}\n';

/** `line:column message | hint`, counted from the first line of `body`; steps are added where there are none. */
function told(body: string): readonly string[] {
  const findings = new Findings();
  const text = `${HEAD}${/^cluster:/m.test(body) ? '\n' : CLUSTER}${body}\n${/^steps:/m.test(body) ? '' : 'steps: [{sleep: 1s}]\n'}`;
  const [document] = parseYaml('f.yaml', text, findings) ?? [];
  if (document) checkShape('Scenario', document, findings);
  return findings
    .sorted()
    .map((item) => `${item.line - 4}:${item.column} ${item.message}${item.hint ? ` | ${item.hint}` : ''}`);
}

const one = (expectation: string) => told(`steps: [{expect: [${expectation}]}]`);

t.test('an unknown key is told at the key, with the nearest known one', async (t) => {
  t.same(told('prboes: {}'), ['1:1 unknown key prboes | did you mean probes?']);
  t.same(told('steps: [{sleep: 1s, tretment: true}]'), ['1:21 unknown key tretment in step | did you mean treatment?']);
  t.same(one('{route: {frm: a, from: a, to: b}}'), ['1:28 unknown key frm in route | did you mean from?']);
});

t.test('a missing key is told at the mapping that lacks it', async (t) => {
  t.same(told('probes: {p: {tcp: apiserver}}'), ['1:13 the probe has no from']);
  t.same(one('{address: 10.0.0.1}'), ['1:19 the address expectation has no on']);
  t.same(told('control: {arms: [{expect: same}]}'), ['1:18 the arm has no name']);
});

t.test('an expectation is explained by its first word', async (t) => {
  t.same(one('{prob: x, is: ok}'), ['1:20 no expectation is known by prob | did you mean probe?']);
  t.same(one('{probe: x, is: okay}'), ['1:34 okay is nothing that a probe says | did you mean ok?']);
  t.same(one('{probe: x, is: [ok, refuse]}'), ['1:39 refuse is nothing that a probe says | did you mean refused?']);
  t.match(one('{}'), [/^1:19 the expectation is empty/]);
  t.same(one('5'), ['1:19 an entry of expect takes a mapping, not 5']);
  t.same(one('{cause: externalip}'), [
    '1:27 cause does not take externalip | did you mean externalip-is-node-address?',
  ]);
});

t.test('durations: a unit that people say, none, a space, a negative one', async (t) => {
  const sleep = (text: string) => told(`steps: [{sleep: ${text}}]`)[0]?.slice('1:17 '.length);
  t.equal(sleep('1sec'), '1sec is no duration | did you mean 1s?');
  t.equal(sleep('5 minutes'), '5 minutes is no duration | did you mean 5m?');
  t.equal(sleep('5'), '5 is no duration | did you mean 5s?');
  t.equal(sleep('1 h'), '1 h is no duration | did you mean 1h?');
  t.equal(sleep('2S'), '2S is no duration | did you mean 2s?');
  t.equal(sleep('-5s'), 'a duration may not be negative: -5s | did you mean 5s?');
  t.equal(sleep('soon'), 'soon is no duration | write a number with ms, s, m or h: 5s');
  t.equal(sleep('[1s]'), 'a list is no duration | write a number with ms, s, m or h: 5s');
});

t.test('versions are full, and in quotes', async (t) => {
  const version = (text: string) => told(`cluster: {from: c.yaml, with: {kubernetes: ${text}}}`);
  t.match(version('1.30'), [/1.3 is no full Kubernetes version/]);
  t.match(version('"1.34"'), [/"1.34.0"/]);
  t.match(version('v1.34.2'), [/did you mean "1.34.2"\?/]);
});

t.test('statuses are quoted: a bare True is told as such', async (t) => {
  t.same(one('{node: a, condition: Ready, is: True}'), ['1:51 is does not take true | write "True" in quotes']);
});

t.test('a status nearly right, and a yes for true, are told with what to write', async (t) => {
  t.same(one('{node: a, condition: Ready, is: Tru}'), ['1:51 is does not take Tru | did you mean "True", in quotes?']);
  t.same(told('steps: [{sleep: 1s, treatment: yes}]'), [
    '1:32 treatment takes true or false, not yes | did you mean true?',
  ]);
  t.match(told('steps: [{sleep: 1s, treatment: "false"}]'), [/write false without quotes/]);
  t.match(one('{pods: {a: b}, ready: off}'), [/off is neither true nor false \| did you mean false\?/]);
});

t.test('a condition near a known one is a slip; any other may be somebody’s own', async (t) => {
  t.same(one('{node: a, condition: Redy, is: "True"}'), ['1:40 no node has a condition Redy | did you mean Ready?']);
  t.match(one('{node: a, condition: DiskPresure, is: "True"}'), [/did you mean DiskPressure\?/]);
  for (const condition of ['Ready', 'PIDPressure', 'KernelDeadlock', '"${c}"'])
    t.same(one(`{node: a, condition: ${condition}, is: "True"}`), [], condition);
});

t.test('an object that lacks something is called an object', async (t) => {
  t.same(told('steps: [{apply: [{kind: Service, metadata: {name: a}}]}]'), ['1:18 the object has no apiVersion']);
  t.same(told('steps: [{apply: [{repeat: 2}]}]').length > 0, true);
});

t.test('fixed words, numbers and lists are told with what is taken', async (t) => {
  t.same(told('probes: {p: {from: a, ping: b, mode: contin}}'), [
    '1:38 mode does not take contin | did you mean continuous?',
  ]);
  t.same(told('probes: {p: {from: a, tcp: {to: b, port: 70000}}}'), ['1:42 port is 70000; at most 65535 is taken']);
  t.same(told('steps: [{apply: []}]'), ['1:17 apply has too few entries: at least 1']);
  t.same(told('probes: {P: {from: a, ping: b}}')[0]?.slice(0, 16), '1:10 P is no nam');
  t.same(told('control: ~'), ['1:10 control takes a mapping, not nothing']);
  t.same(told('steps: [{traffic: {name: x, from: {nod: a}, to: outside, rate: 5}}]'), [
    '1:35 the end of a flow has no node',
    '1:36 unknown key nod in end of a flow | did you mean node?',
    '1:64 5 is no rate | write a number with bps, Kbps, Mbps or Gbps: 900Mbps',
  ]);
});

t.test('comparisons, sizes and rates have their forms', async (t) => {
  for (const text of ['5', '">=10"', '855e6..945e6', '"<a"', '"!=0"', '"${n}"', '1.5'])
    t.same(one(`{promql: up, value: ${text}}`), [], text);
  for (const text of ['many', '">"', '"5.."', '[1]', 'true'])
    t.equal(one(`{promql: up, value: ${text}}`).length, 1, text);
  for (const text of ['">30s"', '10s..1m', '"<=2m"']) t.same(one(`{lease: a, age: ${text}}`), [], text);
  t.equal(one('{lease: a, age: 30}').length, 1);
});
