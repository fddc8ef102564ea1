/** What an API server is asked, object by object, and what its answers become. The server here is a table of objects by their paths. */
import t from 'tap';
import { refOf } from '../../src/plan/objects.js';
import type { KubeObject } from '../../src/scenario/model.js';
import type { ApiRequest, ApiResponse } from './api-request.js';
import { KindControlPlane } from './control-plane.js';

const RESOURCES: Readonly<Record<string, unknown>> = {
  '/api/v1': {
    resources: [
      { name: 'nodes', kind: 'Node', namespaced: false },
      { name: 'pods', kind: 'Pod', namespaced: true },
      { name: 'services', kind: 'Service', namespaced: true },
      { name: 'services/status', kind: 'Service', namespaced: true },
    ],
  },
  '/apis/apps/v1': { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true }] },
  '/apis/discovery.k8s.io/v1': { resources: [{ name: 'endpointslices', kind: 'EndpointSlice', namespaced: true }] },
};

const NOT_FOUND = { status: 404, body: { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' } };

/** `refuse` answers before the table does. */
function server(refuse: (request: ApiRequest) => ApiResponse | undefined = () => undefined) {
  const asked: ApiRequest[] = [];
  const objects = new Map<string, unknown>();
  const request = async (one: ApiRequest): Promise<ApiResponse> => {
    asked.push(one);
    const [path = ''] = one.path.split('?');
    const refused = refuse(one);
    if (refused) return refused;
    const found = RESOURCES[path] ?? objects.get(path);
    if (one.method === 'PATCH') objects.set(path, one.body);
    else if (found === undefined) return NOT_FOUND;
    else if (one.method === 'DELETE') objects.delete(path);
    return { status: 200, body: found ?? one.body };
  };
  const changes = () => asked.filter(({ method }) => method !== 'GET');
  return { plane: new KindControlPlane(request), asked, changes, objects };
}

const service = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  ...more,
});
const pathOf = (name: string) => `/api/v1/namespaces/default/services/${name}`;

t.test('apply is a server-side apply of our own field manager, that wins', async (t) => {
  const { plane, changes } = server();
  const object = service('a', { spec: { externalIPs: ['172.30.0.3'] } });
  t.match(await plane.apply(object), { ok: true, object });
  t.strictSame(changes(), [
    {
      method: 'PATCH',
      path: `${pathOf('a')}?fieldManager=windtunnel&force=true`,
      contentType: 'application/apply-patch+yaml',
      body: object,
    },
  ]);
  await plane.apply({ ...object, metadata: { name: 'b', namespace: 'far' } });
  t.match(changes()[1], { path: /^\/api\/v1\/namespaces\/far\/services\/b\?/ });
  await plane.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  t.match(changes()[2], { path: /^\/api\/v1\/nodes\/n\?/ }, 'a node has no namespace');
});

t.test('a status goes to its own path, after the rest', async (t) => {
  const { plane, changes } = server();
  const status = { loadBalancer: { ingress: [{ ip: '172.30.0.3' }] } };
  t.match(await plane.apply(service('a', { spec: {}, status })), { ok: true });
  const [rest, last] = changes();
  t.strictSame(rest?.body, service('a', { spec: {} }));
  const contentType = 'application/merge-patch+json';
  t.strictSame(last, { method: 'PATCH', path: `${pathOf('a')}/status`, contentType, body: { status } });
});

t.test('a patch too is parted, and one of JSON goes as it is', async (t) => {
  const { plane, changes } = server();
  const ref = refOf(service('a'));
  await plane.patch(ref, { merge: { spec: { type: 'LoadBalancer' }, status: { x: 1 } } });
  await plane.patch(ref, { merge: { status: { x: 2 } } });
  await plane.patch(ref, { json: [{ op: 'remove', path: '/spec/externalIPs' }] });
  t.match(changes(), [
    { path: pathOf('a'), body: { spec: { type: 'LoadBalancer' } }, contentType: 'application/merge-patch+json' },
    { path: `${pathOf('a')}/status`, body: { status: { x: 1 } } },
    { path: `${pathOf('a')}/status`, body: { status: { x: 2 } } },
    { path: pathOf('a'), body: [{ op: 'remove' }], contentType: 'application/json-patch+json' },
  ]);
  t.equal(changes().length, 4);
});

t.test('a refusal is a value, in the words of the server, and ends it', async (t) => {
  const message = 'Service "a" is invalid: spec.externalIPs[0]: Invalid value: "x"';
  const body = { kind: 'Status', code: 422, reason: 'Invalid', message };
  const { plane, changes } = server(({ method }) => (method === 'PATCH' ? { status: 422, body } : undefined));
  const refused = { ok: false, code: 422, reason: 'Invalid', message };
  t.strictSame(await plane.apply(service('a', { status: {} })), refused);
  t.strictSame(await plane.patch(refOf(service('a')), { merge: { spec: {}, status: {} } }), refused);
  t.equal(changes().length, 2, 'no status goes after it');
  await plane.undo();
  t.equal(changes().length, 2, 'and nothing was made');
  const foreign = { ...service('a'), kind: 'Gateway' };
  const message2 = 'no matches for kind "Gateway" in version "v1"';
  t.strictSame(await plane.apply(foreign), { ok: false, code: 404, reason: 'NotFound', message: message2 });
});

t.test('what is not there is undefined; what cannot be told is no answer', async (t) => {
  const { plane, objects } = server(({ path }) =>
    path === pathOf('b') ? { status: 500, body: { reason: 'InternalError', message: 'etcd is away' } } : undefined,
  );
  objects.set(pathOf('a'), service('a'));
  t.match(await plane.get(refOf(service('a'))), { metadata: { name: 'a' } });
  t.equal(await plane.get(refOf(service('c'))), undefined);
  await t.rejects(plane.get(refOf(service('b'))), { message: 'Service b: 500 InternalError: etcd is away' });
});

t.test('what was made is undone, the last one first; what was there before stays', async (t) => {
  const { plane, changes, objects } = server();
  objects.set(pathOf('old'), service('old'));
  for (const name of ['a', 'old', 'b', 'a']) await plane.apply(service(name));
  const before = changes().length;
  await plane.undo();
  t.match(changes().slice(before), [
    { method: 'DELETE', path: pathOf('b'), body: { propagationPolicy: 'Background' } },
    { method: 'DELETE', path: pathOf('a') },
  ]);
  t.same([...objects.keys()], [pathOf('old')]);
  await plane.undo();
  t.equal(changes().length, before + 2, 'once');
});

const IS_POD = /\/pods\//;
const pod = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: 'first' } });

/** Pods go when the kubelet has ended them: after so many looks. */
function kubelet(looks: number) {
  let left = looks;
  const told: unknown[] = [];
  const refuse = ({ method, path, body }: ApiRequest): ApiResponse | undefined => {
    if (!IS_POD.test(path) || told.length === 0) {
      if (method !== 'DELETE' || !IS_POD.test(path)) return undefined;
      told.push(body);
      return { status: 200, body: pod('web-1') };
    }
    if (method !== 'GET') return undefined;
    return left-- > 0 ? { status: 200, body: pod('web-1') } : NOT_FOUND;
  };
  return { refuse, told, left: () => left };
}

t.test('an arm is undone when its pods are gone, not when they are told to go', async (t) => {
  const { refuse, told, left } = kubelet(2);
  const { plane } = server(refuse);
  await plane.apply(pod('web-1'));
  await plane.undo();
  t.ok(left() < 0, 'it was looked at until it was gone');
  t.strictSame(told, [{ propagationPolicy: 'Background', gracePeriodSeconds: 1 }], 'told once');
});

t.test('what makes pods goes after them', async (t) => {
  const { plane, changes } = server();
  await plane.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } });
  await plane.undo();
  t.strictSame(changes().at(-1)?.body, { propagationPolicy: 'Foreground' });
});

t.test('what stays, and what the server does not let go, is a failure in its words', async (t) => {
  const stays = server(kubelet(1000).refuse).plane;
  await stays.apply(pod('web-1'));
  const message = /^waited 0\.1 s for what the arm made to be gone; last seen: Pod web-1: 1 still there$/;
  await t.rejects(stays.undo({ timeoutMs: 100 }), { name: 'Failure', message });
  const body = { kind: 'Status', code: 403, reason: 'Forbidden', message: 'a webhook says no' };
  const refuse = ({ method }: ApiRequest) => (method === 'DELETE' ? { status: 403, body } : undefined);
  const refused = server(refuse).plane;
  await refused.apply(service('a'));
  await t.rejects(refused.undo({ timeoutMs: 100 }), { message: /last seen: Service a: 403 a webhook says no$/ });
});

t.test('one that the server does not let go keeps no other', async (t) => {
  const body = { kind: 'Status', code: 403, reason: 'Forbidden', message: 'a webhook says no' };
  const { plane, objects } = server(({ method, path }) =>
    method === 'DELETE' && path === pathOf('b') ? { status: 403, body } : undefined,
  );
  for (const name of ['a', 'b', 'c']) await plane.apply(service(name));
  await t.rejects(plane.undo({ timeoutMs: 100 }), { message: /last seen: Service b: 403 a webhook says no$/ });
  t.same([...objects.keys()], [pathOf('b')], 'made before it and after it');
});

t.test(
  'an API server that is away for a moment is asked again, and another of the same name is not waited for',
  async (t) => {
    let away = false;
    const { plane, objects } = server(({ method, path }) => {
      if (method !== 'DELETE') return undefined;
      if (away) {
        away = false;
        throw new Error('connect ECONNREFUSED');
      }
      objects.set(path, { ...service('a'), metadata: { name: 'a', uid: 'of-a-controller' } });
      return { status: 200, body: { kind: 'Status', status: 'Success', details: { uid: 'first' } } };
    });
    await plane.apply(service('a'));
    away = true;
    await plane.undo({ timeoutMs: 5000 });
    t.ok(objects.has(pathOf('a')));
  },
);

t.test('who writes down what is made hears of it before, and not of what was there', async (t) => {
  const { plane, objects } = server();
  const heard: string[] = [];
  const making = ({ name }: { readonly name: string }) => {
    t.notOk(objects.has(pathOf(name)));
    heard.push(name);
  };
  const noted = new KindControlPlane(plane.request, plane.swap, making);
  objects.set(pathOf('old'), service('old'));
  for (const name of ['a', 'old', 'b', 'a']) await noted.apply(service(name));
  t.same(heard, ['a', 'b']);
});

t.test('what the server refuses is struck out again; what it may have made is not', async (t) => {
  const answers = new Map<string, number>([
    ['refused', 422],
    ['late', 504],
  ]);
  const { plane } = server(({ method, path }) => {
    const name = path.replace(/.*\/|\?.*/g, '');
    if (method !== 'PATCH') return undefined;
    if (name === 'cut-off') throw new Error('socket hang up');
    const code = answers.get(name);
    return code === undefined ? undefined : { status: code, body: { kind: 'Status', code, message: 'no' } };
  });
  const noted = new Set<string>();
  const making = ({ name }: { readonly name: string }) => {
    noted.add(name);
    return () => noted.delete(name);
  };
  const journalled = new KindControlPlane(plane.request, plane.swap, making);
  for (const name of ['made', 'refused', 'late']) await journalled.apply(service(name));
  await t.rejects(journalled.apply(service('cut-off')), { message: 'socket hang up' });
  t.match(await journalled.apply({ ...service('of-no-kind'), kind: 'Gateway' }), { ok: false, code: 404 });
  t.same([...noted], ['made', 'late', 'cut-off']);
});

t.test('where a kind lives is asked once, and again only where it was not told', async (t) => {
  let away = true;
  const { plane, asked } = server(({ path }) => (path === '/api/v1' && away ? { status: 503, body: {} } : undefined));
  await t.rejects(plane.apply(service('a')), { message: 'discovery of v1: 503' });
  away = false;
  await Promise.all([plane.apply(service('a')), plane.apply(service('b')), plane.list('Node')]).catch(() => {});
  await plane.apply(service('c'));
  t.equal(asked.filter(({ path }) => path === '/api/v1').length, 2);
});

t.test(
  'a list is of all namespaces or of one, in order, and knows the groups of what is asked for by kind alone',
  async (t) => {
    const item = (namespace: string, name: string) => ({ metadata: { namespace, name } });
    const { plane, asked, objects } = server();
    objects.set('/api/v1/services', { items: [item('b', 'a'), item('a', 'c'), item('a', 'b')] });
    objects.set('/apis/discovery.k8s.io/v1/namespaces/far/endpointslices', { items: [item('far', 'x')] });
    const listed = await plane.list('Service');
    t.same(
      listed.map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace}/${name}`),
      ['Service a/b', 'Service a/c', 'Service b/a'],
    );
    t.match(await plane.list('EndpointSlice', 'far'), [{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }]);
    t.match(asked.at(-1), { path: '/apis/discovery.k8s.io/v1/namespaces/far/endpointslices' });
    t.same(await plane.list('Gateway'), []);
    await t.rejects(plane.list('Node'), { message: 'list of nodes: 404 not found' });
  },
);

t.test('a kind that comes while an arm runs is found', async (t) => {
  let hasPools = false;
  const pools = { resources: [{ name: 'ippools', kind: 'IPPool', namespaced: false }] };
  const { plane } = server(({ path }) => {
    if (path !== '/apis/metallb.io/v1') return undefined;
    return hasPools ? { status: 200, body: pools } : NOT_FOUND;
  });
  const pool: KubeObject = { apiVersion: 'metallb.io/v1', kind: 'IPPool', metadata: { name: 'free' } };
  t.match(await plane.apply(pool), { ok: false, code: 404, message: /no matches for kind "IPPool"/ });
  hasPools = true;
  t.match(await plane.apply(pool), { ok: true });
});
