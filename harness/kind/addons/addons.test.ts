/**
 * What is deployed for an arm, what stays and what goes. The API server here is a table of objects by their paths, with a controller that
 * makes ready pods of workloads, and a Prometheus that has scraped them.
 */
import t, { type Test } from 'tap';
import type { KubeObject } from '../../../src/scenario/model.js';
import type { ApiRequest, ApiResponse } from '../api-request.js';
import { Docker } from '../docker.js';
import { LABEL } from '../names.js';
import { StandIns } from '../stand-in.js';
import { type AddonsPlan, deployAddons } from './addons.js';

const MONITORING = '/api/v1/namespaces/monitoring';
const PROXY = `${MONITORING}/services/prometheus:9090/proxy/api/v1/query?query=`;
const DEPLOYMENT = '/apis/apps/v1/namespaces/monitoring/deployments/prometheus';
const SERVICE = `${MONITORING}/services/prometheus`;
const NODES = [
  { name: 'cp', container: 'lab-control-plane', role: 'control-plane', ip: '172.30.0.2' },
  { name: 'w1', container: 'lab-worker', role: 'worker', ip: '172.30.0.3' },
] as const;
const ALL_ADDONS = { 'node-exporter': {}, prometheus: { scrapeInterval: '5s' } };

const resources = (...kinds: readonly string[]) => ({
  resources: kinds.map((kind) => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: kind !== 'Namespace' })),
});
const DISCOVERY: Readonly<Record<string, unknown>> = {
  '/api/v1': resources('Namespace', 'ServiceAccount', 'ConfigMap', 'Service', 'Pod'),
  '/apis/apps/v1': resources('DaemonSet', 'Deployment'),
  '/apis/rbac.authorization.k8s.io/v1': resources('Role', 'RoleBinding'),
};
const NOT_FOUND = { status: 404, body: { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' } };
const READY = { podIP: '10.244.0.4', conditions: [{ type: 'Ready', status: 'True' }] };

class Server {
  readonly objects = new Map<string, KubeObject>();
  readonly changes: string[] = [];

  constructor(readonly refuse: (request: ApiRequest) => ApiResponse | undefined) {}

  readonly request = async (one: ApiRequest): Promise<ApiResponse> => {
    const { method } = one;
    const [path = ''] = one.path.split('?');
    const refused = this.refuse(one);
    if (refused) return refused;
    if (one.path.startsWith(PROXY)) return { status: 200, body: this.#samples() };
    if (path === `${MONITORING}/pods`) return { status: 200, body: { items: this.#pods() } };
    const found = DISCOVERY[path] ?? this.objects.get(path);
    if (method !== 'GET') this.changes.push(`${method} ${path}`);
    if (method === 'PATCH') this.objects.set(path, one.body as KubeObject);
    else if (found === undefined) return NOT_FOUND;
    else if (method === 'DELETE') this.objects.delete(path);
    return { status: 200, body: found ?? one.body };
  };

  /** Every query is answered by a 1 for each node. */
  #samples() {
    const result = NODES.map(({ container }) => ({ metric: { node: container }, value: [1795376720.873, '1'] }));
    return { status: 'success', data: { resultType: 'vector', result } };
  }

  #pods(): readonly object[] {
    const pod = (addon: string, nodeName: string) => {
      const labels = { 'app.kubernetes.io/name': addon };
      return { metadata: { name: `${addon}-1`, labels }, spec: { nodeName }, status: READY };
    };
    const hasExporter = [...this.objects.keys()].some((path) => path.endsWith('/daemonsets/node-exporter'));
    const exporters = hasExporter ? NODES.map(({ container }) => pod('node-exporter', container)) : [];
    return this.objects.has(DEPLOYMENT) ? [...exporters, pod('prometheus', 'lab-control-plane')] : exporters;
  }
}

const ON_NODES = `
case "$*" in
  *' ls --quiet') printf 'docker.io/lab/prometheus:1\\ndocker.io/lab/nodeExporter:1\\n' ;;
  'image inspect '*) echo 'Error: No such image' >&2; exit 1 ;;
esac`;

function lab(test: Test, refuse: Server['refuse'] = () => undefined) {
  const standIns = new StandIns(test.testdir(), { docker: ON_NODES });
  const server = new Server(refuse);
  const cluster = { docker: new Docker(), nodes: NODES, label: 'run-1' };
  const images = { of: (role: string) => `lab/${role}:1` };
  const plan = (addons: Readonly<Record<string, unknown>> = ALL_ADDONS): AddonsPlan => ({
    spec: { name: 'lab', addons },
    cluster,
    request: server.request,
    images,
    say: () => {},
  });
  return { standIns, server, plan };
}

const isOfPrometheus = (path: string) => path.endsWith('/prometheus');

t.test('a cluster file without add-ons asks nobody', async (t) => {
  const { plan, server, standIns } = lab(t, () => t.fail('asked') as never);
  t.match(await deployAddons(plan({})), { notes: [], metrics: undefined });
  t.same([server.changes, standIns.calls('docker')], [[], []]);
});

t.test('both are deployed with the label of the cluster, and what they say is asked through the port', async (t) => {
  const { plan, server } = lab(t);
  const addons = await deployAddons(plan());
  for (const [path, { metadata }] of server.objects) t.equal(metadata.labels?.[LABEL], 'run-1', path);
  t.equal(server.objects.size, 8);
  t.match(addons.notes, [/^node-exporter and Prometheus deployed and checked in \d+ s$/]);
  t.match(await addons.metrics?.query('up'), { ok: true, samples: [{ value: 1 }, { value: 1 }] });
});

t.test('Prometheus and its Service go with the arm, node-exporter stays for the next', async (t) => {
  const { plan, server } = lab(t);
  const first = await deployAddons(plan());
  await first.close();
  t.notOk(server.objects.has(DEPLOYMENT));
  t.notOk(server.objects.has(SERVICE));
  t.ok([...server.objects.keys()].some((path) => path.endsWith('/daemonsets/node-exporter')));
  await deployAddons(plan());
  t.ok(server.objects.has(DEPLOYMENT), 'and comes again');
});

t.test('what a killed arm left is removed before Prometheus is deployed: its store is empty', async (t) => {
  const { plan, server } = lab(t);
  await deployAddons(plan());
  server.changes.length = 0;
  await deployAddons(plan());
  const ofServer = server.changes.filter((change) => change.endsWith(DEPLOYMENT));
  t.same(ofServer, [`DELETE ${DEPLOYMENT}`, `PATCH ${DEPLOYMENT}`]);
});

t.test('node-exporter alone needs no Prometheus', async (t) => {
  const { plan, server } = lab(t);
  const addons = await deployAddons(plan({ 'node-exporter': {} }));
  t.equal(addons.metrics, undefined);
  t.notOk([...server.objects.keys()].some(isOfPrometheus));
  await addons.close();
  t.notOk(server.changes.some((change) => change.startsWith('DELETE')));
});

t.test("somebody else's node-exporter is used and left as it is, another Prometheus is refused", async (t) => {
  const { plan, server } = lab(t);
  await deployAddons(plan());
  for (const [path, object] of server.objects)
    server.objects.set(path, { ...object, metadata: { ...object.metadata, labels: {} } });
  server.changes.length = 0;
  await t.rejects(deployAddons(plan()), {
    name: 'Failure',
    message: /a Prometheus that is not this run's: .*Deployment/,
  });
  t.match(await deployAddons(plan({ 'node-exporter': {} })), { notes: [/was on the cluster before/, /deployed/] });
  t.same(server.changes, [], 'nothing is changed or taken away');
});

t.test('what the API server refuses is told in its words', async (t) => {
  const body = { kind: 'Status', code: 403, reason: 'Forbidden', message: 'exceeded quota' };
  const refuse = ({ method, path }: ApiRequest) =>
    method === 'PATCH' && path.includes('daemonsets') ? { status: 403, body } : undefined;
  await t.rejects(deployAddons(lab(t, refuse).plan()), {
    name: 'Failure',
    message: 'node-exporter: DaemonSet node-exporter: 403 Forbidden: exceeded quota',
  });
});

t.test('an arm that cannot take Prometheus away says so', async (t) => {
  let away = false;
  const body = { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcdserver: request timed out' };
  const { plan } = lab(t, ({ method }) => (away && method === 'DELETE' ? { status: 500, body } : undefined));
  const addons = await deployAddons(plan());
  away = true;
  await t.rejects(addons.close(), /Service prometheus: 500 InternalError: etcdserver: request timed out/);
});

t.test('where Prometheus does not come, it goes again, and what failed first is told', async (t) => {
  let isFull = false;
  const body = { kind: 'Status', code: 403, reason: 'Forbidden', message: 'exceeded quota' };
  const { plan, server } = lab(t, ({ method, path }) =>
    isFull && method === 'PATCH' && path.startsWith(DEPLOYMENT) ? { status: 403, body } : undefined,
  );
  isFull = true;
  await t.rejects(deployAddons(plan()), { name: 'Failure', message: /Deployment prometheus: 403/ });
  t.notOk(server.objects.has(SERVICE), 'its Service had been made');
  const aborting = new AbortController();
  isFull = false;
  const say = () => aborting.abort(new Error('interrupted'));
  await t.rejects(deployAddons({ ...plan(), say, signal: aborting.signal }), { message: 'interrupted' });
  t.notOk(server.objects.has(DEPLOYMENT));
});
