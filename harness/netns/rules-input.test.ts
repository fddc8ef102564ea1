/** kube-proxy's decisions as the kernel's tools take them. */
import t from 'tap';
import { ipv4, prefix } from '../../src/base/ip.js';
import type { ServiceRules } from '../../src/net/sockets.js';
import { serviceKey } from '../../src/net/sockets.js';
import { IpvsMirror } from './ipvs-mirror.js';
import { rulesInput } from './rules-input.js';

const NONE: ServiceRules = { dnat: new Map(), rejects: new Map(), masquerade: new Map(), text: [] };
const KEY = serviceKey('TCP', ipv4('10.0.0.1'), 80);

t.test('endpoints are drawn evenly, before 1.21 only for what others send or what is local here', async (t) => {
  const endpoints = ['10.9.0.3', '10.9.0.4'].map((ip) => ({ ip: ipv4(ip), port: 8080 }));
  const dnat = new Map([[KEY, { endpoints, local: 'to-local' as const, masquerade: prefix('10.244.0.0/16') }]]);
  const [{ stdin } = { stdin: '' }] = rulesInput({ ...NONE, dnat });
  const lines = stdin.split('\n').filter((line) => line.startsWith('-A KUBE-S'));
  t.same(lines, [
    '-A KUBE-SERVICES -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -m addrtype ! --src-type LOCAL -j KUBE-SVC-0',
    '-A KUBE-SERVICES -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -m addrtype --dst-type LOCAL -j KUBE-SVC-0',
    '-A KUBE-SVC-0 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
    '-A KUBE-SVC-0 -s 10.9.0.3/32 -j KUBE-MARK-MASQ',
    '-A KUBE-SVC-0 -p tcp -m statistic --mode random --probability 0.5000000000 -j DNAT --to-destination 10.9.0.3:8080',
    '-A KUBE-SVC-0 -s 10.9.0.4/32 -j KUBE-MARK-MASQ',
    '-A KUBE-SVC-0 -p tcp -j DNAT --to-destination 10.9.0.4:8080',
  ]);
});

t.test('the filter of bound addresses: its sets are there before the rules that name them', async (t) => {
  const ipvsFilter = { allowed: new Set([KEY]), bound: new Set([ipv4('10.9.0.3')]) };
  const [sets, tables] = rulesInput({ ...NONE, ipvsFilter });
  t.match(
    sets?.stdin,
    /add KUBE-SERVICE-PORTS-NEXT 10\.0\.0\.1,tcp:80\nswap KUBE-SERVICE-PORTS-NEXT KUBE-SERVICE-PORTS/,
  );
  t.match(sets?.stdin, /add KUBE-IPVS-IPS-NEXT 10\.9\.0\.3\n/);
  t.match(
    tables?.stdin,
    /-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT/,
  );
  t.equal(rulesInput(NONE).length, 1, 'without it there are no sets');
});

t.test('a Service without endpoints is refused on the hooks that its mode names', async (t) => {
  const rejects = new Map([[KEY, { input: true, forward: false, output: true }]]);
  const [{ stdin } = { stdin: '' }] = rulesInput({ ...NONE, rejects });
  t.match(stdin, /-A INPUT -d 10\.0\.0\.1\/32 -p tcp -m tcp --dport 80 .* -j REJECT/);
  t.match(stdin, /-A OUTPUT -d/);
  t.notMatch(stdin, /-A FORWARD/);
});

t.test('IPVS hears of differences alone', async (t) => {
  const said: string[] = [];
  const ipvs = new IpvsMirror((lines) => said.push(...lines));
  const server = { protocol: 'TCP' as const, ip: ipv4('10.9.0.3'), port: 8888 };
  ipvs.addServer(server);
  ipvs.addServer(server);
  const to = (text: string) => ({ ip: ipv4(text), port: 80 });
  ipvs.setDestinations('TCP', server.ip, 8888, [to('10.70.0.2'), to('10.70.0.3')]);
  ipvs.setDestinations('TCP', server.ip, 8888, [to('10.70.0.3'), to('10.70.0.4')]);
  ipvs.deleteServer('TCP', server.ip, 8888);
  t.same(said, [
    '-A -t 10.9.0.3:8888 -s rr',
    '-a -t 10.9.0.3:8888 -r 10.70.0.2:80 -m -w 1',
    '-a -t 10.9.0.3:8888 -r 10.70.0.3:80 -m -w 1',
    '-a -t 10.9.0.3:8888 -r 10.70.0.4:80 -m -w 1',
    '-d -t 10.9.0.3:8888 -r 10.70.0.2:80',
    '-D -t 10.9.0.3:8888',
  ]);
});
