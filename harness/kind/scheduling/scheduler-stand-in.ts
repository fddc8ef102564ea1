/**
 * For tests: a cluster that schedulers are deployed on. The API server is a table of objects that makes a pod of a Deployment and schedules
 * pods; the daemon answers for the nodes' containers.
 */
import type { KubeObject } from '../../../src/scenario/model.js';
import type { ApiRequest, ApiResponse } from '../api-request.js';
import type { KindNode } from '../cluster.js';
import { Docker, type Ran } from '../docker.js';
import { TWO_NODES } from '../stand-in.js';
import type { SchedulersPlan } from './scheduler-deploy.js';

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
export const POD = {
  metadata: { name: 'b-1', uid: 'u', labels: { 'app.kubernetes.io/name': 'b' } },
  status: { podIP: '10.0.0.2', conditions: [{ type: 'Ready', status: 'True' }] },
};

export interface World {
  readonly objects: Map<string, KubeObject>;
  /** What the scheduler has scored: more with every pod. */
  scored: number;
  unknown: number;
  configz: (config: unknown) => unknown;
  readonly pod: object;
  /** Of the image that is on the node; the daemon has 1234. */
  readonly build: string;
  /** What the API server answers in place of its own. */
  readonly instead: (request: ApiRequest) => ApiResponse | undefined;
}

export function world(change: Partial<World> = {}): World {
  return {
    objects: new Map(),
    scored: 0,
    unknown: 0,
    configz: (config) => config,
    pod: POD,
    build: '1234',
    instead: () => undefined,
    ...change,
  };
}

export const deployed = ({ objects }: World) => [...objects.values()].find(({ kind }) => kind === 'Deployment');

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

const IMAGE = 'docker.io/kube-windtunnel/bandwidth-scheduler:1.34.2';
/** Says which build of it a node has, up to the build. */
const MARK = 'kube-windtunnel.local/build/caacb8833c9e62e3';

function daemon(here: World): Docker {
  const answer = async (args: readonly string[]): Promise<Ran> => {
    const text = args.join(' ');
    const ok = (stdout: string) => ({ stdout, stderr: '', code: 0, timedOut: false });
    if (text.startsWith('image inspect ')) return ok('sha256:1234');
    if (text.includes('images ls')) return ok(`${IMAGE}\n${MARK}:${here.build}`);
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

export function plan(here: World, more: Partial<SchedulersPlan['spec']> = {}) {
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
