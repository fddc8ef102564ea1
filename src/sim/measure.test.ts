/** What one measurement makes of what the kernel and the server say. */
import t from 'tap';
import { SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { formatIpv4 } from '../base/ip.js';
import type { Identity } from '../kube/api/wire.js';
import { serveHttp } from '../kube/http-server.js';
import type { Host } from '../net/host.js';
import type { Lab } from './lab.js';
import { bind, CP, makeLab, NO_RULES, W1, W2 } from './lab.js';
import type { Done, Measured } from './measure.js';
import { measureArp, measureHttp, measurePing, measureTcp } from './measure.js';

const OWNERS = new Map<Ipv4, string>([
  [CP, 'cp'],
  [W1, 'w1'],
  [W2, 'w2'],
]);
const ownerOf = (ip: Ipv4) => OWNERS.get(ip);

function take(lab: Lab, start: (done: Done) => void): Measured & { took: number } {
  const from = lab.world.queue.now();
  let result: (Measured & { took: number }) | undefined;
  start((measured) => {
    result = { ...measured, took: lab.world.queue.now() - from };
  });
  lab.world.queue.runUntil(from + 10 * SECOND);
  if (!result) throw new Error('never done');
  return result;
}

function tls(host: Host, port: number, process: string, names: readonly string[], authority = 'kubernetes'): void {
  const identity: Identity = { host: host.name, process, authority, names };
  host.listen(null, port, process, (socket) =>
    serveHttp(socket, new Set(), (path) => ({ status: path === '/readyz' ? 200 : 404, body: path }), identity),
  );
}

const tcp = (lab: Lab, from: Host, ip: Ipv4, port: number, timeout = 3 * SECOND, api = false) =>
  take(lab, (done) => measureTcp(from, ip, port, timeout, api, ownerOf, done));
const http = (lab: Lab, from: Host, url: string) =>
  take(lab, (done) => measureHttp(from, url, 3 * SECOND, ownerOf, done));

t.test('tcp: a server that says who it is, one that keeps silent, a closed port', async (t) => {
  const lab = makeLab();
  tls(lab.cp, 10250, 'kubelet', ['cp']);
  lab.cp.listen(null, 22, 'sshd', () => {});
  t.match(tcp(lab, lab.w1, CP, 10250), { outcome: 'ok', detail: 'answered by kubelet on cp' });
  t.match(tcp(lab, lab.w1, CP, 22), { outcome: 'ok', detail: 'connected' });
  t.match(tcp(lab, lab.w1, CP, 23), { outcome: 'refused', detail: 'connect: connection refused' });
});

t.test('tcp: a silent server is connected to, however short the time-out', async (t) => {
  const lab = makeLab();
  lab.cp.listen(null, 22, 'sshd', () => {});
  t.match(tcp(lab, lab.w1, CP, 22, SECOND / 2), { outcome: 'ok', took: SECOND / 2 });
  t.match(tcp(lab, lab.w1, CP, 22, SECOND / 2, true), { outcome: 'timeout' }, 'but it is no API server');
});

t.test('tcp: who took the target for its own address is the wrong host, whoever listens there', async (t) => {
  const lab = makeLab();
  tls(lab.w1, 10250, 'kubelet', ['w1']);
  bind(lab.w1, CP);
  t.match(tcp(lab, lab.w1, CP, 10250), { outcome: 'wrong-host', detail: 'w1 took 10.9.0.2 for its own address' });
  t.match(tcp(lab, lab.w1, CP, 6443), { outcome: 'refused' });
  t.match(tcp(lab, lab.cp, CP, 6443), { outcome: 'refused' }, 'the owner is no wrong host');
});

t.test('tcp: a redirected connection is answered by the wrong host, known by its certificate', async (t) => {
  const lab = makeLab();
  tls(lab.w2, 10250, 'kubelet', ['w2']);
  const dnat = new Map([
    [`tcp/${CP}/10250`, { endpoints: [{ ip: W2, port: 10250 }], local: 'any' as const, masquerade: true }],
  ]);
  lab.w1.setServiceRules({ ...NO_RULES, dnat });
  t.match(tcp(lab, lab.w1, CP, 10250), { outcome: 'wrong-host', detail: 'answered by kubelet on w2' });
});

t.test('tcp: only the API server will do as the API server', async (t) => {
  const lab = makeLab();
  tls(lab.cp, 6443, 'kube-apiserver', ['cp']);
  tls(lab.w2, 6443, 'kubelet', ['w2']);
  lab.w2.listen(null, 80, 'httpd', (socket) => serveHttp(socket, new Set(), () => ({ status: 200, body: '' })));
  t.match(tcp(lab, lab.w1, CP, 6443, 3 * SECOND, true), { outcome: 'ok' });
  t.match(tcp(lab, lab.w1, W2, 6443, 3 * SECOND, true), { outcome: 'wrong-host' });
  t.match(tcp(lab, lab.w1, W2, 80, 3 * SECOND, true), {
    outcome: 'wrong-host',
    detail: 'answered by a server that speaks no TLS',
  });
});

t.test(
  'tcp: nobody there is no route to host after three ARP requests, a time-out where less time is given',
  async (t) => {
    const lab = makeLab();
    t.match(
      tcp(lab, lab.w1, CP + 70, 22, 5 * SECOND),
      { outcome: 'host-unreachable', took: 3 * SECOND + 20 },
      'and lo',
    );
    t.match(tcp(lab, lab.w1, CP + 71, 22, 2 * SECOND), { outcome: 'timeout', detail: 'i/o timeout after 2s' });
  },
);

t.test('http: status, certificate, scheme and name decide', async (t) => {
  const lab = makeLab();
  const cp = formatIpv4(CP);
  tls(lab.cp, 443, 'web', [cp]);
  tls(lab.cp, 444, 'web', ['other']);
  tls(lab.cp, 445, 'web', [cp], 'somebody');
  lab.cp.listen(null, 80, 'web', (socket) =>
    serveHttp(socket, new Set(), (path) => ({ status: path === '/' ? 204 : 503, body: '' })),
  );
  t.match(http(lab, lab.w1, `https://${cp}/readyz`), { outcome: 'ok', detail: 'HTTP 200: /readyz' });
  t.match(http(lab, lab.w1, `https://${cp}/none`), { outcome: 'http-404' });
  t.match(http(lab, lab.w1, `https://${cp}:444/readyz`), { outcome: 'tls-error', detail: /valid for other/ });
  t.match(http(lab, lab.w1, `https://${cp}:445/readyz`), { outcome: 'tls-error', detail: /unknown authority/ });
  t.match(http(lab, lab.w1, `https://${cp}:80/`), { outcome: 'tls-error', detail: /first record/ });
  t.match(http(lab, lab.w1, `http://${cp}`), { outcome: 'ok', detail: 'HTTP 204: ' });
  t.match(http(lab, lab.w1, `http://${cp}/x`), { outcome: 'http-503' });
  t.match(http(lab, lab.w1, 'http://nowhere.test/'), {
    outcome: 'net-unreachable',
    detail: 'no such host: nowhere.test',
  });
});

t.test('ping: an answer, one’s own answer for another’s address, a refusal, silence', async (t) => {
  const lab = makeLab();
  const ping = (from: Host, ip: Ipv4, timeout = SECOND) =>
    take(lab, (done) => measurePing(from, ip, timeout, ownerOf, done));
  t.match(ping(lab.w1, CP), { outcome: 'ok' });
  t.match(ping(lab.w1, W1), { outcome: 'ok' }, 'of oneself');
  t.match(ping(lab.w1, CP + 70), { outcome: 'timeout', detail: 'no reply in 1s' });
  t.match(ping(lab.w1, CP + 71, 5 * SECOND), { outcome: 'host-unreachable' });
  bind(lab.w1, CP);
  t.match(ping(lab.w1, CP), { outcome: 'wrong-host' });
  lab.w1.setServiceRules({ ...NO_RULES, ipvsFilter: { allowed: new Set(), bound: new Set([CP]) } });
  t.match(ping(lab.w1, CP), { outcome: 'refused', detail: 'Destination Port Unreachable' });
});

t.test('arp: all who answer are named; one who is not the owner makes it the wrong host', async (t) => {
  const lab = makeLab();
  const macOwner = (mac: number) =>
    lab.world.hosts().find((host) => host.interfaces.all().some((device) => device.mac === mac))?.name;
  const arp = (ip: Ipv4) => take(lab, (done) => measureArp(lab.outer, ip, 3 * SECOND, macOwner, ownerOf, done));
  t.match(arp(CP), { outcome: 'ok', detail: 'answered by cp' });
  bind(lab.w2, CP);
  t.match(arp(CP), { outcome: 'wrong-host', detail: 'answered by w2, cp' });
  t.match(arp(CP + 70), { outcome: 'timeout', detail: 'no ARP reply' });
  bind(lab.w2, CP + 70);
  t.match(arp(CP + 70), { outcome: 'ok', detail: 'answered by w2' }, 'nobody owns it by the cluster file');
});
