import t, { type Test } from 'tap';
import type { Snapshot } from '../evidence/rows.js';
import { snapshotFiles } from '../evidence/snapshot-files.js';
import { diagnose } from './diagnose.js';
import { GATEWAY, type Hand, IPS, NAMES, type NeighbourState, service, snapshot } from './hand-written.js';
import type { HistoryRecord } from './history.js';
import type { Cause, CauseLink } from './verdict.js';

function causes(t: Test, hands: readonly Hand[], history: readonly HistoryRecord[] = []): readonly Cause[] {
  const snapshots = hands.map((hand, i) => snapshot(`0${i + 1}`, hand));
  const found = diagnose({ arm: 'treatment', history, snapshots });
  const artifacts = new Set(found.flatMap(({ chain }) => chain.flatMap(artifactsOf)));
  for (const artifact of artifacts) t.ok(exists(artifact, snapshots, history), `${artifact} exists`);
  return found;
}

/** All that a link cites; the list, where there is one, begins with the one that every reader knows. */
function artifactsOf({ artifact, artifacts = [artifact] }: CauseLink): readonly string[] {
  return artifacts[0] === artifact ? artifacts : [];
}

/** The file is one of the bundle's, and the anchor is one of its headings or lines. */
function exists(artifact: string, snapshots: readonly Snapshot[], history: readonly HistoryRecord[]): boolean {
  const [path, anchor] = artifact.split('#');
  if (path === 'treatment/history.jsonl') return Number(anchor?.slice(1)) <= history.length;
  const file = snapshots.flatMap(snapshotFiles).find((one) => `treatment/${one.path}` === path);
  return file?.text.split('\n').includes(`## ${anchor}`) ?? false;
}

const claims = (found: readonly Cause[]) => found[0]?.chain.map(({ claim }) => claim) ?? [];
const cited = (found: readonly Cause[], claim: string) =>
  found
    .flatMap(({ chain }) => chain)
    .filter((link) => link.claim.includes(claim))
    .flatMap(artifactsOf)
    .map((artifact) => artifact.replace('treatment/', ''));
const ids = (found: readonly Cause[]) => found.map(({ id }) => id);
const X = IPS['worker-1'];
const C = IPS['control-plane'];
const atWorker = service('busybox', { externalIPs: [X] });

t.test("a worker's address as externalIP: others bind it and take the worker's packets for forged", async (t) => {
  const taken = { 'control-plane': [X], 'worker-2': [X] };
  const found = causes(t, [
    { at: 5e6 },
    { at: 5e6, services: [atWorker] },
    {
      ...{ at: 55e6, services: [atWorker], bound: taken, martians: { 'control-plane': 34 } },
      ...{ failedNeighbours: { 'worker-1': [C] }, notReady: { 'worker-1': 50e6 }, renewedAt: { 'worker-1': 4.1e6 } },
    },
  ]);
  t.strictSame(ids(found), ['externalip-is-node-address']);
  t.strictSame(found[0]?.names, ['Service default/busybox', 'Node worker-1', X]);
  t.strictSame(claims(found), [
    `Service default/busybox has externalIP ${X}`,
    `${X} is the InternalIP of Node worker-1`,
    `kube-proxy (ipvs) bound ${X} to kube-ipvs0 on control-plane and worker-2`,
    `ip route get ${X} on control-plane says local, dev lo`,
    `packets from ${X} are martian at control-plane, ARP requests too, and are dropped: in_martian_src was 0 at 5.0 s and 34 at 55.0 s`,
    `worker-1 has given up asking control-plane by ARP: neighbour ${C} is FAILED`,
    'the kubelet no longer renews its lease: worker-1 since 4.1 s',
    'Node worker-1 is NotReady (Ready=Unknown, NodeStatusUnknown) since 50 s (API time)',
  ]);
  const hosts = ['evidence/03/control-plane.txt#ip-addr', 'evidence/03/worker-2.txt#ip-addr'];
  t.strictSame(cited(found, 'bound'), hosts, 'each host that is named is shown');
  const counters = ['evidence/03/control-plane.txt#counters', 'evidence/01/control-plane.txt#counters'];
  t.strictSame(cited(found, 'in_martian_src'), counters, 'the counter now and then');
  t.notOk(found[0]?.chain[0]?.artifacts, 'one artifact that shows all of it stands alone');
  t.equal(found[0]?.chain[3]?.artifact, `treatment/evidence/03/control-plane.txt#ip-route-get-${X}`);
});

t.test('a link stands only where its evidence does', async (t) => {
  const found = causes(t, [{ at: 5e6 }, { at: 7e6, services: [atWorker], bound: { 'worker-2': [X] } }]);
  t.equal(claims(found).length, 4, 'nothing is said of martians, leases or NotReady');
});

t.test(
  "the control plane's address: who dials the API server reaches itself, also when the Service is gone",
  async (t) => {
    const atApi = service('busybox', { externalIPs: [C] });
    const bound = { 'worker-1': [C], 'worker-2': [C] };
    const line = `dial tcp ${C}:6443: connect: connection refused`;
    const history: HistoryRecord[] = [
      { kind: 'log', at: 1e6, host: 'worker-1', component: 'kubelet', line: `before: ${line}` },
      { kind: 'log', at: 6e6, host: 'control-plane', component: 'kubelet', line: `not bound there: ${line}` },
      { kind: 'log', at: 6e6, host: 'worker-1', component: 'kube-proxy', line: `no kubelet: ${line}` },
      { kind: 'log', at: 6e6, host: 'worker-1', component: 'kubelet', line: `dial tcp ${C}:6443: i/o timeout` },
      { kind: 'log', at: 6e6, host: 'worker-1', component: 'kubelet', line: 'connect: connection refused' },
      { kind: 'log', at: 9e6, host: 'worker-1', component: 'kubelet', line },
    ];
    const lost = { 'worker-1': 50e6, 'worker-2': 55e6 };
    const found = causes(
      t,
      [
        { at: 5e6, services: [atApi] },
        { at: 66e6, services: [atApi], bound, notReady: lost },
        { at: 66e6, services: [service('other', {})], bound, notReady: lost },
        { at: 186e6, bound, notReady: lost },
      ],
      history,
    );
    t.strictSame(ids(found), ['externalip-is-node-address']);
    const told = claims(found);
    const refused = `the API server ${C}:6443, dialled on worker-1 and worker-2, leads to themselves, where nothing listens`;
    t.ok(told.includes(`${refused}: kubelet on worker-1 is refused`));
    t.equal(found[0]?.chain[4]?.artifact, 'treatment/history.jsonl#L6');
    t.ok(told.some((claim) => claim.startsWith('Node worker-2 is NotReady')));
    const gone = 'Service default/busybox is deleted since 66.0 s at the latest, yet at 186.0 s';
    t.equal(told.at(-1), `${gone} ${C} is still bound on worker-1 and worker-2`);
    const api = 'evidence/03/api.txt#kubectl-get-services-a';
    t.strictSame(cited(found, gone), [api, 'evidence/04/worker-1.txt#ip-addr', 'evidence/04/worker-2.txt#ip-addr']);
    const routes = ['worker-1', 'worker-2'].map((host) => `evidence/02/${host}.txt#ip-route-get-${C}`);
    t.strictSame(cited(found, 'leads to themselves'), ['history.jsonl#L6', ...routes]);
  },
);

t.test('a node is lost at one time: the history has it, the API only its second', async (t) => {
  const hands = [
    { at: 5e6, services: [atWorker] },
    { at: 70e6, services: [atWorker], bound: { 'worker-2': [X] }, notReady: { 'worker-1': 60e6 } },
  ];
  const change = (at: number, text: string): HistoryRecord => ({
    ...{ kind: 'object', at, object: 'Node worker-1', change: `Ready=${text}` },
  });
  const history = [change(40.5e6, 'Unknown (NodeStatusUnknown)'), change(60.844e6, 'Unknown (NodeStatusUnknown)')];
  const found = causes(t, hands, history);
  t.ok(claims(found).at(-1)?.endsWith('since 60.844 s'));
  t.strictSame(cited(found, 'is NotReady'), ['evidence/02/api.txt#conditions', 'history.jsonl#L2']);
  const other = causes(t, hands, [
    change(61.2e6, 'Unknown (NodeStatusUnknown)'),
    change(60.2e6, 'True (KubeletReady)'),
  ]);
  t.ok(claims(other).at(-1)?.endsWith('since 60 s (API time)'), 'another change is not taken for it');
});

t.test('the state of a neighbour says what was asked and nothing more', async (t) => {
  const told = (...states: readonly NeighbourState[]) => {
    const later = states.map((neighbourState, i) => ({
      ...{ at: 20e6 + i * 1e6, services: [atWorker], bound: { 'worker-2': [X] } },
      ...{ failedNeighbours: { 'worker-1': [IPS['worker-2']] }, neighbourState },
    }));
    return (
      claims(causes(t, [{ at: 5e6, services: [atWorker] }, ...later])).find((claim) => claim.includes('ARP')) ?? ''
    );
  };
  t.match(told('PROBE'), /^worker-1 asks worker-2 by unicast ARP, so far unanswered: .* is PROBE$/);
  t.match(told('INCOMPLETE'), /^worker-1 asks for worker-2 by broadcast ARP, so far unanswered: .* is INCOMPLETE$/);
  t.match(told('PROBE', 'FAILED', 'INCOMPLETE'), /is FAILED$/, 'the one that says most');
  t.equal(told('DELAY'), '');
});

t.test('of many hosts a claim names a few, counts the others and cites them all', async (t) => {
  const many = snapshot('02', { at: 9e6, services: [atWorker], bound: { 'worker-2': [X] } });
  const [peer] = many.hosts.slice(-1);
  const hosts = Array.from({ length: 20 }, (_, i) => ({ ...peer, host: `node-${i}` })) as typeof many.hosts;
  const first = snapshot('01', { at: 5e6, services: [atWorker] });
  const found = diagnose({ arm: 'treatment', history: [], snapshots: [first, { ...many, hosts }] });
  t.match(claims(found)[2], /on node-0, node-1, node-2, node-3 and 16 more$/);
  t.equal(cited(found, 'bound').length, 20);
});

t.test('the owner that binds its own address beside eth0 is not affected', async (t) => {
  const found = causes(t, [{ at: 5e6, services: [atWorker], bound: { 'worker-1': [X] } }]);
  t.strictSame(ids(found), ['none']);
});

t.test("a load balancer's address, and the gateway's", async (t) => {
  const balanced = service('web', { loadBalancerIPs: [X] });
  t.strictSame(ids(causes(t, [{ at: 5e6, services: [balanced], bound: { 'worker-2': [X] } }])), [
    'loadbalancer-ip-is-node-address',
  ]);
  const router = service('web', { externalIPs: [GATEWAY] });
  const [cause] = causes(t, [{ at: 5e6, services: [router], bound: { 'worker-1': [GATEWAY], 'worker-2': [GATEWAY] } }]);
  t.match(cause, { id: 'externalip-is-gateway', names: ['Service default/web', 'gateway', GATEWAY] });
  const unused = service('web', { externalIPs: ['172.30.0.200'] });
  t.strictSame(ids(causes(t, [{ at: 5e6, services: [unused], bound: { 'worker-1': ['172.30.0.200'] } }])), ['none']);
});

t.test('where nothing was looked at there is no cause, nor the word that none is known', async (t) => {
  t.same(causes(t, []), []);
});

t.test('in iptables mode only a port that somebody serves makes a cause', async (t) => {
  const mode = 'iptables';
  const rules = (port: number) => [
    '-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y',
    `-A KUBE-SEP-AAAAAAAAAAAAAAAA -p tcp -m tcp -j DNAT --to-destination ${C}:6443`,
    `-A KUBE-SERVICES -d ${C}/32 -p tcp -m tcp --dport ${port} -j KUBE-EXT-AAAAAAAAAAAAAAAA`,
  ];
  const harmless = service('web', { externalIPs: [C] });
  const found = causes(t, [{ at: 5e6, mode, services: [harmless], filters: rules(8888) }]);
  t.strictSame(ids(found), ['none']);
  t.match(claims(found).at(-1), /has not bound it at 5\.0 s: ip route get .* says unicast/);
  const hijack = service('web', { externalIPs: [C], port: 6443 });
  const [cause] = causes(t, [{ at: 5e6, mode, services: [hijack], filters: rules(6443) }]);
  t.match(cause, { id: 'port-hijack', names: ['Service default/web', 'Node control-plane', C, `${C}:6443`] });
  t.equal(cause?.chain[2]?.artifact, 'treatment/evidence/01/api.txt#kubectl-get-services-a');
  const sockets = { 'control-plane': [{ local: '0.0.0.0:6443', process: 'kube-apiserver', state: 'LISTEN' }] };
  const listening = causes(t, [{ at: 5e6, mode, services: [hijack], filters: rules(6443), sockets }]);
  t.strictSame(cited(listening, 'is the API server'), ['evidence/01/control-plane.txt#ss-tanp'], 'where it listens');
  const before = causes(t, [{ at: 5e6, mode, services: [hijack], filters: rules(8888) }]);
  t.strictSame(ids(before), ['none'], 'kube-proxy has no rule for it yet, only the one that leads there');
  const nft = [`${C} . tcp . 6443 : goto external-AAAAAAAA-default/web/tcp/`];
  t.strictSame(ids(causes(t, [{ at: 5e6, mode: 'nftables', services: [hijack], filters: nft }])), ['port-hijack']);
});

t.test(
  'in ipvs mode a virtual server takes the port; the API server, the kubelet and whoever has connections serve one',
  async (t) => {
    const hijack = (port: number, protocol = 'TCP') => service('web', { externalIPs: [X], port, protocol });
    const servers = ['TCP 172.30.0.3:9100', 'TCP 172.30.0.3:10250', 'UDP 172.30.0.3:9100'];
    const own = (process: string) => ({ 'worker-1': [{ local: `${X}:9100`, process }] });
    const at = (services: Hand['services'], sockets: Hand['sockets'] = {}): Hand[] => [
      { at: 5e6, sockets },
      { at: 6e6, services: services ?? [], sockets, virtualServers: servers },
    ];
    const served = causes(t, at([hijack(9100)], own('node_exporter')));
    t.strictSame(ids(served), ['port-hijack']);
    t.equal(claims(served)[2], `${X}:9100 is served by node_exporter on worker-1`);
    t.strictSame(
      cited(served, 'to the Service on'),
      NAMES.map((host) => `evidence/02/${host}.txt#ipvsadm-ln`),
    );
    t.strictSame(ids(causes(t, at([hijack(9100)]))), ['none'], 'nobody serves it');
    t.strictSame(ids(causes(t, at([hijack(9100)], own('kube-proxy')))), ['none'], 'kube-proxy holds it before 1.24');
    t.strictSame(ids(causes(t, at([hijack(9100)], own('')))), ['none'], "a socket of nobody's");
    t.strictSame(ids(causes(t, at([hijack(9100, 'UDP')], own('node_exporter')))), ['none'], 'another protocol');
    t.strictSame(ids(causes(t, at([hijack(9101)], own('node_exporter')))), ['none'], 'another port');
    t.strictSame(ids(causes(t, at([hijack(10250)]))), ['port-hijack'], 'the kubelet');
    const line = `Get "https://${X}:10250": x509: certificate signed by unknown authority`;
    const told = (text: string): HistoryRecord => ({
      kind: 'log',
      at: 7e6,
      host: 'worker-2',
      component: 'kubelet',
      line: text,
    });
    const heard = causes(t, at([hijack(10250)]), [told('x509: elsewhere'), told(`${X}:10250 is fine`), told(line)]);
    t.equal(claims(heard).at(-1), `kubelet on worker-2 dials ${X}:10250 in vain: ${line}`);
  },
);

t.test('a node without any rule while Services want them has lost its kube-proxy', async (t) => {
  const [cause] = causes(t, [{ at: 5e6 }, { at: 30e6, withoutRules: ['worker-2'] }]);
  t.match(cause, { id: 'kube-proxy-gone', names: ['Node worker-2', 'kube-proxy'] });
  t.strictSame(ids(causes(t, [{ at: 5e6 }])), ['none']);
});

t.test('names of snapshots, and the texts of the scenario, change nothing but the paths', async (t) => {
  const hands: Hand[] = [{ at: 5e6 }, { at: 55e6, services: [atWorker], bound: { 'worker-2': [X] } }];
  const snapshots = hands.map((hand, i) => snapshot(`0${i + 1}-after-the-one-faulty-line`, hand));
  const told: HistoryRecord = { kind: 'step', at: 0, list: 'steps', step: 0, name: 'externalIP', phase: 'start' };
  const named = diagnose({ arm: 'treatment', history: [told], snapshots });
  const stripped = snapshots.map((one, i) => ({ ...one, id: `${i}`, label: '' }));
  const bare = diagnose({ arm: 'a', history: [{ ...told, name: '' }], snapshots: stripped });
  const withoutPaths = (found: readonly Cause[]) =>
    found.map(({ id, names, chain }) => ({ id, names, claims: chain.map(({ claim }) => claim) }));
  t.strictSame(withoutPaths(bare), withoutPaths(named));
  t.equal(bare[0]?.id, 'externalip-is-node-address');
});
