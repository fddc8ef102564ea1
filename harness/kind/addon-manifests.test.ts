/** The manifests that a user may apply, and what a run makes of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { assert } from '../../src/base/assert.js';
import { SECOND } from '../../src/base/instant.js';
import type { KubeObject } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { packageRoot } from '../package.js';
import { type Addon, addonObjects, addonsOf } from './addon-manifests.js';
import { loadImages } from './images.js';
import { LABEL } from './names.js';

const IMAGES = { of: (role: string) => `lab/${role}:1` };

const objects = (addon: Addon, scrapeInterval = 15 * SECOND) =>
  addonObjects(addon, { images: IMAGES, label: 'run-1', scrapeInterval });
const kinds = (all: readonly KubeObject[]) => all.map(({ kind }) => kind);

interface Container {
  readonly image: string;
  readonly imagePullPolicy: string;
}
interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly tolerations: readonly object[];
  readonly nodeSelector: object;
  readonly containers: readonly [Container];
  readonly volumes: readonly object[];
}
function podOf(all: readonly KubeObject[]): PodSpec {
  const [found] = all.filter(({ kind }) => kind === 'DaemonSet' || kind === 'Deployment');
  assert(found, 'there is a workload');
  return (found.spec as { readonly template: { readonly spec: PodSpec } }).template.spec;
}
function configOf(all: readonly KubeObject[]) {
  const map = all.find(({ kind }) => kind === 'ConfigMap');
  assert(map, 'there is a config');
  return parse((map.data as Readonly<Record<string, string>>)['prometheus.yml'] ?? '');
}

function manifestText(addon: Addon): string {
  const folder = join(packageRoot, 'clusters', 'addons', addon);
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
}

t.test('without add-ons there are none, and Prometheus scrapes every 15 s unless told', async (t) => {
  const of = (addons: Readonly<Record<string, unknown>>) => addonsOf({ name: 'lab', addons });
  t.strictSame(of({}), { nodeExporter: false });
  t.strictSame(of({ 'node-exporter': {} }), { nodeExporter: true });
  t.strictSame(of({ 'node-exporter': {}, prometheus: {} }), { nodeExporter: true, scrapeInterval: 15 * SECOND });
  t.strictSame(of({ prometheus: { scrapeInterval: '1.5m' } }), { nodeExporter: false, scrapeInterval: 90 * SECOND });
});

t.test('everything that is wrong with the add-ons is told at once', async (t) => {
  const addons = {
    grafana: {},
    toString: {},
    'node-exporter': { port: 9101 },
    prometheus: { scrapeInterval: 5, retention: '1d' },
  };
  try {
    addonsOf({ name: 'lab', addons });
    t.fail('taken');
  } catch (error) {
    t.match(error, { name: 'Failure', exitCode: ExitCode.usage } as Partial<Failure>);
    t.strictSame((error as Failure).message.split('\n'), [
      'the add-ons of the cluster lab cannot be had:',
      '  grafana: no such add-on; there are node-exporter, prometheus',
      '  toString: no such add-on; there are node-exporter, prometheus',
      '  node-exporter.port: no such setting; it has none',
      '  prometheus.scrapeInterval: 5 is no duration of 1s to 2m',
      '  prometheus.retention: no such setting; scrapeInterval',
    ]);
  }
  for (const scrapeInterval of ['15', '500ms', '3m', '-15s', ''])
    t.throws(() => addonsOf({ name: 'lab', addons: { prometheus: { scrapeInterval } } }), Failure, scrapeInterval);
});

t.test('the manifests name the images of the list', async (t) => {
  const images = loadImages();
  for (const [addon, role] of [
    ['node-exporter', 'nodeExporter'],
    ['prometheus', 'prometheus'],
  ] as const) {
    // What a user applies by hand is what a run applies without an image map.
    const named = [...manifestText(addon).matchAll(/^ +image: (.+)$/gm)].map(([, image]) => image);
    t.same(named, [images.of(role)], addon);
  }
});

t.test('a run sets image, label and interval, and nothing is pulled that is there', async (t) => {
  t.same(kinds(objects('node-exporter')), ['Namespace', 'DaemonSet']);
  const prometheus = objects('prometheus', 90 * SECOND);
  const ordered = ['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'ConfigMap', 'Service', 'Deployment'];
  t.same(kinds(prometheus), ordered, 'what a pod needs comes before it');
  for (const object of [...objects('node-exporter'), ...prometheus]) t.equal(object.metadata.labels?.[LABEL], 'run-1');
  t.match(podOf(prometheus).containers[0], { image: 'lab/prometheus:1', imagePullPolicy: 'IfNotPresent' });
  t.match(podOf(objects('node-exporter')).containers[0], {
    image: 'lab/nodeExporter:1',
    imagePullPolicy: 'IfNotPresent',
  });
  t.match(configOf(prometheus).global, { scrape_interval: '90s', scrape_timeout: '10s' });
  t.match(configOf(objects('prometheus', 5 * SECOND)).global, { scrape_interval: '5s', scrape_timeout: '5s' });
});

t.test(
  'node-exporter is on every node and in its network, Prometheus on the control plane and without a volume',
  async (t) => {
    t.match(podOf(objects('node-exporter')), { hostNetwork: true, tolerations: [{ operator: 'Exists' }] });
    const pod = podOf(objects('prometheus'));
    t.match(pod, {
      tolerations: [{ operator: 'Exists' }],
      nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
    });
    t.strictSame(pod.volumes, [
      { name: 'config', configMap: { name: 'prometheus' } },
      { name: 'data', emptyDir: {} },
    ]);
    const [job] = configOf(objects('prometheus')).scrape_configs;
    t.match(job, {
      job_name: 'node-exporter',
      relabel_configs: [{}, { source_labels: ['__meta_kubernetes_pod_node_name'], target_label: 'node' }],
    });
  },
);
