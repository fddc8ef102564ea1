/** What the words mean together, in prose: the part of docs/language.md that no schema says. Tests are named after its sentences. */

/** A whole scenario in twenty lines; a test plans it. */
export const EXAMPLE = `apiVersion: windtunnel/v1alpha1
kind: Scenario
metadata: {name: worker-cut-off, tags: [outage]}
cluster: {from: ../../clusters/three-nodes.yaml}
variables: {victim: "\${nodes.worker-1}"}
probes:
  api: {from: "\${victim}", tcp: apiserver, every: 1s, timeout: 3s}
steps:
  - name: everything is well before
    expect: [{probe: api, is: ok, for: 5s}]
  - name: the fault
    treatment: true
    apply:
      - apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{port: 80}], externalIPs: ["\${victim.ip}"]}
  - name: the worker is cut off
    expect:
      - {probe: api, is: [timeout, host-unreachable], within: 10s, for: 30s}
      - {node: "\${victim}", condition: Ready, is: Unknown, within: 70s}
      - {cause: externalip-is-node-address, names: [Service default/web]}
`;

export const MEANING: readonly string[] = [
  '## Meaning',
  '',
  '### Files',
  '',
  'A file is YAML 1.2 in UTF-8, at most 5 MiB, one document. Keys are strings, each once; keys that the language does not know are',
  'refused. Anchors and aliases work, and `<<` merges mappings as in YAML 1.1: what a mapping says itself wins over what it merges,',
  'and of several merged mappings the first wins. Aliases that would stand for more than 100,000 values are refused. A path is',
  'relative to the file that names it. All problems of all files are told at once (docs/errors.md), and nothing starts before there',
  'are none. Editors check a file while it is written with `# yaml-language-server: $schema=../../schema/scenario.schema.json`.',
  '',
  '### Scalars',
  '',
  '- A duration is a number with `us`, `ms`, `s`, `m` or `h`: `500ms`, `5s`, `2m`, `1h`. It is never negative.',
  '- A rate is a number with `bps`, `Kbps`, `Mbps` or `Gbps`: decimal bits a second, on the wire. A size has `KB`, `MB`, `GB`, `TB`,',
  '  decimal bytes.',
  '- A comparison is a number, an operator with a number (`">=10"`), both ends of a range (`855e6..945e6`), or an operator with a side',
  '  of `compare` (`"<a"`: less than side a\'s value).',
  '- Node statuses and versions are texts: `"True"` and `"1.34.2"` stand in quotes.',
  '',
  '### References',
  '',
  '`${matrix.AXIS}` is the value of an axis, `${NAME}` a variable, `${nodes.NAME}` a node, `${index}` the number of a repeated object.',
  'A node, or a variable that holds one, has `.name` (what Kubernetes calls it) and `.ip`; both follow the backend. A reference that is the',
  'whole value keeps its type; inside a text it is written out. A node has no form inside a text: write its `.name` or `.ip`. In',
  'manifests only these roots are replaced, so a shell script in a ConfigMap keeps its `${HOME}`; elsewhere an unknown reference is an',
  'error at its place. Variables may use each other, though not in a circle. Cluster files, `metadata` and `matrix` take no references.',
  '',
  '### Matrix',
  '',
  'The points are the product of the axes, less those that an entry of `exclude` fits. Then `include`: an entry that fits points by its',
  'axes adds its other keys to them, and never changes the value of an axis; one that fits none is a further point. In `exclude`,',
  '`include`, `when` and `sameWhen` a value fits by equality, a list by any of its values, and a Kubernetes version also by range:',
  '`"<1.31"`, `">=1.28 <1.36"`; pre-releases count as part of it. `{}` fits every point. The keys are axes of the matrix, and a value in',
  '`when` that no point has is an error, for the step would never run. At most 10,000 points are planned. `--matrix kubernetes=1.34.2` picks',
  'points, by values or by a range; a scenario without that axis is then left out.',
  '',
  '### Clusters',
  '',
  '`cluster.with` is laid over the cluster file: mappings merge, lists whose items have names merge by name, all else is replaced. A node',
  'that the file does not have is added. `{name: worker, count: 4999}` makes worker-1 to worker-4999; a single `{name: worker-7, …}` is laid',
  'over them, and a second `{name: worker, count: …}` over the first. A node without `ip` gets the first free address of the subnet from',
  '.2 on, in the order of the nodes; .1 is the gateway, and .254, where no node has it, the host `outside`. Without `kubernetes` the cluster',
  'is bare hosts. The model is IPv4 only: a case that holds an IPv6 address is skipped with that reason.',
  '',
  '### Steps',
  '',
  'Steps run in order. A step has one action, or `expect`, or both, and then the action first. Where an expectation fails, the others of',
  'its step settle, then the case goes on with `catch` and `finally`. A failure before the first treatment is `infra-error`: the testbed was not',
  'well. `apply` with `refused` passes only when the API refuses the objects with that text, and nothing was stored. `repeat: N` on an',
  'object, or on `{file: PATH}`, applies it N times with `${index}` from 1 to N. What the API server would refuse by the object alone is',
  'told as an error of the file, in its own words, unless the step says `refused`: a kind that there is not, a field that the kind has',
  'not (as `kubectl apply` with `--validate=strict`, its default), a value that is refused. The simulator serves the kinds that its model',
  'reads; an object of another kind of Kubernetes, or a custom resource (its group is a domain of its own), skips the case and says so.',
  '',
  '### Expectations',
  '',
  'The expectations of a step start together, and the step ends when all are settled.',
  '',
  '| written | holds |',
  '| --- | --- |',
  '| `within: W, for: D` | there is a moment within W from which it holds all through D; it may have begun and broken before |',
  '| `for: D` | from now on, for D |',
  '| `within: W` | once, within W |',
  '| neither | when the timed expectations of the step have settled |',
  '',
  'A list of outcomes, states or types means any of these; a list of nodes means each of them.',
  '',
  '### Probes',
  '',
  'A sample belongs to the moment at which it started. One is under way at a time, and the next starts on the grid of `every`. `wrong-host`',
  'means that somebody else answered: known by the banner, by the TLS subject, or because the kernel took the target for its own',
  'address. No sample in the window is `unknown`, which is never a pass. `tcp: apiserver` is what the kubelet of that node dials.',
  '',
  '### Treatment and control',
  '',
  '`treatment: true` marks the steps that the control arm leaves out. Arms run apart. Only on the first does an expectation fail the case;',
  'the others are compared with it, by expectations over probes, node conditions, leases, pods, placement and PromQL values. A case whose',
  'control arm ends the same is *vacuous*, and fails; where `control.sameWhen` fits, it is the difference that fails it. Without a',
  'treatment there is no control arm, and a note says so. `control.arms` are further arms, named by what they change, `cluster` or `variables`.',
  'They keep the treatment, and `expect` says whether they must end differently (`differs`, the default) or the `same`.',
  '`cause` holds when the diagnosis, made from evidence alone, names that cause and mentions everything under `names`.',
  '',
  '### Time',
  '',
  '`--deadline-factor 3` stretches every `within` and `timeout`. `timing: {scale: 0.1}` in a cluster runs the timers of every component at a',
  'tenth, and with them `within`, `for`, `age`, `every` and `timeout`; `sleep` and the timers of the kernel stay as they are.',
  '',
  '### Selecting',
  '',
  "`--tags 'externalip && !slow'` takes `&&`, `||`, `!` and parentheses; `&&` binds before `||`. `--focus TEXT` takes the cases whose id",
  'contains the text, capitals alike; given several times, any of them.',
  '',
];
