/** What may be stored, and what the API answers. */
import t from 'tap';
import { SECOND } from '../../base/instant.js';
import { contains, ipv4, prefix } from '../../base/ip.js';
import { RandomStream } from '../../base/random.js';
import type { KubeObject } from '../../scenario/model.js';
import type { Pod, Service } from './objects.js';
import { Registry } from './registry.js';
import { ObjectStore } from './store.js';

function registry(plugins: readonly string[] = [], deprecated = false): Registry {
  const made = new Registry({
    store: new ObjectStore(() => 0),
    version: '1.34.2',
    serviceSubnet: prefix('10.96.0.0/16'),
    admission: { plugins, externalIPsDeprecated: deprecated },
    random: new RandomStream(1),
    now: () => 0,
  });
  made.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  return made;
}

const service = (spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'busybox', namespace: 'default' },
  spec: { ports: [{ port: 8888 }], ...spec },
});
const REF = { apiVersion: 'v1', kind: 'Service', name: 'busybox', namespace: 'default' };

t.test('a created Service gets its defaults and an address of the subnet', async (t) => {
  const answer = registry().create(service());
  if (!answer.ok) throw new Error(answer.message);
  const { spec, metadata } = answer.object as Service;
  t.match(spec, { type: 'ClusterIP', ports: [{ port: 8888, protocol: 'TCP', targetPort: 8888 }] });
  t.ok(contains(prefix('10.96.0.0/16'), ipv4(spec.clusterIP ?? '')));
  t.match(metadata, { creationTimestamp: '2025-01-01T00:00:00Z', uid: /-/, resourceVersion: /\d/ });
});

t.test('refusals carry the code, the reason and the words of the API', async (t) => {
  const api = registry();
  t.same(api.delete(REF), { ok: false, code: 404, reason: 'NotFound', message: 'services "busybox" not found' });
  api.create(service());
  t.match(api.create(service()), { ok: false, code: 409, message: 'services "busybox" already exists' });
  t.match(api.create({ ...service(), metadata: { name: 'a', namespace: 'nowhere' } }), {
    code: 404,
    message: 'namespaces "nowhere" not found',
  });
  t.match(api.create(service({ externalIPs: ['127.0.0.1'] })), { code: 409 });
  t.match(api.apply(service({ externalIPs: ['127.0.0.1'] })), { code: 422, reason: 'Invalid' });
});

t.test('an old resourceVersion is a conflict', async (t) => {
  const api = registry();
  api.create(service());
  const before = api.get(REF);
  if (!before) throw new Error('not stored');
  t.match(api.patch(REF, { merge: { metadata: { labels: { a: 'b' } } } }), { ok: true });
  t.match(api.update(before), {
    ok: false,
    code: 409,
    message: /^Operation cannot be fulfilled on services "busybox"/,
  });
});

t.test('apply creates, merges, and takes away what it no longer says', async (t) => {
  const api = registry();
  api.apply(service({ externalIPs: ['192.168.0.11'] }));
  const first = api.get(REF) as Service;
  api.patch(REF, { merge: { metadata: { labels: { kept: 'yes' } } } });
  api.apply(service());
  const second = api.get(REF) as Service;
  t.equal(second.spec.externalIPs, undefined);
  t.equal(second.spec.clusterIP, first.spec.clusterIP);
  t.same(second.metadata.labels, { kept: 'yes' });
  t.equal(second.metadata.uid, first.metadata.uid);
});

t.test('a write that changes nothing makes no revision', async (t) => {
  const api = registry();
  api.apply(service());
  const { revision } = api.store;
  t.ok(api.apply(service()).ok);
  t.equal(api.store.revision, revision);
});

t.test('JSON patch and merge patch change what they name', async (t) => {
  const api = registry();
  api.apply(service({ externalIPs: ['192.168.0.11'] }));
  t.ok(api.patch(REF, { json: [{ op: 'replace', path: '/spec/externalIPs/0', value: '192.168.0.15' }] }).ok);
  t.same((api.get(REF) as Service).spec.externalIPs, ['192.168.0.15']);
  t.ok(api.patch(REF, { merge: { spec: { externalIPs: null } } }).ok);
  t.equal((api.get(REF) as Service).spec.externalIPs, undefined);
  t.match(api.patch(REF, { json: [{ op: 'remove', path: '/spec/nothing' }] }), { ok: false, code: 422 });
});

t.test('DenyServiceExternalIPs refuses new addresses and leaves old ones', async (t) => {
  const api = registry(['DenyServiceExternalIPs']);
  t.match(api.apply(service({ externalIPs: ['192.168.0.11'] })), {
    code: 403,
    message: 'services "busybox" is forbidden: Use of external IPs is denied by admission control',
  });
  t.equal(api.get(REF), undefined);
  api.store.insert({ ...service({ externalIPs: ['192.168.0.11'], clusterIP: '10.96.0.7' }) });
  t.ok(api.patch(REF, { merge: { metadata: { labels: { a: 'b' } } } }).ok, 'unchanged addresses pass');
  t.ok(api.patch(REF, { merge: { spec: { externalIPs: [] } } }).ok, 'fewer addresses pass');
});

t.test('1.36 warns of externalIPs', async (t) => {
  t.match(registry([], true).apply(service({ externalIPs: ['192.168.0.11'] })), {
    ok: true,
    warnings: ['spec.externalIPs is deprecated'],
  });
});

t.test('a pod on a node is marked first and removed by a deletion without grace', async (t) => {
  const api = registry();
  const ref = { apiVersion: 'v1', kind: 'Pod', name: 'a', namespace: 'default' };
  api.create({
    ...ref,
    metadata: { name: 'a', namespace: 'default' },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  });
  const pod = api.get(ref) as Pod;
  t.same(
    pod.spec.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
    [
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ],
  );
  t.ok(api.bind(ref, 'worker-1').ok);
  t.ok(api.delete(ref).ok);
  t.match((api.get(ref) as Pod).metadata, { deletionTimestamp: '2025-01-01T00:00:30Z' });
  t.ok(api.delete(ref, 0).ok);
  t.equal(api.get(ref), undefined);
});

t.test('a full Service subnet is an answer, and a freed address is given again', async (t) => {
  const api = new Registry({
    store: new ObjectStore(() => 30 * SECOND),
    version: '1.34.2',
    serviceSubnet: prefix('10.96.0.0/30'),
    admission: { plugins: [], externalIPsDeprecated: false },
    random: new RandomStream(1),
    now: () => 0,
  });
  api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const named = (name: string) => ({ ...service(), metadata: { name, namespace: 'default' } });
  t.ok(api.create(named('a')).ok);
  t.ok(api.create(named('b')).ok);
  t.match(api.create(named('c')), { ok: false, message: /range is full/ });
  api.delete({ ...REF, name: 'a' });
  t.ok(api.create(named('c')).ok);
});

t.test('kubectl apply is strict: unknown kinds and fields are refused, and nothing is stored', async (t) => {
  const api = registry();
  t.match(api.apply({ ...service(), kind: 'Servce' }), {
    code: 404,
    message: 'no matches for kind "Servce" in version "v1"',
  });
  t.match(api.apply(service({ externalIP: ['192.0.2.1'], selectr: {} })), {
    code: 400,
    reason: 'BadRequest',
    message:
      'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.externalIP", unknown field "spec.selectr"',
  });
  t.equal(api.get(REF), undefined);
});
