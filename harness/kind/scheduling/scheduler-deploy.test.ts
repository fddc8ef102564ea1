/**
 * Schedulers deployed, checked and taken away. The API server is a table of objects that makes a pod of a Deployment and schedules pods; the
 * daemon answers for the nodes' containers.
 */
import t from 'tap';
import type { KubeObject } from '../../../src/scenario/model.js';
import type { ApiRequest, ApiResponse } from '../api-request.js';
import type { KindNode } from '../cluster.js';
import { Docker, type Ran } from '../docker.js';
import { TWO_NODES } from '../stand-in.js';
import { deploySchedulers, type SchedulersPlan } from './scheduler-deploy.js';

const PLURALS = {
  v1: ['Pod', 'ServiceAccount', 'ConfigMap'],
  'apps/v1': ['Deployment'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
};
const RESOURCES = new Map(
  Object.entries(PLURALS).map(([group, kinds]) => [
    `${group.includes('/') ? '/apis/' : '/api/'}${group}`,
    kinds.map((kind) => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: !kind.startsWith('Cluster') })),
  ]),
);
const NOT_FOUND = { status: 404, body: { code: 404, reason: 'NotFound', message: 'not found' } };
const POD = {
  metadata: { name: 'b-1', uid: 'u', labels: { 'app.kubernetes.io/name': 'b' } },
  status: { podIP: '10.0.0.2', conditions: [{ type: 'Ready', status: 'True' }] },
};

interface World {
  readonly objects: Map<string, KubeObject>;
  /** What the scheduler has scored: more with every pod. */
  scored: number;
  unknown: number;
  configz: (config: unknown) => unknown;
  readonly pod: object;
  /** What the API server answers in place of its own. */
  readonly instead: (request: ApiRequest) => ApiResponse | undefined;
}

function world(change: Partial<World> = {}): World {
  return {
    objects: new Map(),
    scored: 0,
    unknown: 0,
    configz: (config) => config,
    pod: POD,
    instead: () => undefined,
    ...change,
  };
}

const deployed = ({ objects }: World) => [...objects.values()].find(({ kind }) => kind === 'Deployment');

function request(here: World) {
  return async (asked: ApiRequest): Promise<ApiResponse> => {
    const { method, path, body } = asked;
    const other = here.instead(asked);
    if (other) return other;
    const [at = ''] = path.split('?');
    const resources = RESOURCES.get(at);
    if (resources) return { status: 200, body: { resources } };
    if (at.endsWith('/pods')) return { status: 200, body: { items: deployed(here) ? [here.pod] : [] } };
    if (method === 'PATCH') {
      const object = body as KubeObject;
      if (object.kind === 'Pod') here.scored += 2;
      here.objects.set(
        at,
        object.kind === 'Pod' ? { ...object, spec: { ...(object.spec as object), nodeName: 'w' } } : object,
      );
    }
    const object = here.objects.get(at);
    if (!object) return NOT_FOUND;
    if (method === 'DELETE') here.objects.delete(at);
    return { status: 200, body: object };
  };
}

/** The build that the daemon has. */
const ON_NODE = `docker.io/kube-windtunnel/bandwidth-scheduler:1.34.2
kube-windtunnel.local/build/caacb8833c9e62e3:1234`;

function daemon(here: World): Docker {
  const answer = async (args: readonly string[]): Promise<Ran> => {
    const text = args.join(' ');
    const ok = (stdout: string) => ({ stdout, stderr: '', code: 0, timedOut: false });
    if (text.startsWith('image inspect ')) return ok('sha256:1234');
    if (text.includes('images ls')) return ok(ON_NODE);
    if (text.endsWith('/metrics')) {
      const score = `scheduler_plugin_evaluation_total{extension_point="Score",plugin="network_traffic"} ${here.scored}`;
      const known = `network_traffic_unknown_nodes{reason="missing"} ${here.unknown}\nnetwork_traffic_snapshot_age_seconds 1`;
      return ok(here.scored > 0 ? `${score}\n${known}` : known);
    }
    if (!text.endsWith('/configz')) return ok(text.includes('/var/log/pods') ? 'E1122 1 1 x] "why"' : '');
    const [, map] = [...here.objects].find(([path]) => path.includes('configmaps')) ?? [];
    const { parse } = await import('yaml');
    const config = parse((map as unknown as { data: Record<string, string> }).data['scheduler-config.yaml'] ?? '');
    return ok(JSON.stringify({ componentconfig: here.configz(config) }));
  };
  const docker = new Docker();
  docker.run = answer;
  return docker;
}

const NODES: readonly KindNode[] = TWO_NODES.nodes.map(({ name, role, ip }) => ({
  name,
  role,
  ip,
  container: `wt-${name}`,
}));

function plan(here: World, more: Partial<SchedulersPlan['spec']> = {}) {
  const schedulers = [{ name: 'b', plugins: { network_traffic: { weight: 5 } } }];
  const followed: string[] = [];
  const lines: ((line: string) => void)[] = [];
  const options: SchedulersPlan = {
    spec: { ...TWO_NODES, addons: { prometheus: {} }, schedulers, ...more },
    cluster: { docker: daemon(here), nodes: NODES, label: 'l' },
    images: { scheduler: (_, version) => `kube-windtunnel/bandwidth-scheduler:${version}` },
    request: request(here),
    follow: async (argv, take) => {
      followed.push(argv.join(' '));
      lines.push(take);
      return async () => void followed.push('ended');
    },
    now: () => 42,
    say: () => {},
  };
  return { options, followed, lines };
}

t.test('a scheduler is deployed, checked, listened to, and nothing of it is left in the end', async (t) => {
  const here = world();
  const { options, followed, lines } = plan(here);
  const schedulers = await deploySchedulers(options);
  t.match(schedulers.notes, [/scheduler b: kube-windtunnel\/bandwidth-scheduler:1.34.2, Ready/]);
  t.match(deployed(here), { spec: { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': 'wt-cp' } } } } });
  t.notOk(
    [...here.objects.values()].some(({ kind }) => kind === 'Pod'),
    'the pod of the check is gone',
  );
  t.match(followed, [/^tail .*--follow=name .*\/kube-system_b-1_u\/kube-scheduler\/0.log .*\/1.log/]);
  const bound = (pod: string) => `I1122 1 1 x.go:1] "Successfully bound pod to node" pod="${pod}" node="wt-w1"`;
  for (const pod of ['kube-system/b-canary', 'default/p']) lines[0]?.(bound(pod));
  t.match(schedulers.decisions.decisions(), [{ at: 42, pod: 'default/p', scheduler: 'b', node: 'wt-w1' }]);
  await schedulers.close();
  t.equal(here.objects.size, 0);
  t.equal(followed.at(-1), 'ended');
});

t.test('what a check sees wrong is a failure with the end of the log, and all is taken away', async (t) => {
  const cases: readonly (readonly [string, World, RegExp])[] = [
    ['another configuration', world({ configz: () => ({ profiles: [] }) }), /has not the configuration.*no profile b/s],
    [
      'one that starts in vain',
      world({ pod: crashing('CrashLoopBackOff') }),
      /for scheduler b to be Ready; last seen.*CrashLoop/s,
    ],
  ];
  for (const [what, here, message] of cases) {
    await t.rejects(deploySchedulers(plan(here).options), { message, exitCode: 3 }, what);
    await t.rejects(deploySchedulers(plan(here).options), { message: /it says:\nE1122 1 1 x\] "why"/ }, what);
    t.equal(here.objects.size, 0, what);
  }
});

const crashing = (reason: string) => ({
  metadata: POD.metadata,
  status: {
    phase: 'Running',
    containerStatuses: [{ restartCount: 2, state: { waiting: { reason, message: 'back-off' } } }],
  },
});

t.test('a plugin that is off must not have scored', async (t) => {
  const schedulers = [{ name: 'b', plugins: { network_traffic: { enabled: false } } }];
  const message = /network_traffic scored in scheduler b, whose profile is without it/;
  await t.rejects(deploySchedulers(plan(world(), { schedulers }).options), { message });
});

t.test('objects of somebody else are neither changed nor taken away; what a killed run left is', async (t) => {
  const theirs = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'b', namespace: 'kube-system' } };
  const path = '/api/v1/namespaces/kube-system/serviceaccounts/b';
  const here = world({ objects: new Map([[path, theirs]]) });
  await t.rejects(deploySchedulers(plan(here).options), { message: 'the cluster has a ServiceAccount b of its own' });
  t.strictSame([...here.objects.values()], [theirs]);
  const left = world();
  await deploySchedulers(plan(left).options);
  const again = await deploySchedulers(plan(left).options);
  await again.close();
  t.equal(left.objects.size, 0);
});

t.test('a request that fails is what was last seen, and asked again', async (t) => {
  let failures = 0;
  const instead = ({ path }: ApiRequest) => {
    if (!path.endsWith('/pods') || ++failures > 2) return undefined;
    if (failures === 1) throw new Error('ECONNRESET');
    return { status: 500, body: { message: 'etcdserver: leader changed' } };
  };
  const schedulers = await deploySchedulers(plan(world({ instead })).options);
  t.match(schedulers.notes, [/Ready/]);
});

t.test('everything that is made has the label of its cluster', async (t) => {
  const applied: KubeObject[] = [];
  const instead = ({ method, body }: ApiRequest) => {
    if (method === 'PATCH') applied.push(body as KubeObject);
    return undefined;
  };
  await deploySchedulers(plan(world({ instead })).options);
  t.ok(applied.some(({ kind }) => kind === 'Pod'));
  for (const { kind, metadata } of applied) t.equal(metadata.labels?.['kube-windtunnel.label'], 'l', kind);
});

t.test('what fails first stays, where the clean-up after it fails too', async (t) => {
  const isCanary = ({ path }: ApiRequest) => path.includes('/pods/b-canary');
  let deletes = 0;
  const instead = (asked: ApiRequest) => {
    if (!isCanary(asked)) return undefined;
    if (asked.method === 'PATCH') return { status: 403, body: { code: 403, message: 'quota' } };
    if (asked.method === 'DELETE' && ++deletes > 1) throw new Error('ECONNREFUSED');
    return undefined;
  };
  const { options } = plan(world({ instead }));
  const said: string[] = [];
  await t.rejects(deploySchedulers({ ...options, say: (text) => said.push(text) }), {
    message: 'a pod for scheduler b: quota',
  });
  t.match(said, [/^after the check of scheduler b: ECONNREFUSED/]);
});

t.test('a run that is over ends the bring-up with its reason, and all is taken away', async (t) => {
  const controller = new AbortController();
  const here = world({
    instead: ({ path }) => {
      if (path.endsWith('/pods') && deployed(here)) controller.abort(new Error('interrupted'));
      return undefined;
    },
    pod: { ...POD, status: { phase: 'Pending' } },
  });
  await t.rejects(deploySchedulers({ ...plan(here).options, signal: controller.signal }), /interrupted/);
  t.equal(here.objects.size, 0);
});
