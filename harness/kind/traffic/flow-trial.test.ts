/** The closed loop on a wire of the test's own: bytes grow with a time that only sleeping moves, by what was launched and what flows beside it. */
import t from 'tap';
import type { FlowSpec } from '../../../src/scenario/model.js';
import { rateText } from '../rounded.js';
import { FlowTrial } from './flow-trial.js';
import type { Said } from './iperf.js';

class Wire {
  nowMs = 0;
  bytes = 5000;
  besideBps = 20_000;
  launches: (number | undefined)[] = [];
  ended = 0;
  running = false;
  readable = true;
  deadline = 40_000;
  answers: (Said | undefined)[] = [];

  /** What the interface counts of a bitrate. */
  constructor(readonly onWire: (bitrateBps: number | undefined) => number) {}

  run(part: Partial<FlowSpec>) {
    const flow: FlowSpec = {
      name: 'backup',
      from: { kind: 'node', node: 'w1' },
      to: { kind: 'outside' },
      protocol: 'tcp',
      ...part,
    };
    const said = async () => this.answers.shift();
    const end = async () => {
      this.running = false;
      this.ended++;
    };
    const trial = new FlowTrial({
      flow,
      way: 'from w1 to outside',
      counted: 'w1',
      direction: 'transmitted',
      read: async () =>
        this.readable
          ? { receivedBytes: 0, transmittedBytes: this.bytes, atMicros: this.nowMs * 1000, source: 'node-exporter' }
          : undefined,
      launch: async (bitrateBps) => {
        this.launches.push(bitrateBps);
        this.running = true;
        return { startedAtMs: this.nowMs, said, serverSaid: async () => undefined, end };
      },
      time: { now: () => this.nowMs, sleep: async (ms) => this.#pass(ms) },
      say: () => {},
      deadline: this.deadline,
    });
    return trial.run();
  }

  #pass(ms: number): void {
    this.nowMs += ms;
    const bps = this.besideBps + (this.running ? this.onWire(this.launches.at(-1)) : 0);
    this.bytes += (bps * ms) / 8000;
  }
}

const AT_RATE = { rateBps: 900e6 };

t.test('a rate that is held at once is confirmed with one start', async (t) => {
  const wire = new Wire((bitrate = 0) => bitrate * 1.003);
  const { answer, launched } = await wire.run(AT_RATE);
  t.same(answer, {
    ok: true,
    text: "backup: 903 Mbps of 900 Mbps from w1 to outside, by w1's eth0 as node-exporter counts it",
  });
  t.ok(launched);
  t.same(wire.launches, [900e6]);
  t.ok(wire.nowMs < 10_000);
});

t.test('headers that were not reckoned with are corrected once', async (t) => {
  const wire = new Wire((bitrate = 0) => bitrate * 1.05);
  const { answer } = await wire.run(AT_RATE);
  t.equal(answer.ok, true);
  t.equal(wire.launches.length, 2);
  t.equal(Math.round(wire.launches[1] ?? 0), Math.round(900e6 / 1.05));
  t.equal(wire.ended, 1, 'the first one was ended');
  t.ok(wire.running);
});

t.test('what a link does not carry is told, and ended; the bitrate is not driven up', async (t) => {
  const wire = new Wire(() => 430e6);
  const { answer, launched } = await wire.run(AT_RATE);
  t.same(answer, {
    ok: false,
    error: "backup reaches 430 Mbps of 900 Mbps from w1 to outside, by w1's eth0 as node-exporter counts it",
  });
  t.equal(launched, undefined);
  t.notOk(wire.running);
  t.same(wire.launches, [900e6]);
  t.ok(wire.nowMs <= 40_000);
});

t.test('just below the tolerance is not enough', async (t) => {
  t.equal((await new Wire(() => 850e6).run(AT_RATE)).answer.ok, false);
  t.equal((await new Wire(() => 860e6).run(AT_RATE)).answer.ok, true);
});

t.test('what flowed before is not counted for the flow', async (t) => {
  const wire = new Wire((bitrate = 0) => bitrate);
  wire.besideBps = 300e6;
  t.match((await wire.run(AT_RATE)).answer, { ok: true, text: /: 900 Mbps of 900 Mbps/ });
  const still = new Wire(() => 0);
  still.besideBps = 900e6;
  t.equal((await still.run(AT_RATE)).answer.ok, false, 'the traffic of another');
});

t.test('a slow flow that other traffic drowns is not confirmed, and why is told', async (t) => {
  const wire = new Wire(() => 5e6);
  wire.besideBps = 900e6;
  const { answer } = await wire.run({ rateBps: 5e6 });
  t.match(answer, { ok: false, error: /5 Mbps of 5 Mbps .* other traffic makes uncertain by 18 Mbps$/ });
  t.notOk(wire.running);
});

t.test('without a rate it must move', async (t) => {
  t.match((await new Wire(() => 8.9e9).run({})).answer, { ok: true, text: /^backup: 8.9 Gbps from w1 to outside/ });
  t.equal((await new Wire(() => 0).run({})).answer.ok, false);
});

t.test("a client that ended with an error is told in iperf3's words", async (t) => {
  const wire = new Wire(() => 0);
  wire.answers = [{ error: 'unable to connect to server: Connection timed out' }];
  const { answer } = await wire.run(AT_RATE);
  t.match(answer, { ok: false, error: /iperf3 says: unable to connect to server: Connection timed out$/ });
  t.equal(wire.ended, 1);
});

t.test('a server that does not listen yet is tried again, not for ever', async (t) => {
  const refused = { error: 'unable to connect to server: Connection refused' };
  const late = new Wire((bitrate = 0) => bitrate);
  late.answers = [refused];
  t.equal((await late.run(AT_RATE)).answer.ok, true);
  t.equal(late.launches.length, 2);
  const never = new Wire(() => 0);
  never.answers = Array.from({ length: 9 }, () => refused);
  t.match((await never.run(AT_RATE)).answer, { ok: false, error: /refused$/ });
  t.equal(never.launches.length, 4);
});

t.test('a size that has ended is confirmed by the bytes', async (t) => {
  const ended = (sentBytes: number) => {
    const wire = new Wire(() => 80e6);
    // The wire runs on for all five seconds of a look: 50 MB.
    wire.answers = [{ sentBytes, seconds: 5 }];
    return wire.run({ sizeBytes: sentBytes });
  };
  t.match((await ended(49e6)).answer, { ok: true, text: /^backup: 50 MB counted of 49 MB .* in 5\.0 s/ });
  t.match((await ended(60e6)).answer, { ok: false, error: /50 MB counted of 60 MB/ });
  const endless = new Wire(() => 80e6);
  endless.answers = [{ sentBytes: 1e6, seconds: 1 }];
  t.match((await endless.run({})).answer, { ok: false, error: /ended by itself$/ });
});

t.test('counters that nobody tells end the wait', async (t) => {
  const wire = new Wire(() => 0);
  wire.readable = false;
  await t.rejects(wire.run(AT_RATE), { message: "the counters of w1's eth0 cannot be read" });
  t.ok(wire.nowMs < 41_000);
});

t.test('a look that the deadline cuts short confirms nothing', async (t) => {
  const wire = new Wire((bitrate = 0) => bitrate);
  wire.deadline = 5000;
  await t.rejects(wire.run(AT_RATE), { message: 'its time was over before it was seen to run as asked' });
  t.equal(wire.nowMs, 5000);
  t.notOk(wire.running);
});

t.test('rates have three digits', async (t) => {
  t.same([0, 999, 12_345, 903e6, 9.0408e9, 12.5e9].map(rateText), [
    '0 bps',
    '999 bps',
    '12.3 Kbps',
    '903 Mbps',
    '9.04 Gbps',
    '12.5 Gbps',
  ]);
});
