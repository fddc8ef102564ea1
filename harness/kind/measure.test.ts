/** What one measurement makes of what an agent saw of real servers. */
import t from 'tap';
import { SECOND } from '../../src/base/instant.js';
import { formatIpv4, ipv4 } from '../../src/base/ip.js';
import type { ClusterSpec, ProbeSpec, ProbeTarget } from '../../src/scenario/model.js';
import type { Request } from '../netns/line.js';
import { measureReal, type Owners, type RealHost } from './measure.js';

const IPS = new Map([
  ['10.9.0.2', 'cp'],
  ['10.9.0.3', 'w1'],
  ['10.9.0.4', 'w2'],
]);
const CLUSTER = { nodes: [...IPS].map(([ip, name]) => ({ name, ip, device: 'eth0' })) } as unknown as ClusterSpec;
const NODES = new Map([
  ['lab-control-plane', 'cp'],
  ['lab-worker', 'w1'],
  ['lab-worker2', 'w2'],
]);
const OWNERS: Owners = {
  ownerOf: (ip) => IPS.get(formatIpv4(ip)),
  apiServer: () => ipv4('10.9.0.2'),
  nodeNamed: (name) => NODES.get(name),
  macOwners: async () => new Map([['02:00:00:00:00:02', 'cp']]),
};

const kubelet = (name: string) => ({ subject: `${name}@1700000000`, issuer: `${name}-ca@1700000000`, names: [name] });
const API = {
  subject: 'kube-apiserver',
  issuer: 'kubernetes',
  names: ['kubernetes', 'lab-control-plane', 'localhost', '10.96.0.1', '10.9.0.2', '127.0.0.1'],
};

/** Measures on w1, whose agent answers what is given. */
async function measure(target: ProbeTarget, answer: unknown, timeout = 3 * SECOND) {
  const asked: Request[] = [];
  const host: RealHost = {
    name: 'w1',
    ask: async (request) => {
      asked.push(request);
      return answer;
    },
  };
  const spec = { name: 'p', target, timeout } as ProbeSpec;
  return { ...(await measureReal(host, CLUSTER, spec, OWNERS)), asked };
}

const LOCAL = { tookUs: 1000, local: '10.9.0.3' };
const apiserver = (answer: object) => measure({ kind: 'apiserver' }, { ...LOCAL, ...answer });
const tcp = (to: string, answer: object) => measure({ kind: 'tcp', to, port: 10250 }, { ...LOCAL, ...answer });
const http = (url: string, answer: object) => measure({ kind: 'http', url }, { ...LOCAL, ...answer });
const ping = (answer: object) => measure({ kind: 'ping', to: 'cp' }, { tookUs: 0, self: false, ...answer });
const arp = (ip: string, macs: string[]) => measure({ kind: 'arp', ip }, macs, 3 * SECOND);

t.test('the agent is asked for a node by its address, in milliseconds', async (t) => {
  const { asked } = await tcp('cp', {});
  t.strictSame(asked, [{ do: 'probe', text: 'tcp', ip: '10.9.0.2', port: 10250, timeoutMs: 3000 }]);
  await t.rejects(tcp('nobody', {}), /probe p: no address nobody/);
  t.match((await tcp('10.96.0.10', {})).asked, [{ ip: '10.96.0.10' }], 'or for an address that no node has');
});

t.test('tcp: what the kernel says has its word', async (t) => {
  for (const [errno, outcome, detail] of [
    ['ECONNREFUSED', 'refused', 'connect: connection refused'],
    ['ETIMEDOUT', 'timeout', 'i/o timeout after 3s'],
    ['EHOSTUNREACH', 'host-unreachable', 'connect: no route to host'],
    ['ENETUNREACH', 'net-unreachable', 'connect: network is unreachable'],
    ['ECONNRESET', 'reset', 'read: connection reset by peer'],
    ['EADDRNOTAVAIL', 'net-unreachable', 'connect: EADDRNOTAVAIL'],
  ] as const) {
    const failed = await measure({ kind: 'tcp', to: 'cp', port: 22 }, { errno, tookUs: 1 });
    t.match(failed, { outcome, detail }, errno);
  }
  t.match(await tcp('cp', { after: 'ECONNRESET' }), { outcome: 'reset', detail: 'read: connection reset by peer' });
  t.match(await tcp('cp', { after: 'eof' }), { outcome: 'reset', detail: 'EOF' });
});

t.test('tcp: a server without TLS is connected to, and shown where it says something', async (t) => {
  t.match(await tcp('cp', {}), { outcome: 'ok', detail: 'connected' });
  t.match(await tcp('cp', { banner: 'SSH-2.0-x', broken: 'tls: first record …' }), {
    outcome: 'ok',
    detail: 'connected to "SSH-2.0-x"',
  });
});

t.test('tcp: a kubelet tells by its certificate which node it is on', async (t) => {
  t.match(await tcp('w2', { tls: kubelet('lab-worker2') }), { outcome: 'ok', detail: 'answered by kubelet on w2' });
  const wrong = { outcome: 'wrong-host', detail: 'answered by kubelet on w1' };
  t.match(await tcp('w2', { tls: kubelet('lab-worker') }), wrong);
  const approved = { subject: 'system:node:lab-worker', issuer: 'kubernetes', names: ['lab-worker'] };
  t.match(await tcp('w2', { tls: approved }), wrong, 'one that the cluster signed too');
  const service = await tcp('10.96.0.10', { tls: kubelet('lab-worker') });
  t.match(service, { outcome: 'ok', detail: 'answered by kubelet on w1' }, 'nobody owns the address of a Service');
});

t.test('tcp: another certificate tells where it names nodes, and nothing where it names none', async (t) => {
  t.match(await tcp('cp', { tls: API }), { outcome: 'ok', detail: 'answered by kube-apiserver on cp' });
  t.match(await tcp('w2', { tls: API }), { outcome: 'wrong-host', detail: 'answered by kube-apiserver on cp' });
  const own = { subject: 'localhost@1', issuer: 'localhost-ca@1', names: ['localhost', '127.0.0.1'] };
  t.match(await tcp('w2', { tls: own }), { outcome: 'ok', detail: 'answered by localhost@1' });
  const nameless = { subject: '', issuer: '', names: [] };
  t.match(await tcp('w2', { tls: nameless }), { outcome: 'ok', detail: 'answered by a server without a name' });
});

t.test('who takes the target for its own address is the wrong host, whoever listens there', async (t) => {
  const own = { outcome: 'wrong-host', detail: 'w1 took 10.9.0.2 for its own address' };
  t.match(await tcp('cp', { local: '10.9.0.2', tls: kubelet('lab-control-plane') }), own);
  t.match(await apiserver({ local: '10.9.0.2', tls: API }), own);
  t.match(await http('http://10.9.0.2/', { local: '10.9.0.2', status: 200 }), own);
  t.match(await ping({ outcome: 'ok', self: true }), own);
  t.match(await tcp('w1', { local: '10.9.0.3' }), { outcome: 'ok' }, 'the owner is no wrong host');
});

t.test('apiserver: only its certificate will do', async (t) => {
  const { asked, ...good } = await apiserver({ tls: API });
  t.match(asked, [{ do: 'probe', text: 'tcp', ip: '10.9.0.2', port: 6443, secure: true }]);
  t.match(good, { outcome: 'ok', detail: 'answered by kube-apiserver on cp' });
  t.match(await apiserver({ tls: kubelet('lab-worker2') }), {
    outcome: 'wrong-host',
    detail: 'answered by kubelet on w2',
  });
  const plain = { outcome: 'wrong-host', detail: 'answered by a server that speaks no TLS' };
  t.match(await apiserver({ banner: 'SSH-2.0-x' }), plain);
  t.match(await apiserver({ broken: 'tls: first record …' }), plain);
  t.match(await apiserver({}), { outcome: 'timeout', detail: 'i/o timeout after 3s' }, 'silence is none');
  t.match(await apiserver({ after: 'ECONNRESET' }), { outcome: 'reset' });
  t.match(await apiserver({ errno: 'ECONNREFUSED' }), { outcome: 'refused' });
});

t.test('http: the URL becomes address, port and path', async (t) => {
  t.match((await http('https://10.9.0.2/readyz?verbose', { status: 200 })).asked, [
    { do: 'probe', text: 'http', ip: '10.9.0.2', port: 443, path: '/readyz?verbose', secure: true },
  ]);
  t.match((await http('http://localhost:10249', { status: 200 })).asked, [
    { ip: '127.0.0.1', port: 10249, path: '/', secure: false },
  ]);
  t.match((await http('http://10.9.0.2/', { status: 200 })).asked, [{ port: 80 }]);
  const nowhere = { outcome: 'net-unreachable', detail: 'no such host: nowhere', asked: [] };
  t.match(await http('http://nowhere/', {}), nowhere);
});

t.test('http: status, certificate and what the server speaks decide', async (t) => {
  const url = 'https://10.9.0.2/readyz';
  t.match(await http(url, { tls: API, status: 200, body: 'ok\n' }), { outcome: 'ok', detail: 'HTTP 200: ok' });
  t.match(await http(url, { tls: API, status: 503, body: '' }), { outcome: 'http-503', detail: 'HTTP 503: ' });
  t.match(await http(url, { tls: API, errno: 'ETIMEDOUT' }), { outcome: 'timeout' });
  t.match(await http(url, { tls: API, errno: 'eof' }), { outcome: 'reset', detail: 'EOF' });
  const stranger = await http(url, { tls: kubelet('lab-control-plane'), status: 200 });
  t.match(stranger, { outcome: 'tls-error', detail: 'x509: certificate signed by unknown authority' });
  t.match(await http(url, { tls: { ...API, names: ['a', 'b'] }, status: 200 }), {
    outcome: 'tls-error',
    detail: 'x509: certificate is valid for a, b, not 10.9.0.2',
  });
  const local = await http('https://localhost:6443/', { tls: API, status: 403 });
  t.match(local, { outcome: 'http-403' }, 'the name asked is the one that counts');
  const broken = 'tls: first record does not look like a TLS handshake';
  t.match(await http(url, { broken }), { outcome: 'tls-error', detail: broken });
  const alert = 'remote error: tls: certificate required';
  t.match(await http(url, { tls: API, broken: alert }), { outcome: 'tls-error', detail: alert });
  const banner = 'malformed HTTP response "SSH-2.0-x"';
  t.match(await http('http://10.9.0.2:22/', { broken: banner }), { outcome: 'wrong-host', detail: banner });
  const long = await http(url, { tls: API, status: 200, body: 'x'.repeat(1000) });
  t.equal(long.detail, `HTTP 200: ${'x'.repeat(200)}…`, 'a page is not kept in every sample');
});

t.test('ping: in the words of ping(8)', async (t) => {
  const reply = await ping({ outcome: 'ok', tookUs: 1234 });
  t.match(reply, { outcome: 'ok', detail: 'time=1.234 ms', asked: [{ do: 'ping', ip: '10.9.0.2', timeoutMs: 3000 }] });
  t.ok(Number(reply.asked[0]?.number) > 0);
  t.match(await ping({ outcome: 'timeout' }), { outcome: 'timeout', detail: 'no reply in 3s' });
  t.match(await ping({ outcome: 'port-unreachable' }), { outcome: 'refused', detail: /Port Unreachable/ });
  t.match(await ping({ outcome: 'host-unreachable' }), { outcome: 'host-unreachable', detail: /Host Unreachable/ });
  t.match(await ping({ outcome: 'net-unreachable' }), { outcome: 'net-unreachable' });
  t.match(await ping({ outcome: 'operation not permitted' }), { detail: 'operation not permitted' });
});

t.test('arp: the owner alone may answer', async (t) => {
  const owned = await arp('10.9.0.2', ['02:00:00:00:00:02']);
  t.match(owned, { outcome: 'ok', detail: 'answered by cp' });
  t.match(owned.asked, [{ do: 'arp', device: 'eth0', ip: '10.9.0.2', timeoutMs: 1000 }]);
  const both = await arp('10.9.0.2', ['02:00:00:00:00:02', '02:00:00:00:00:99']);
  t.match(both, { outcome: 'wrong-host', detail: 'answered by cp, 02:00:00:00:00:99' });
  t.match(await arp('10.9.0.70', ['02:00:00:00:00:99']), { outcome: 'ok' }, 'anybody, where nobody owns it');
  t.match(await arp('10.9.0.2', []), { outcome: 'timeout', detail: 'no ARP reply' });
});
