/** Counters by node-exporter and by /proc/net/dev, as both were recorded on one node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../package.js';
import { Docker, type Ran } from '../docker.js';
import { between, fromNodeExporter, fromProc, nodeExporterCounters } from './flow-counters.js';
import { localPorts } from './flow-ports.js';

const recorded = (name: string) => readFileSync(join(packageRoot, 'harness/kind/recorded', name), 'utf8');
const EXPORTER = recorded('node-exporter-netdev.txt');
const PROC = recorded('proc-net-dev.txt');

t.test('both tell eth0, and when', async (t) => {
  const exporter = fromNodeExporter(EXPORTER);
  t.same(exporter, {
    receivedBytes: 520373084,
    transmittedBytes: 24098031875,
    atMicros: 1795376734674578,
    source: 'node-exporter',
  });
  const proc = fromProc(PROC);
  t.same(proc, {
    receivedBytes: 520298661,
    transmittedBytes: 24098008198,
    atMicros: 45205010000,
    source: '/proc/net/dev',
  });
  t.equal(fromProc(PROC, 'eth1'), undefined);
  t.equal(fromNodeExporter(EXPORTER, 'eth1'), undefined);
  t.equal(
    fromNodeExporter(EXPORTER.replace(/^node_time_seconds .*/m, '')),
    undefined,
    'without a time there is no rate',
  );
});

t.test('a rate is of the time of the machine that counts', async (t) => {
  const first = { receivedBytes: 10, transmittedBytes: 1000, atMicros: 5_000_000, source: 'node-exporter' } as const;
  const second = { ...first, transmittedBytes: 501_000, atMicros: 9_000_000 };
  t.same(between(first, second, 'transmitted'), { bytes: 500_000, seconds: 4, bps: 1e6 });
  t.equal(between(first, second, 'received').bps, 0);
});

class Answers extends Docker {
  readonly asked: string[] = [];
  exporter = true;
  override async run(args: readonly string[]): Promise<Ran> {
    const text = args.join(' ');
    this.asked.push(text);
    if (text.includes('curl') && !this.exporter) return { code: 7, stdout: '', stderr: '', timedOut: false };
    return { code: 0, stdout: text.includes('curl') ? EXPORTER : PROC, stderr: '', timedOut: false };
  }
}

const HOSTS = new Map([
  ['w1', { container: 'lab-worker', ip: '172.30.0.3' }],
  ['outside', { container: '0123' }],
]);

t.test('node-exporter is asked on the node, and others by the kernel', async (t) => {
  const docker = new Answers();
  const counters = nodeExporterCounters(docker, HOSTS);
  t.equal((await counters('w1'))?.receivedBytes, 520373084);
  t.match(docker.asked[0], /^exec lab-worker curl .* http:\/\/172\.30\.0\.3:9100\/metrics\?collect\[\]=netdev/);
  t.match(docker.asked[0], / --noproxy \* /, 'kind hands the proxies of the machine to the nodes');
  t.equal((await counters('outside'))?.receivedBytes, 520298661);
  t.equal(await counters('nobody'), undefined);
  docker.exporter = false;
  t.equal(await counters('w1'), undefined, 'a clock that is away is not mixed with another');
});

t.test('what is asked of node-exporter is switched on there', async (t) => {
  const docker = new Answers();
  await nodeExporterCounters(docker, HOSTS)('w1');
  const manifest = readFileSync(join(packageRoot, 'clusters/addons/node-exporter/daemonset.yaml'), 'utf8');
  const asked = [...(docker.asked[0] ?? '').matchAll(/collect\[\]=(\w+)/g)].map(([, name = '']) => name);
  t.ok(asked.length > 0);
  const args: readonly string[] = parseAllDocuments(manifest)[1]?.toJS().spec.template.spec.containers[0].args;
  for (const name of asked) t.ok(args.includes(`--collector.${name}`), name);
});

t.test('where node-exporter never was, the kernel is read for good', async (t) => {
  const docker = new Answers();
  docker.exporter = false;
  const counters = nodeExporterCounters(docker, HOSTS);
  t.equal((await counters('w1'))?.atMicros, 45205010000);
  docker.exporter = true;
  t.equal((await counters('w1'))?.atMicros, 45205010000);
});

t.test('ports of the tables, IPv4, IPv6 and UDP', async (t) => {
  const zeros = '00000000:00000000 00:00000000 00000000     0        0 4720905 1 00000000cb46dd7d 100 0 0 10 0';
  const any = '00000000000000000000000000000000';
  const rows = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    `   0: 0100007F:8D5F 00000000:0000 0A ${zeros}`,
    `   1: 024D1FAC:6978 044D1FAC:D7EA 01 ${zeros}`,
    `   1: ${any}:2810 ${any}:0000 0A ${zeros}`,
    ` 9267: 0B00007F:A471 00000000:0000 07 ${zeros}`,
  ];
  const ports = localPorts(rows.join('\n'));
  t.same(
    ports.map(({ port, listens }) => [port, listens]),
    [
      [36191, true],
      [27000, false],
      [10256, true],
      [42097, false],
    ],
  );
});
