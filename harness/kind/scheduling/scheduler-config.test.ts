/** What a cluster file's scheduler becomes: a configuration, a build, an image, objects. */
import t from 'tap';
import { schedulerOf } from '../../../src/plan/scheduler-problems.js';
import type { ClusterSpec } from '../../../src/scenario/model.js';
import type { Docker } from '../docker.js';
import { LABEL } from '../names.js';
import { TWO_NODES } from '../stand-in.js';
import { type ConfiguredBy, isOn, schedulerConfiguration } from './scheduler-config.js';
import { buildFor, schedulerImage } from './scheduler-images.js';
import { schedulerObjects } from './scheduler-objects.js';

const nodes: ClusterSpec['nodes'] = TWO_NODES.nodes.map((node, index) => ({
  ...node,
  linkRateBps: [1e9, 2.5e9][index] ?? 0,
}));
const spec: ConfiguredBy = { nodes, addons: { prometheus: { scrapeInterval: '5s' } } };
const names = new Map([
  ['cp', 'wt-control-plane'],
  ['w1', 'wt-worker'],
]);
const profileOf = (plugins: object, by = spec) => {
  const scheduler = schedulerOf({ name: 'b', plugins });
  return schedulerConfiguration(scheduler, by, names).profiles[0];
};

t.test('the plugin gets its weight, and what the cluster knows: interval, links, device', async (t) => {
  t.strictSame(profileOf({ network_traffic: { weight: 5, window: '2m', direction: 'max' } }), {
    schedulerName: 'b',
    plugins: { multiPoint: { enabled: [{ name: 'network_traffic', weight: 5 }] } },
    pluginConfig: [
      {
        name: 'network_traffic',
        args: {
          prometheusURL: 'http://prometheus.monitoring.svc:9090',
          device: 'eth0',
          interval: '5s',
          window: '2m',
          direction: 'max',
          linkCapacity: { 'wt-control-plane': '1Gbps', 'wt-worker': '2500Mbps' },
        },
      },
    ],
  });
});

t.test('what the user wrote wins, nodes under the names that Kubernetes has', async (t) => {
  const given = { ip: 'http://p:1', deviceName: 'eth1', interval: '7s', linkCapacity: { w1: '10Mbps', '*': 'auto' } };
  const [config] = profileOf({ network_traffic: given }).pluginConfig;
  t.strictSame(config?.args, { ...given, linkCapacity: { 'wt-worker': '10Mbps', '*': 'auto' } });
  const byDefault = profileOf({ network_traffic: {} }, { nodes, addons: { prometheus: {} } });
  t.equal(byDefault.pluginConfig[0]?.args.interval, '15s', "Prometheus's own");
  t.strictSame(profileOf({ network_traffic: { linkCapacity: 'auto' } }, { nodes, addons: {} }).pluginConfig[0]?.args, {
    prometheusURL: 'http://prometheus.monitoring.svc:9090',
    device: 'eth0',
    linkCapacity: 'auto',
  });
});

t.test(
  'a plugin that is off is not in the profile; others of kube-scheduler stop scoring and go on filtering',
  async (t) => {
    const plugins = {
      network_traffic: { enabled: false, weight: 5, window: '2m' },
      NodeResourcesFit: { enabled: false },
      ImageLocality: { weight: 7 },
      VolumeBinding: { bindTimeoutSeconds: 9 },
    };
    t.strictSame(profileOf(plugins), {
      schedulerName: 'b',
      plugins: { score: { enabled: [{ name: 'ImageLocality', weight: 7 }], disabled: [{ name: 'NodeResourcesFit' }] } },
      pluginConfig: [{ name: 'VolumeBinding', args: { bindTimeoutSeconds: 9 } }],
    });
    t.same([isOn(schedulerOf({ name: 'b', plugins })), isOn(schedulerOf({ name: 'b' }))], [false, false]);
  },
);

t.test('the build is the nearest that is not newer; one that is too old is told, or none', async (t) => {
  const builds = [
    { version: '1.36.3', specimens: true },
    { version: '1.31.0', specimens: false },
  ];
  t.same(buildFor('1.37.1', false, builds), { version: '1.36.3' });
  t.same(buildFor('1.32.9', false, builds), { version: '1.31.0' });
  t.match(buildFor('1.34.2', false, builds), { version: '1.31.0', note: /3 minors older, Kubernetes supports one/ });
  const served = /there are 1.36.3 for 1.36 and 1.37, 1.31.0 for 1.31 and 1.32, and a kube-scheduler must not be newer/;
  t.throws(() => buildFor('1.35.0', false, builds), { message: served, exitCode: 3 });
  t.throws(() => buildFor('1.30.0', false, builds), { message: served });
  t.throws(() => buildFor('1.34.2', true, builds), { message: /no specimen-scheduler serves Kubernetes 1.34.2/ });
});

t.test('an image that the daemon has not is told with the command that makes it', async (t) => {
  const daemon = (code: number) =>
    ({ run: async () => ({ code, stdout: 'sha256:0', stderr: 'No such image' }) }) as unknown as Docker;
  const scheduler = (which: string, version: string) => `mine/${which}:${version}`;
  t.equal(await schedulerImage(daemon(0), { scheduler }, { version: '1.34.2' }, true), 'mine/specimens:1.34.2');
  await t.rejects(schedulerImage(daemon(1), { scheduler }, { version: '1.34.2' }, false), {
    message: 'the image mine/scheduler:1.34.2 is not in the Docker daemon',
    hint: /npm run scheduler:build -- --generation 1.34 /,
  });
});

t.test('the objects are those of the files, with the name, the image and the node', async (t) => {
  const configuration = schedulerConfiguration(schedulerOf({ name: 'second' }), spec, names);
  const wanted = {
    name: 'second',
    image: 'i:1',
    configuration,
    specimens: 'herding',
    node: 'wt-control-plane',
    label: 'l',
  };
  const objects = schedulerObjects(wanted);
  t.notMatch(JSON.stringify(objects), /bandwidth-scheduler/);
  const called = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  for (const one of [
    'ServiceAccount second',
    'ClusterRole second-metrics-reader',
    'ConfigMap second',
    'Deployment second',
  ])
    t.ok(called.includes(one), one);
  t.ok(objects.every(({ metadata }) => metadata.labels?.[LABEL] === 'l'));
  t.match(objects.at(-1), {
    metadata: { labels: { 'app.kubernetes.io/name': 'second', 'app.kubernetes.io/managed-by': 'kube-windtunnel' } },
    spec: {
      strategy: { type: 'Recreate' },
      template: {
        spec: {
          serviceAccountName: 'second',
          nodeSelector: { 'kubernetes.io/hostname': 'wt-control-plane' },
          containers: [
            {
              name: 'kube-scheduler',
              image: 'i:1',
              imagePullPolicy: 'Never',
              args: /schedule_one=10.*--specimens=herding/,
            },
          ],
          volumes: [{ configMap: { name: 'second' } }],
        },
      },
    },
  });
});
