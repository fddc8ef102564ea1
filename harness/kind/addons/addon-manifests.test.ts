/** The manifests that a user may apply, and what a run makes of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { assert } from '../../../src/base/assert.js';
import { SECOND } from '../../../src/base/instant.js';
import type { Addon } from '../../../src/plan/addons.js';
import type { KubeObject } from '../../../src/scenario/model.js';
import { packageRoot } from '../../package.js';
import { loadImages } from '../images.js';
import { LABEL } from '../names.js';
import { addonObjects } from './addon-manifests.js';

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
