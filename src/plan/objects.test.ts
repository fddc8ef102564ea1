import t from 'tap';
import { armOf, codesOf, planOf, problems } from './plan-fixture.js';

const SERVICE = 'apiVersion: v1, kind: Service, metadata: {name: web}';
const service = (ip: string) => `{${SERVICE}, spec: {ports: [{port: 80}], externalIPs: ["${ip}"]}}`;
const objectsOf = (body: string, files: Readonly<Record<string, string>> = {}) => {
  const action = armOf(body, { files }).steps[0]?.action;
  return action?.kind === 'apply' || action?.kind === 'delete' ? action.objects : [];
};

t.test('manifests come inline or from files, also several in one, relative to the file that names them', async (t) => {
  const files = {
    'd/two.yaml': `{${SERVICE}, spec: {ports: [{port: 80}], externalIPs: ["\${nodes.worker-1.ip}"]}}\n---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n`,
    'd/list.yaml': 'apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: l}}]\n',
  };
  const objects = objectsOf(
    'steps: [{apply: [./d/two.yaml, {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}, d/list.yaml]}]\n',
    files,
  );
  t.match(objects, [
    { kind: 'Service', spec: { externalIPs: ['${nodes.worker-1.ip}'] } },
    { kind: 'ConfigMap', metadata: { name: 'c' } },
    { kind: 'Pod' },
    { kind: 'ConfigMap', metadata: { name: 'l' } },
  ]);
  t.match(objectsOf('steps: [{delete: [d/two.yaml, {kind: Pod, name: p, namespace: n}]}]\n', files), [
    { apiVersion: 'v1', kind: 'Service', name: 'web' },
    { kind: 'ConfigMap', name: 'c' },
    { kind: 'Pod', name: 'p', namespace: 'n' },
  ]);
});

t.test('repeat applies an object N times, ${index} running from 1', async (t) => {
  const body = `steps: [{apply: [{repeat: 10000, apiVersion: v1, kind: ConfigMap, metadata: {name: "c-\${index}"}, data: {n: "\${index}"}}]}]\n`;
  const objects = objectsOf(body);
  t.equal(objects.length, 10_000);
  t.match(
    [objects[0], objects[9999]],
    [
      { metadata: { name: 'c-1' }, data: { n: 1 } },
      { metadata: { name: 'c-10000' }, data: { n: 10_000 } },
    ],
  );
  t.equal((objects[0] as { repeat?: unknown }).repeat, undefined);
  const files = { 'one.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "x-${index}"}\n' };
  t.match(objectsOf('matrix: {n: [2]}\nsteps: [{apply: [{file: one.yaml, repeat: "${matrix.n}"}]}]\n', files), [
    { metadata: { name: 'x-1' } },
    { metadata: { name: 'x-2' } },
  ]);
  t.same(codesOf('steps: [{apply: [{repeat: 200000, apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]}]\n'), [
    'WT0404',
  ]);
});

t.test("an externalIP that the API server refuses is told in the API's own words, at its place", async (t) => {
  const told = (ip: string) => problems(planOf(`steps: [{apply: [${service(ip)}]}]\n`));
  t.match(told('127.0.0.1'), [/WT0402 Service web: spec.externalIPs\[0\]: .*may not be in the loopback range/]);
  t.match(told('169.254.0.1'), [/may not be in the link-local range/]);
  t.match(told('224.0.0.1'), [/may not be in the link-local multicast range/]);
  t.match(told('0.0.0.0'), [/may not be unspecified/]);
  t.match(told('victim'), [/must be a valid IP address/]);
  t.same(told('172.30.0.3'), [], "a node's own address is accepted, as the API server does");
  t.match(planOf(`steps: [{apply: [${service('127.0.0.1')}]}]\n`).diagnostics[0], { line: 5, column: 115 });
});

t.test('a reference that stays is checked with the planned address of its node', async (t) => {
  t.same(codesOf(`steps: [{apply: [${service('${nodes.worker-1.ip}')}]}]\n`), []);
  t.same(codesOf(`steps: [{apply: [${service('${nodes.worker-1.name}')}]}]\n`), ['WT0402']);
});

t.test('refused takes an object that the API refuses', async (t) => {
  const arm = armOf(`steps: [{refused: loopback, apply: [${service('127.0.0.1')}]}]\n`);
  t.match(arm.steps[0]?.action, { kind: 'apply', refused: 'loopback', objects: [{ kind: 'Service' }] });
});

t.test('a problem in a manifest file is told in that file', async (t) => {
  const files = {
    'm/s.yaml': `${SERVICE.replaceAll(', ', '\n')}\nspec:\n  ports: [{port: 80}]\n  externalIPs:\n    - 127.0.0.1\n`,
  };
  t.match(planOf('steps: [{apply: [m/s.yaml]}]\n', { files }).diagnostics, [
    { file: 'm/s.yaml', line: 7, column: 7, code: 'WT0402' },
  ]);
});

t.test('what is no object is refused', async (t) => {
  const file = (text: string) => codesOf('steps: [{apply: [m.yaml]}]\n', { files: { 'm.yaml': text } });
  t.same(file('- 1\n'), ['WT0401']);
  t.same(file('kind: Service\n'), ['WT0401']);
  t.same(file('# nothing\n'), ['WT0005']);
  t.same(file('a: [\n'), ['WT0010']);
  t.same(codesOf('steps: [{apply: [5]}]\n'), ['WT0401']);
  t.same(codesOf('steps: [{apply: [{kind: Service}]}]\n'), ['WT0102', 'WT0102']);
  t.same(codesOf('steps: [{apply: [none.yaml]}]\n'), ['WT0001']);
});

t.test('a misspelt field is told at its key, as strict decoding tells it, with the one that was meant', async (t) => {
  const spec = (text: string) => planOf(`steps: [{apply: [{${SERVICE}, spec: {ports: [{port: 80}], ${text}}}]}]\n`);
  t.same(problems(spec('externalIP: [192.0.2.1]')), [
    'WT0405 strict decoding error: unknown field "spec.externalIP" | did you mean externalIPs?',
  ]);
  t.match(spec('externalIP: [192.0.2.1]').diagnostics[0], { line: 5, column: 101, endColumn: 111 });
  t.same(problems(spec('selectr: {a: b}')), [
    'WT0405 strict decoding error: unknown field "spec.selectr" | did you mean selector?',
  ]);
  t.match(problems(spec('externalIPs: 192.0.2.1')), [
    /WT0405 json: cannot unmarshal string into Go struct field ServiceSpec.spec.externalIPs of type \[\]string/,
  ]);
  const container = 'spec: {containers: [{name: c, image: i, prots: []}]}';
  t.match(problems(planOf(`steps: [{apply: [{apiVersion: v1, kind: Pod, metadata: {name: p}, ${container}}]}]\n`)), [
    /unknown field "spec.containers\[0\].prots" \| did you mean ports\?/,
  ]);
  t.match(problems(planOf('steps: [{patch: {kind: Service, name: web, merge: {spec: {externalIP: []}}}}]\n')), [
    /WT0405 .*"spec.externalIP" \| did you mean externalIPs\?/,
  ]);
  t.same(problems(planOf(`steps: [{refused: decoding, apply: [{${SERVICE}, spec: {selectr: {}}}]}]\n`)), []);
});

t.test('a kind that no API server has is told; one that the simulator lacks skips the case', async (t) => {
  const object = (apiVersion: string, kind: string) =>
    `steps: [{apply: [{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: x}}]}]\n`;
  const told = (apiVersion: string, kind: string) => problems(planOf(object(apiVersion, kind)));
  t.same(told('v1', 'Servce'), ['WT0406 no matches for kind "Servce" in version "v1" | did you mean Service?']);
  t.same(told('v1', 'Deployment'), [
    'WT0406 no matches for kind "Deployment" in version "v1" | did you mean apps/v1 Deployment?',
  ]);
  t.match(told('app/v1', 'Deployment'), [/WT0406/]);
  t.match(told('networking.k8s.oi/v1', 'NetworkPolicy'), [/WT0406/]);
  t.match(problems(planOf('steps: [{delete: [{apiVersion: v1, kind: Servce, name: web}]}]\n')), [/WT0406/]);
  const skip = (apiVersion: string, kind: string) => planOf(object(apiVersion, kind)).plan?.cases[0]?.skip;
  t.equal(skip('networking.k8s.io/v1', 'NetworkPolicy'), 'sim does not serve networking.k8s.io/v1 NetworkPolicy');
  t.equal(skip('example.com/v1', 'Widget'), 'sim does not serve example.com/v1 Widget');
  t.equal(skip('v1', 'Secret'), undefined);
});
