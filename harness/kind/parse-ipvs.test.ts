/** /proc/net/ip_vs of a Linux 6.1 with servers of every kind, as it was recorded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../package.js';
import { parseProcIpvs } from './parse-ipvs.js';

const RECORDED = readFileSync(join(packageRoot, 'harness/kind/recorded/proc-net-ip_vs.txt'), 'utf8');

const none = { activeConnections: 0, inactiveConnections: 0 };
const real = (address: string, port: number, weight = 1) => ({ address, port, forward: 'Masq', weight, ...none });

t.test('every IPv4 server of TCP and UDP, each with its own real servers and with no others', async (t) => {
  const [a, b] = [real('10.244.0.2', 53), real('10.244.0.3', 53, 0)];
  t.strictSame(parseProcIpvs(RECORDED), [
    { protocol: 'TCP', address: '172.18.0.3', port: 80, scheduler: 'rr', realServers: [] },
    { protocol: 'TCP', address: '10.96.0.10', port: 53, scheduler: 'rr', realServers: [a] },
    { protocol: 'UDP', address: '10.96.0.10', port: 53, scheduler: 'rr', realServers: [b, a] },
    { protocol: 'TCP', address: '10.96.0.1', port: 443, scheduler: 'rr', realServers: [real('172.18.0.2', 6443)] },
  ]);
});

t.test('connections are counted', async (t) => {
  const busy = RECORDED.replace(/(AC120002:192B {6}Masq {4}1) {6}0 {10}0/, '$1      12         3');
  t.match(parseProcIpvs(busy).at(-1)?.realServers, [{ activeConnections: 12, inactiveConnections: 3 }]);
});

t.test('a table without servers, and a kernel that says nothing', async (t) => {
  t.same(parseProcIpvs(RECORDED.split('\n').slice(0, 3).join('\n')), []);
  t.same(parseProcIpvs(''), []);
});
