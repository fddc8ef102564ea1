/** What each mode puts into netfilter for the same Services, and what nodes share. */
import t from 'tap';
import { ipv4, prefix } from '../../base/ip.js';
import { serviceKey } from '../../net/sockets.js';
import type { EndpointSlice, Service, Stored } from '../api/objects.js';
import { View } from '../client/shared-view.js';
import { traitsOf } from '../versions.js';
import { type Desired, DesiredSource } from './desired.js';
import { targetsOf } from './dnat.js';
import { iptablesRules } from './iptables.js';
import { ipvsRules } from './ipvs-rules.js';
import { nftablesRules } from './nftables.js';

const PODS = prefix('10.70.0.0/16');
const X = ipv4('192.168.0.11');
const CLUSTER = ipv4('10.0.238.86');
const EXTERNAL_KEY = serviceKey('TCP', X, 8888);
const CLUSTER_KEY = serviceKey('TCP', CLUSTER, 8888);

function stored(kind: string, name: string, rest: object, labels?: Record<string, string>): Stored {
  const metadata = {
    name,
    namespace: 'default',
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '',
    ...(labels && { labels }),
  };
  return { apiVersion: 'v1', kind, metadata, ...rest };
}

const busybox = stored('Service', 'busybox', {
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.0.238.86',
    externalIPs: ['192.168.0.11', '2001:db8::1'],
    ports: [{ port: 8888, targetPort: 80, protocol: 'TCP' }],
  },
}) as Service;

const slice = (...ips: string[]) =>
  stored(
    'EndpointSlice',
    'busybox-x',
    {
      addressType: 'IPv4',
      ports: [{ name: '', port: 80, protocol: 'TCP' }],
      endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true }, nodeName: 'worker-1' })),
    },
    { 'kubernetes.io/service-name': 'busybox' },
  ) as EndpointSlice;

function desiredOf(slices: EndpointSlice[], externalIPs = true): Desired {
  return new DesiredSource().of(View.of([busybox]), View.of(slices), 'v', externalIPs);
}

t.test('a service port joins a Service with its slices, without other address families', async (t) => {
  t.match(desiredOf([slice('10.70.2.65', '10.70.2.9')]).ports, [
    {
      name: 'default/busybox',
      clusterIP: CLUSTER,
      port: 8888,
      externalIPs: [X],
      endpoints: [
        { ip: ipv4('10.70.2.9'), port: 80 },
        { ip: ipv4('10.70.2.65'), port: 80 },
      ],
    },
  ]);
  t.same(desiredOf([], false).ports[0]?.externalIPs, [], 'with the gate off external addresses are left out');
});

t.test(
  'KUBE-SERVICES in mode ipvs: loopback is let pass since 1.26, a load balancer’s address has a chain of its own',
  async (t) => {
    const balanced = { ...busybox, status: { loadBalancer: { ingress: [{ ip: '192.168.0.99' }] } } } as Service;
    const desired = () => new DesiredSource().of(View.of([balanced]), View.of([]), 'v', true);
    const chain = (version: string) =>
      ipvsRules(desired(), traitsOf(version), PODS, { binds: new Set(), skipped: new Set() }, [])
        .text.filter((row) => row.chain === 'KUBE-SERVICES')
        .map(({ text }) => text.replace('-A KUBE-SERVICES ', ''));
    const balancer =
      '-m comment --comment "Kubernetes service lb portal" -m set --match-set KUBE-LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER';
    t.same(chain('1.25.16').slice(0, 1), [balancer]);
    t.same(chain('1.26.7').slice(0, 2), ['-s 127.0.0.0/8 -j RETURN', balancer]);
  },
);

t.test('iptables redirects the one port, and refuses it where there is no endpoint', async (t) => {
  const rules = (version: string, slices: EndpointSlice[]) =>
    iptablesRules(targetsOf(desiredOf(slices), 'worker-1', new Set(), []), traitsOf(version), PODS);
  const full = rules('1.34.2', [slice('10.70.2.65')]);
  t.match(full.dnat.get(EXTERNAL_KEY), { local: 'any', masquerade: true, endpoints: [{ port: 80 }] });
  t.match(full.dnat.get(CLUSTER_KEY), { local: 'any', masquerade: PODS }, 'unless a pod sends it');
  t.equal(rules('1.20.10', [slice('10.70.2.65')]).dnat.get(EXTERNAL_KEY)?.local, 'to-local');
  const empty = rules('1.34.2', []);
  t.equal(empty.dnat.size, 0);
  t.same(empty.rejects.get(EXTERNAL_KEY), { input: true, forward: true, output: false });
  t.same(empty.rejects.get(CLUSTER_KEY), { input: false, forward: true, output: true });
  t.ok(
    empty.text.some(({ text }) =>
      text.startsWith(
        '-A KUBE-EXTERNAL-SERVICES -d 192.168.0.11/32 -p tcp -m comment --comment "default/busybox has no endpoints"',
      ),
    ),
  );
});

t.test('nftables redirects also what the node itself makes, and refuses on every hook', async (t) => {
  const full = nftablesRules(targetsOf(desiredOf([slice('10.70.2.65')]), 'worker-1', new Set(), []), PODS);
  t.match(full.dnat.get(EXTERNAL_KEY), { local: 'any', masquerade: true });
  t.ok(
    full.text.some(
      ({ chain, text }) => chain === 'service-ips' && text.startsWith('192.168.0.11 . tcp . 8888 : goto external-'),
    ),
  );
  const empty = nftablesRules(targetsOf(desiredOf([]), 'worker-1', new Set(), []), PODS);
  t.same(empty.rejects.get(EXTERNAL_KEY), { input: true, forward: true, output: true });
});

t.test('KUBE-IPVS-FILTER lists its sets as iptables-save does', async (t) => {
  const lines = (version: string) =>
    ipvsRules(desiredOf([]), traitsOf(version), PODS, { binds: new Set([CLUSTER, X]), skipped: new Set() }, [])
      .text.filter(({ chain }) => chain === 'KUBE-IPVS-FILTER')
      .map(({ text }) => text.replace('-A KUBE-IPVS-FILTER ', ''));
  const match = (set: string) => `-m set --match-set ${set} dst,dst -j RETURN`;
  const tail = [
    '-m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j RETURN',
    '-m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable',
  ];
  const three = ['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP'].map(match);
  t.same(lines('1.20.10'), []);
  t.same(lines('1.26.7'), [...three, ...tail]);
  t.same(lines('1.34.2'), [...three, match('KUBE-EXTERNAL-IP-LOCAL'), ...tail]);
});

t.test('IPVS masquerades everything but what pods send to cluster addresses', async (t) => {
  const node = { binds: new Set([CLUSTER, X]), skipped: new Set<string>() };
  const { masquerade, text } = ipvsRules(desiredOf([]), traitsOf('1.34.2'), PODS, node, []);
  t.same([masquerade.get(EXTERNAL_KEY), masquerade.get(CLUSTER_KEY)], [true, PODS]);
  t.match(text[1]?.text, /^-A KUBE-SERVICES ! -s 10\.70\.0\.0\/16 .* KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ$/);
});

t.test('nodes without a difference share one rule set; the owner of an address has its own', async (t) => {
  const desired = desiredOf([]);
  const traits = traitsOf('1.34.2');
  const rules = (binds: number[]) =>
    ipvsRules(desired, traits, PODS, { binds: new Set(binds), skipped: new Set() }, []);
  const peer = rules([CLUSTER, X]);
  t.equal(rules([CLUSTER, X]), peer);
  const owner = rules([CLUSTER]);
  t.not(owner, peer);
  t.ok(peer.ipvsFilter?.bound.has(X));
  t.notOk(owner.ipvsFilter?.bound.has(X));
  t.ok(owner.ipvsFilter?.allowed.has(EXTERNAL_KEY), 'the Service port itself passes on the owner too');
});

t.test('views that heard the same are one view, and what they want is computed once', async (t) => {
  const list = [busybox];
  const first = View.of<Service>(list);
  const change = { type: 'DELETED' as const, revision: 2, object: busybox };
  t.equal(first.after(change), first.after(change));
  t.equal(first.after(change).items.size, 0);
  t.equal(first.items.size, 1);
  const source = new DesiredSource();
  const slices = View.of<EndpointSlice>([]);
  t.equal(source.of(first, slices, 'v', true), source.of(first, slices, 'v', true));
  t.same(
    source
      .of(first.after(change), slices, 'v', true)
      .changesSince(source.of(first, slices, 'v', true))
      .removed.map(({ name }) => name),
    ['default/busybox'],
  );
});
