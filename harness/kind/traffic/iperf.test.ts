/** Arguments as iperf3 3.12 takes them, and its answers as they were recorded: a TCP and a UDP client that sent a size, and what failed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../package.js';
import { clientArgs, firstBitrateBps, saidBy, serverArgs, versionIn } from './iperf.js';

const recorded = (name: string) => readFileSync(join(packageRoot, 'harness/kind/recorded', name), 'utf8');
const text = (args: readonly string[]) => args.join(' ');

t.test('what a client sent is read, TCP and UDP', async (t) => {
  t.same(saidBy(recorded('iperf3-tcp-bytes.txt')), { sentBytes: 20054016, seconds: 0.012216 });
  t.same(saidBy(recorded('iperf3-udp-bytes.txt')), { sentBytes: 2001136, seconds: 0.16028 });
});

t.test('its errors are read though it exits with 0, also with a line after the JSON', async (t) => {
  const inUse = recorded('iperf3-in-use.txt');
  t.same(saidBy(inUse), { error: 'unable to start listener for connections: Address already in use' });
  t.same(saidBy(`${inUse}iperf3: exiting\n`), saidBy(inUse));
  t.same(saidBy("iperf3: unrecognized option '--nix'\nUsage: iperf3 [-s|-c host]\n"), {
    error: 'Usage: iperf3 [-s|-c host]',
  });
  t.same(saidBy('{ cut off }'), { error: '{ cut off }' });
  t.same(saidBy(''), {});
});

t.test('a flow without an end has time 0, a size has no time, durations are whole seconds', async (t) => {
  const args = (flow: Partial<Parameters<typeof clientArgs>[0]>, bitrate?: number) =>
    text(clientArgs({ protocol: 'tcp', ...flow }, '10.0.0.1', 27000, bitrate));
  t.match(args({}), /^--client 10\.0\.0\.1 --port 27000 .*--time 0$/);
  t.notMatch(args({}), /--bitrate/, 'TCP without a rate goes as fast as it goes');
  t.match(args({ protocol: 'udp' }), /--udp --bitrate 0 --length 1448/, "iperf3's own default is 1 Mbps");
  t.match(args({ duration: 2_100_000 }), /--time 3$/);
  t.match(args({ sizeBytes: 5e6, duration: 2e6 }), /--bytes 5000000$/);
  t.notMatch(args({ sizeBytes: 5e6, duration: 2e6 }), /--time/, 'iperf3 refuses both');
  t.match(args({ sizeBytes: 700 }), /--length 700 /, 'a block is not more than all');
});

t.test('a paced TCP flow goes in blocks that suit the rate, and cannot catch up without bound', async (t) => {
  const args = (bitrate: number) => text(clientArgs({ protocol: 'tcp' }, 'x', 1, bitrate));
  t.match(args(9e8), /--bitrate 900000000 --fq-rate 990000000 --length 131072/);
  t.match(args(1e7), /--length 25000 /);
  t.match(args(1e4), /--length 1448 /);
});

t.test('UDP headers are reckoned with beforehand', async (t) => {
  t.equal(firstBitrateBps({ protocol: 'tcp', rateBps: 9e8 }), 9e8);
  t.equal(Math.round(firstBitrateBps({ protocol: 'udp', rateBps: 1490e3 }) ?? 0), 1448e3);
  t.equal(firstBitrateBps({ protocol: 'udp' }), undefined);
});

t.test('a server waits through an outage where its version can', async (t) => {
  t.equal(versionIn('iperf 3.12 (cJSON 1.7.15)\nLinux'), '3.12');
  t.equal(versionIn('sh: iperf3: not found'), undefined);
  t.match(
    text(serverArgs({ bind: '10.0.0.1', port: 27001, version: '3.12' })),
    /--bind 10\.0\.0\.1 --port 27001 .*--rcv-timeout 86400000$/,
  );
  t.notMatch(text(serverArgs({ port: 27001, version: '3.9' })), /--rcv-timeout|--bind/);
});
