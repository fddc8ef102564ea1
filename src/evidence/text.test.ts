import t from 'tap';
import { formatApiTime, parseApiTime } from '../base/api-time.js';
import { formatAge } from './age.js';
import { formatFilters, pickFilters } from './filters.js';
import { formatAddresses, formatAddressesBrief, formatLinks } from './ip-addr.js';
import { formatNeighbours } from './ip-neigh.js';
import { formatLocalTable, formatRouteGet } from './ip-route.js';
import { formatVirtualServers } from './ipvsadm.js';
import { formatLeases, formatNodes, formatPods, formatServices } from './kubectl.js';
import { anchor, hostFile, slug } from './paths.js';
import type { AddressRow, NodeRow, PodRow, ServiceRow, VirtualServerRow } from './rows.js';
import { formatSockets, pickSockets } from './ss.js';
import { formatPackets } from './tcpdump.js';

const lines = (...text: string[]) => text.join('\n');

const LO: AddressRow = {
  ...{ index: 1, device: 'lo', flags: ['LOOPBACK', 'UP', 'LOWER_UP'], mtu: 65536, qdisc: 'noqueue', state: 'UNKNOWN' },
  ...{ link: 'loopback', mac: '00:00:00:00:00:00', addresses: [{ prefix: '127.0.0.1/8', scope: 'host' }] },
};
const ETH0: AddressRow = {
  ...{ index: 4, device: 'eth0', flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'], mtu: 1400, qdisc: 'pfifo_fast' },
  ...{ state: 'UP', link: 'ether', mac: '02:fc:00:00:00:01' },
  addresses: [{ prefix: '192.0.2.2/24', scope: 'global', broadcast: '192.0.2.255' }],
};
const DUMMY: AddressRow = {
  ...{ index: 6, device: 'kube-ipvs0', flags: ['BROADCAST', 'NOARP'], mtu: 1500, qdisc: 'noop', state: 'DOWN' },
  ...{ link: 'ether', mac: '86:ab:5f:aa:1a:2c' },
  addresses: [
    { prefix: '10.0.0.1/32', scope: 'global' },
    { prefix: '192.168.0.15/32', scope: 'global' },
  ],
};

t.test('ip addr and ip -br addr, as iproute2 6.1 printed them', async (t) => {
  t.equal(
    formatAddresses([LO, ETH0, DUMMY]),
    lines(
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '    inet 127.0.0.1/8 scope host lo',
      '       valid_lft forever preferred_lft forever',
      '4: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc pfifo_fast state UP group default qlen 1000',
      '    link/ether 02:fc:00:00:00:01 brd ff:ff:ff:ff:ff:ff',
      '    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0',
      '       valid_lft forever preferred_lft forever',
      '6: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default ',
      '    link/ether 86:ab:5f:aa:1a:2c brd ff:ff:ff:ff:ff:ff',
      '    inet 10.0.0.1/32 scope global kube-ipvs0',
      '       valid_lft forever preferred_lft forever',
      '    inet 192.168.0.15/32 scope global kube-ipvs0',
      '       valid_lft forever preferred_lft forever',
    ),
  );
  t.equal(
    formatAddressesBrief([LO, ETH0, DUMMY]),
    lines(
      'lo               UNKNOWN        127.0.0.1/8 ',
      'eth0             UP             192.0.2.2/24 ',
      'kube-ipvs0       DOWN           10.0.0.1/32 192.168.0.15/32 ',
    ),
  );
});

t.test('ip link', async (t) => {
  t.equal(
    formatLinks([ETH0]),
    lines(
      '4: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc pfifo_fast state UP mode DEFAULT group default qlen 1000',
      '    link/ether 02:fc:00:00:00:01 brd ff:ff:ff:ff:ff:ff',
    ),
  );
});

t.test('each tool sees the rules of its own framework alone', async (t) => {
  const iptables = [{ chain: 'KUBE-SERVICES', text: '-A KUBE-SERVICES -j RETURN' }];
  const nft = [{ chain: 'external-X', text: 'jump mark-for-masquerade' }];
  t.same([pickFilters(iptables, 'iptables'), pickFilters(iptables, 'nft')], [iptables, []]);
  t.same([pickFilters(nft, 'iptables'), pickFilters(nft, 'nft')], [[], nft]);
  t.same([pickFilters([], 'iptables'), pickFilters([], 'nft')], [[], []]);
});

t.test('ip route get, table local, ip neigh', async (t) => {
  const local = { type: 'local', to: '127.0.0.1', device: 'lo', source: '127.0.0.1' } as const;
  t.equal(formatRouteGet(local), 'local 127.0.0.1 dev lo src 127.0.0.1 uid 0 \n    cache <local> ');
  const far = { type: 'unicast', to: '198.51.100.7', via: '192.0.2.1', device: 'eth0', source: '192.0.2.2' } as const;
  t.equal(formatRouteGet(far), '198.51.100.7 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0 \n    cache ');
  const none = { type: 'unreachable', to: '198.51.100.7', error: 'ENETUNREACH' } as const;
  t.equal(formatRouteGet(none), 'RTNETLINK answers: Network is unreachable');
  t.equal(
    formatLocalTable([
      { ...local, to: '127.0.0.0/8' },
      { type: 'broadcast', to: '127.255.255.255', device: 'lo', source: '127.0.0.1' },
    ]),
    lines(
      'local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 ',
      'broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1 ',
    ),
  );
  t.equal(
    formatNeighbours([
      { ip: '192.0.2.1', device: 'eth0', mac: '02:fc:00:00:00:05', state: 'STALE' },
      { ip: '192.0.2.9', device: 'eth0', state: 'FAILED' },
    ]),
    lines('192.0.2.1 dev eth0 lladdr 02:fc:00:00:00:05 STALE ', '192.0.2.9 dev eth0 FAILED '),
  );
});

t.test('ipvsadm -ln', async (t) => {
  const counts = { forward: 'Masq', weight: 1, activeConnections: 12, inactiveConnections: 0 } as const;
  const rows: VirtualServerRow[] = [
    {
      ...{ protocol: 'TCP', address: '10.0.0.1', port: 443, scheduler: 'rr' },
      realServers: [{ address: '192.168.0.10', port: 6443, ...counts }],
    },
    { protocol: 'UDP', address: '10.0.0.10', port: 53, scheduler: 'rr', realServers: [] },
  ];
  t.equal(
    formatVirtualServers(rows),
    lines(
      'IP Virtual Server version 1.2.1 (size=4096)',
      'Prot LocalAddress:Port Scheduler Flags',
      '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
      'TCP  10.0.0.1:443 rr',
      '  -> 192.168.0.10:6443            Masq    1      12         0         ',
      'UDP  10.0.0.10:53 rr',
    ),
  );
});

t.test('ss lists connections alone, with -l listeners alone, with -a both', async (t) => {
  const row = (state: string) => ({ state, recvQ: 0, sendQ: 0, local: '0.0.0.0:1', peer: '0.0.0.0:*', process: '' });
  const states = (flags: string) => pickSockets([row('LISTEN'), row('ESTAB')], flags).map(({ state }) => state);
  t.same([states('-tn'), states('-tln'), states('-tan')], [['ESTAB'], ['LISTEN'], ['LISTEN', 'ESTAB']]);
});

t.test('ss -tn and ss -tnp where stdout is no terminal', async (t) => {
  const rows = [
    { state: 'ESTAB', recvQ: 0, sendQ: 0, local: '127.0.0.1:55354', peer: '127.0.0.1:6443', process: 'node' },
    { state: 'ESTAB', recvQ: 0, sendQ: 0, local: '127.0.0.1:6443', peer: '127.0.0.1:55354', process: 'node' },
  ];
  t.equal(
    formatSockets(rows, { processes: false }),
    lines(
      'State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process',
      'ESTAB 0      0          127.0.0.1:55354    127.0.0.1:6443        ',
      'ESTAB 0      0          127.0.0.1:6443     127.0.0.1:55354       ',
    ),
  );
  t.equal(
    formatSockets(rows, { processes: true }).split('\n')[2],
    'ESTAB 0      0          127.0.0.1:6443     127.0.0.1:55354 users:(("node"))',
  );
  t.equal(formatSockets([], { processes: false }), 'State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess');
});

t.test('tcpdump lines and nft tables', async (t) => {
  const text = 'ARP, Request who-has 192.168.0.11 tell 192.168.0.10, length 28';
  const packet = { at: 3_723_000_123, device: 'eth0', direction: 'in', text } as const;
  t.equal(formatPackets([packet, { ...packet, at: -1 }]), `01:02:03.000123 ${text}\n-00:00:00.000001 ${text}`);
  t.equal(
    formatFilters([
      { chain: 'service-ips', text: '172.30.0.2 . tcp . 6443 : goto external-X' },
      { chain: 'service-ips', text: '10.96.0.1 . tcp . 443 : goto service-Y' },
      { chain: 'external-X', text: 'jump mark-for-masquerade' },
    ]),
    lines(
      'table ip kube-proxy {',
      '\tmap service-ips {',
      '\t\telements = { 172.30.0.2 . tcp . 6443 : goto external-X,',
      '\t\t\t     10.96.0.1 . tcp . 443 : goto service-Y }',
      '\t}',
      '',
      '\tchain external-X {',
      '\t\tjump mark-for-masquerade',
      '\t}',
      '}',
    ),
  );
});

const NODE: NodeRow = {
  ...{ name: 'k8s-node-1', role: 'worker', internalIP: '192.168.0.11', taints: [], kubeletVersion: 'v1.20.10' },
  ...{ conditions: { Ready: { status: 'Unknown', reason: 'NodeStatusUnknown', since: 0 } }, createdAt: -60_000_000 },
};
const SERVICE: ServiceRow = {
  ...{ namespace: 'default', name: 'busybox', type: 'ClusterIP', clusterIP: '10.0.238.86', loadBalancerIPs: [] },
  ...{ externalIPs: ['192.168.0.15'], ports: [{ port: 8888, protocol: 'TCP', targetPort: '80' }], readyEndpoints: 1 },
  createdAt: 0,
};
const POD: PodRow = {
  ...{
    namespace: 'default',
    name: 'busybox-1',
    node: '',
    ip: '',
    phase: 'Pending',
    ready: false,
    terminating: false,
  },
  ...{ reason: '', labels: {} },
};

t.test('kubectl get', async (t) => {
  t.equal(
    formatNodes([{ ...NODE, name: 'a', conditions: {}, role: 'control-plane' }, NODE], 75_000_000, { wide: false }),
    lines(
      'NAME         STATUS     ROLES           AGE     VERSION',
      'a            Unknown    control-plane   2m15s   v1.20.10',
      'k8s-node-1   NotReady   <none>          2m15s   v1.20.10',
    ),
  );
  t.equal(
    formatServices([SERVICE], 5_000_000, { everywhere: false, wide: false }),
    lines(
      'NAME      TYPE        CLUSTER-IP    EXTERNAL-IP    PORT(S)    AGE',
      'busybox   ClusterIP   10.0.238.86   192.168.0.15   8888/TCP   5s',
    ),
  );
  t.equal(
    formatPods([POD], 0, { everywhere: true, wide: true }),
    lines(
      'NAMESPACE   NAME        READY   STATUS    RESTARTS   AGE         IP       NODE     NOMINATED NODE   READINESS GATES',
      'default     busybox-1   0/1     Pending   0          <unknown>   <none>   <none>   <none>           <none>',
    ),
  );
});

t.test('kubectl get: the columns of -o wide and of -A', async (t) => {
  t.equal(
    formatPods([POD], 0, { everywhere: false, wide: false }),
    lines('NAME        READY   STATUS    RESTARTS   AGE', 'busybox-1   0/1     Pending   0          <unknown>'),
  );
  t.equal(
    formatServices([{ ...SERVICE, selector: { b: '2', a: '1' } }], 0, { everywhere: false, wide: true }).split('\n')[1],
    'busybox   ClusterIP   10.0.238.86   192.168.0.15   8888/TCP   0s    a=1,b=2',
  );
  t.equal(
    formatNodes([{ ...NODE, kernelVersion: '6.1' }], 0, { wide: true }),
    lines(
      'NAME         STATUS     ROLES    AGE   VERSION    INTERNAL-IP    EXTERNAL-IP   OS-IMAGE    KERNEL-VERSION   CONTAINER-RUNTIME',
      'k8s-node-1   NotReady   <none>   60s   v1.20.10   192.168.0.11   <none>        <unknown>   6.1              <unknown>',
    ),
  );
  t.equal(
    formatLeases([{ ...NODE, leaseRenewedAt: 0 }], 0, { everywhere: true }),
    lines('NAMESPACE         NAME         HOLDER       AGE', 'kube-node-lease   k8s-node-1   k8s-node-1   60s'),
  );
});

t.test('ages and times of the API', async (t) => {
  const age = (seconds: number) => formatAge(seconds * 1_000_000);
  t.strictSame([0, 119, 120, 599, 600, 10_799, 10_860, 28_800, 172_800].map(age), [
    ...['0s', '119s', '2m', '9m59s', '10m', '179m', '3h1m', '8h', '2d'],
  ]);
  t.equal(parseApiTime('2022-04-01T10:15:36Z'), 1_648_808_136_000_000);
  t.equal(parseApiTime('2024-02-29T23:59:59.123456Z'), 1_709_251_199_123_456);
  t.equal(parseApiTime('2022-04-01'), undefined);
  for (const at of [0, -1, 1_735_689_600_000_001, 951_782_400_000_000]) t.equal(parseApiTime(formatApiTime(at, 6)), at);
  t.equal(formatApiTime(1_709_251_199_999_999, 0), '2024-02-29T23:59:59Z');
});

t.test('names from files become neither paths nor hidden files', async (t) => {
  t.equal(slug('../../etc/passwd'), 'etc-passwd');
  t.equal(slug('..'), 'unnamed');
  t.equal(slug('after "the one faulty line"'), 'after-the-one-faulty-line');
  t.equal(anchor('ip route get 172.30.0.2'), 'ip-route-get-172.30.0.2');
  t.equal(hostFile('03-x', 'worker-1'), 'evidence/03-x/worker-1.txt');
  t.not(hostFile('03-x', 'api'), 'evidence/03-x/api.txt');
});
