import * as fc from 'fast-check';
import t from 'tap';
import { formatDuration, parseDuration } from './instant.js';
import { broadcastOf, contains, formatIpv4, formatPrefix, parseIpv4, parsePrefix, prefix } from './ip.js';
import { RandomSource } from './random.js';

t.test('durations are read as written and written as read', async (t) => {
  t.same(
    ['500ms', '5s', '2m', '1h', '1.5s', '0s', '-5s'].map(parseDuration),
    [500_000, 5_000_000, 120_000_000, 3_600_000_000, 1_500_000, 0, -5_000_000],
  );
  t.same(['5', '1sec', 's', '', '5 s', '1e3s'].map(parseDuration), Array(6).fill(undefined));
  await fc.assert(fc.property(fc.nat(1e9), (micros) => parseDuration(formatDuration(micros)) === micros));
});

t.test('addresses are read strictly and written back', async (t) => {
  t.same(
    ['1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.4 ', '::1', ''].map(parseIpv4),
    Array(7).fill(undefined),
  );
  await fc.assert(fc.property(fc.nat(0xffffffff), (address) => parseIpv4(formatIpv4(address)) === address));
});

t.test('prefixes know their network, their broadcast address and what they contain', async (t) => {
  const p = prefix('172.30.0.77/24');
  t.equal(formatPrefix(p), '172.30.0.77/24');
  t.equal(formatIpv4(broadcastOf(p)), '172.30.0.255');
  t.ok(contains(p, prefix('172.30.0.1/32').address));
  t.notOk(contains(p, prefix('172.30.1.1/32').address));
  t.ok(contains(prefix('0.0.0.0/0'), 0xffffffff));
  t.same(['1.2.3.4', '1.2.3.4/33', '1.2.3.4/x', '/24'].map(parsePrefix), Array(4).fill(undefined));
});

t.test('a stream depends on the seed and its name, and on no other stream', async (t) => {
  const draws = (seed: string, name: string, before = 0) => {
    const source = new RandomSource(seed);
    const other = source.stream('other');
    for (let i = 0; i < before; i++) other.unit();
    const stream = source.stream(name);
    return Array.from({ length: 5 }, () => stream.integer(0, 1e6));
  };
  t.same(draws('1', 'net'), draws('1', 'net', 10));
  t.notSame(draws('1', 'net'), draws('2', 'net'));
  t.notSame(draws('1', 'net'), draws('1', 'faults'));
});

t.test('draws stay in their range', async () => {
  const stream = new RandomSource('1').stream('range');
  await fc.assert(
    fc.property(fc.nat(1e6), fc.double({ min: 0, max: 2, noNaN: true }), (base, factor) => {
      const unit = stream.unit();
      const jittered = stream.jitter(base, factor);
      return (
        unit >= 0 &&
        unit < 1 &&
        Number.isInteger(jittered) &&
        jittered >= base &&
        jittered <= Math.round(base * (1 + factor))
      );
    }),
  );
});
