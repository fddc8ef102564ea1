import t from 'tap';
import { bindNodes } from './bind-nodes.js';
import { armOf, codesOf, planOf, problems } from './plan-fixture.js';

const OBJECT = 'apiVersion: v1, kind: ConfigMap, metadata: {name: c}';

t.test('references stand alone and keep their type, or inside a string', async (t) => {
  const arm = armOf(`
variables: {port: 80, list: [ok, timeout], wait: 5, unit: s}
probes:
  p: {from: worker-1, tcp: {to: 10.0.0.1, port: "\${port}"}, every: "\${wait}\${unit}"}
steps:
  - apply: [{${OBJECT}, data: {port: "\${port}", text: "port \${port}"}}]
    expect: [{probe: p, is: "\${list}", within: "\${wait}s"}]
`);
  t.match(arm.probes[0], { target: { kind: 'tcp', to: '10.0.0.1', port: 80 }, every: 5_000_000 });
  t.match(arm.steps[0]?.action, { objects: [{ data: { port: 80, text: 'port 80' } }] });
  t.match(arm.steps[0]?.expect, [{ is: ['ok', 'timeout'], within: 5_000_000 }]);
});

t.test(
  'a node, or a variable that holds one, has .name and .ip; where a node is expected it is its name',
  async (t) => {
    const arm = armOf(`
variables: {victim: "\${nodes.worker-1}", again: "\${victim}", where: "http://\${again.ip}:80/"}
probes:
  p: {from: "\${again}", ping: "\${victim}"}
  q: {from: "\${nodes.worker-2}", http: "\${where}"}
steps:
  - expect:
      - {node: ["\${victim}", worker-2], condition: Ready, is: "True"}
      - {route: {from: worker-2, to: worker-1}, type: unicast}
      - {address: "\${victim.ip}", on: "\${again}"}
      - {cause: none, names: ["Node \${victim.name}"]}
`);
    t.match(arm.probes, [
      { from: { kind: 'node', node: 'worker-1' }, target: { kind: 'ping', to: '${nodes.worker-1.ip}' } },
      { from: { kind: 'node', node: 'worker-2' }, target: { kind: 'http', url: 'http://${nodes.worker-1.ip}:80/' } },
    ]);
    t.match(arm.steps[0]?.expect, [
      { nodes: ['worker-1', 'worker-2'] },
      { from: ['worker-2'], to: '${nodes.worker-1.ip}' },
      { address: '${nodes.worker-1.ip}', on: ['worker-1'] },
      { names: ['Node ${nodes.worker-1.name}'] },
    ]);
    const bound = bindNodes(arm, [{ name: 'worker-1', kubernetesName: 'kind-worker', ip: '172.18.0.3' }]);
    t.match(bound.probes[1], { target: { url: 'http://172.18.0.3:80/' } });
    t.match(bound.steps[0]?.expect[3], { names: ['Node kind-worker'], text: 'cause none names Node kind-worker' });
    t.equal(bound.cluster, arm.cluster, 'what holds no reference is the same object');
  },
);

t.test('in manifests only the known roots are replaced', async (t) => {
  const arm = armOf(`
variables: {victim: "\${nodes.worker-1}"}
steps:
  - apply:
      - {${OBJECT}, data: {script: 'echo \${HOME} \${victim.ip} \${}', js: '\${ a + b }'}}
  - patch: {kind: ConfigMap, name: c, merge: {data: {x: "\${PATH}"}}}
`);
  t.match(arm.steps[0]?.action, {
    objects: [{ data: { script: 'echo ${HOME} ${nodes.worker-1.ip} ${}', js: '${ a + b }' } }],
  });
  t.match(arm.steps[1]?.action, { target: { apiVersion: 'v1' }, merge: { data: { x: '${PATH}' } } });
  t.same(codesOf(`steps: [{apply: [{${OBJECT}, data: {x: "\${matrix.a} \${nodes.x.ip}"}}]}]\n`), ['WT0201', 'WT0302']);
});

t.test('an unknown reference is an error at its place', async (t) => {
  const result = planOf(
    'variables: {victim: 1}\nsteps:\n  - sleep: "1${victm}"\n  - sleep: "${matrix.wait}"\n  - sleep: "${{ matrix.x }}"\n',
  );
  t.match(problems(result), [
    'WT0201 no variable victm | did you mean victim?',
    'WT0201 the matrix has no axis wait | there are no axes',
    /WT0202 not a reference/,
  ]);
  t.match(result.diagnostics[0], { line: 7, column: 14, endColumn: 22 }, 'inside the text, at the reference');
});

t.test('nodes that do not exist, and parts that a node has not, are told', async (t) => {
  t.same(codesOf('variables: {v: "${nodes.worker-9}"}\n'), ['WT0302']);
  t.same(codesOf('variables: {v: "${nodes.worker-1.mac}"}\n'), ['WT0203']);
  t.same(codesOf('variables: {v: "${nodes}"}\n'), ['WT0202']);
  t.same(codesOf('variables: {v: 5}\nsteps: [{bind: {address: "${v.ip}", on: worker-1, device: d}}]\n'), ['WT0203']);
});

t.test('a node inside a text, or in a field of another kind, is refused with what to write', async (t) => {
  const head = 'variables: {victim: "${nodes.worker-1}"}\n';
  t.match(problems(planOf(`${head}steps: [{expect: [{cause: none, names: ["Node \${victim}"]}]}]\n`)), [
    /WT0205 .*write its .name or .ip/,
  ]);
  t.same(codesOf(`${head}steps: [{expect: [{cause: none, names: ["\${victim}"]}]}]\n`), ['WT0205']);
  t.same(codesOf(`${head}steps: [{apply: [{${OBJECT}, data: {x: "\${victim}"}}]}]\n`), ['WT0205']);
  t.same(codesOf(`${head}steps: [{sleep: "\${victim}"}]\n`), ['WT0106']);
  t.same(codesOf(`${head}probes: {p: {from: worker-1, tcp: {to: 10.0.0.1, port: "\${victim.ip}"}}}\n`), ['WT0103']);
});

t.test('variables in a circle are refused, with the circle', async (t) => {
  const result = planOf('variables: {a: "${b}", b: [{x: "${c}"}], c: "${a.ip}", d: "${d}"}\n');
  t.match(problems(result), [
    'WT0204 variables refer to each other in a circle: a → b → c → a',
    'WT0204 variables refer to each other in a circle: d → d',
  ]);
});

t.test('cluster files, metadata and the matrix take no references', async (t) => {
  t.same(codesOf('matrix: {a: ["${x}"]}\nvariables: {x: 1}\n'), ['WT0207']);
  t.same(codesOf('metadata: {name: s, description: "${x}"}\nvariables: {x: 1}\n'), ['WT0207']);
});

t.test('a value that a reference brings is checked like one that is written', async (t) => {
  t.same(codesOf('variables: {wait: soon}\nsteps: [{sleep: "${wait}"}]\n'), ['WT0106']);
  t.same(codesOf('variables: {n: [1]}\nprobes: {p: {from: "${n}", ping: 10.0.0.1}}\n'), ['WT0103']);
  t.same(codesOf('variables: {n: nobody}\nprobes: {p: {from: "${n}", ping: 10.0.0.1}}\n'), ['WT0302']);
  t.same(
    codesOf('matrix: {mode: [ipvs, ipv]}\ncluster: {from: c.yaml, with: {kubeProxy: {mode: "${matrix.mode}"}}}\n'),
    ['WT0104'],
  );
});

t.test('${index} stands in repeated objects only', async (t) => {
  t.same(codesOf('steps: [{sleep: "${index}s"}]\n'), ['WT0201']);
});
