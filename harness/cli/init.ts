/** `init`: a first scenario with its cluster file, to run and to change. Overwrites nothing. */

import { writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure, systemReason } from '../failure.js';
import { makeFolder } from '../files/make-folder.js';
import { escapeLine, shellCommand } from '../terminal/escape.js';
import type { Context } from './context.js';

const CLUSTER = `# What scenarios run on: one control plane, two workers, kube-proxy in IPVS mode.
apiVersion: windtunnel/v1alpha1
kind: Cluster
metadata: {name: my-cluster}
spec:
  kubernetes: "1.34.2"
  nodes:
    - {name: control-plane, role: control-plane}
    - {name: worker-1}
    - {name: worker-2}
  network: {subnet: 172.30.0.0/24}
  kubeProxy: {mode: ipvs}
  cni: {name: kindnet}
`;

const SCENARIO = `# A Service takes an address of the nodes' network for its externalIP. Under IPVS every node then holds that address itself.
# This one belongs to nobody, so nobody is harmed, and the run passes.
# The outage is one change away: make \`address\` below the address of worker-1, and run again. Then worker-1 is cut off from every
# other node, the run fails, and it says why.
apiVersion: windtunnel/v1alpha1
kind: Scenario
metadata:
  name: my-first
  description: An externalIP that no node has is taken by every node, and harms nobody.
cluster: {from: ../clusters/my-cluster.yaml}
variables:
  address: 172.30.0.200                 # the outage: "\${nodes.worker-1.ip}"
probes:
  api: {from: worker-1, tcp: apiserver, every: 1s, timeout: 3s}
  web: {from: worker-2, tcp: {to: "\${address}", port: 80}, every: 1s, timeout: 3s}
steps:
  - name: everything is well before
    expect:
      - {probe: api, is: ok, for: 5s}
  - name: the Service
    treatment: true                     # the control arm leaves this step out; all else is the same there
    apply:
      - apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: default}
        spec: {selector: {app: web}, ports: [{port: 80}], externalIPs: ["\${address}"]}
  - name: worker-1 still reaches the API server
    expect:
      - {probe: api, is: ok, for: 60s}
      - {node: worker-1, condition: Ready, is: "True"}
      # worker-2 has the address itself now, and the Service no pods: refused at once. On the control arm nobody has the
      # address. Without an expectation that ends differently there, nothing would show that the Service did anything,
      # and the case would fail as vacuous.
      - {probe: web, is: refused, within: 10s, for: 10s}
`;

const FILES: readonly (readonly [string, string])[] = [
  ['clusters/my-cluster.yaml', CLUSTER],
  ['scenarios/my-first.yaml', SCENARIO],
];

function writeNew(path: string, text: string): void {
  try {
    makeFolder(dirname(path));
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Failure(ExitCode.usage, `${path} is there already`, 'init overwrites nothing; name another folder');
    }
    throw new Failure(ExitCode.infraError, `cannot write ${path}: ${systemReason(error)}`);
  }
}

export async function initCommand({ streams, cwd }: Context, folder: string): Promise<number> {
  const root = resolve(cwd, folder);
  for (const [path, text] of FILES) {
    writeNew(join(root, path), text);
    streams.err.write(`wrote ${escapeLine(join(folder, path))}\n`);
  }
  const scenario = relative(cwd, join(root, 'scenarios')) || '.';
  streams.out.write(`${shellCommand(['npx', 'windtunnel', 'run', scenario])}\n`);
  return ExitCode.passed;
}
