/** What a run looks like for people and for programs. */
import pico from 'picocolors';
import t from 'tap';
import { parse } from 'yaml';
import { JsonReporter, type reportJson } from './json.js';
import { Multiplexer } from './multiplexer.js';
import { makeReporters, parseReport } from './registry.js';
import type { Reporter } from './reporter.js';
import { failed, header, outcomes, passed, sampleSpec, skipped, summary, TextStream } from './sample-run.js';
import { TapReporter } from './tap.js';
import { TerminalReporter } from './terminal.js';
import { causeLines, stepTitle } from './wording.js';

function play(reporter: Reporter, order = outcomes): void {
  reporter.begin?.(header);
  for (const outcome of order) {
    reporter.caseBegin?.(outcome.spec);
    reporter.caseEnd?.(outcome);
  }
  void reporter.end?.(summary);
}

t.test(
  'the terminal tells of a case that did not pass where, what was seen, why, and how to run it again',
  async (t) => {
    const report = new TextStream();
    const progress = new TextStream();
    play(new TerminalReporter({ report, progress, quiet: false }));
    t.equal(
      report.text,
      [
        '',
        'FAIL sample[proxyMode=ipvs]',
        '  1 of 1 expectations failed',
        '  scenarios/sample.yaml:12:9  step 3, it holds',
        '    expected   probe api is ok for 30s',
        '    last seen  timeout at 12.000 s',
        '  cause: externalip-is-node-address',
        '     1. Service default/web has externalIP 172.30.0.3',
        '        treatment/evidence/1/api.txt#services',
        '  again: npx windtunnel run scenarios/sample.yaml --seed 1',
        '',
        '3 cases: 1 passed, 1 failed, 1 skipped; 84.0 s modelled in 1.2 s',
        'report: reports/2026-11-22T07-45-12Z-1',
        '',
      ].join('\n'),
    );
    t.match(progress.text, /^pass {8}sample\[proxyMode=iptables\] {2}42 s modelled in 84 ms$/m);
    t.match(progress.text, /^skipped {5}sample.* {2}IPv6 is not modelled$/m);
  },
);

t.test('what an abort kept from starting is counted as that, and not told of one by one', async (t) => {
  const report = new TextStream();
  const result = { ...skipped.result, verdict: 'unknown', reason: 'not started: aborted by SIGINT' } as const;
  const waiting = { ...skipped, result, notStarted: true };
  const aborted = { ...summary, verdict: 'unknown', outcomes: [passed, waiting], abortedBy: 'SIGINT' } as const;
  new TerminalReporter({ report, progress: new TextStream(), quiet: false }).end(aborted);
  t.match(report.text, /2 cases: 1 passed, 1 not started; .*\naborted by SIGINT\n/);
  t.notMatch(report.text, /skipped|UNKNOWN|again:/);
});

t.test('a cause is told with every artifact, a few of many, and none in words', async (t) => {
  const colours = pico.createColors(false);
  const artifacts = Array.from({ length: 20 }, (_, i) => `a/node-${i}.txt#ip-addr`);
  const chain = [{ claim: 'bound on two', artifact: 'x', artifacts: ['x', 'y'] }];
  t.same(causeLines({ id: 'port-hijack', names: [], chain }, colours).slice(1), [
    '   1. bound on two',
    '      x',
    '      y',
  ]);
  const many = causeLines({ id: 'none', names: [], chain: [{ claim: '', artifact: 'a', artifacts }] }, colours);
  t.equal(many[0], 'cause: none of the known causes');
  t.equal(many.length, 8);
  t.equal(many.at(-1), '      and 15 more, in case.json');
});

t.test('a step without a name says its number once', async (t) => {
  const [step] = failed.result.arms[0]?.steps ?? [];
  if (!step) throw new Error('the sample has a step');
  t.same(stepTitle({ ...step, name: 'step 3: sleep' }), { position: 'step 3', name: 'sleep' });
  const last = { ...step, list: 'finally', index: 0, name: 'step 1: delete' } as const;
  t.same(stepTitle(last), { position: 'finally 1', name: 'delete' });
  t.same(stepTitle({ ...step, name: 'step 4: of mine' }), { position: 'step 3', name: 'step 4: of mine' });
});

t.test('on a terminal a slow case tells what it waits for and what was seen last', async (t) => {
  const progress = Object.assign(new TextStream(), { isTerminal: true });
  const plain = new TextStream();
  for (const stream of [progress, plain]) {
    const reporter = new TerminalReporter({ progress: stream, quiet: false });
    reporter.begin(header);
    reporter.caseBegin(sampleSpec('quick'));
    reporter.caseBegin(sampleSpec('slow'));
    const spec = sampleSpec('slow');
    for (const seen of ['3589 samples: ok', '3590 samples: ok'])
      reporter.caseProgress({
        spec,
        progress: { at: 3_600_000_000, step: 'it holds', awaited: [{ text: 'probe ping is ok for 2h', seen }] },
      });
  }
  const wait = 'slow at 3600 s, it holds: probe ping is ok for 2h, last seen 3590 samples: ok';
  t.ok(progress.text.endsWith(`[0/3] ${wait}  quick`));
  const lines = plain.text.split('\n').filter((line) => line.includes('slow'));
  t.equal(lines.length, 1, 'a log has one line for each thing that is waited for');
  t.match(lines[0], /^waiting {5}slow at 3600 s, it holds: probe ping is ok for 2h, last seen 3589 samples: ok$/);
});

t.test('quiet leaves the progress out and keeps the report', async (t) => {
  const report = new TextStream();
  const progress = new TextStream();
  play(new TerminalReporter({ report, progress, quiet: true }));
  t.equal(progress.text, '');
  t.match(report.text, /FAIL sample/);
});

t.test('control characters from a file reach no terminal', async (t) => {
  const report = new TextStream();
  const evil = {
    ...failed,
    spec: sampleSpec('\u001b[2Jx'),
    result: { ...failed.result, id: '\u001b[2Jx', reason: 'a\u0007\u009bb' },
  };
  new TerminalReporter({ report, progress: report, quiet: false }).end({ ...summary, outcomes: [evil] });
  t.notMatch(report.text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  t.match(report.text, '\\x1b[2Jx');
});

t.test('TAP points stand in order of the plan, whatever the order of ends', async (t) => {
  const out = new TextStream();
  play(new TapReporter(out), [skipped, failed, passed]);
  const points = out.text.split('\n').filter((line) => /^(not )?ok|^1\.\./.test(line));
  t.same(points, [
    '1..3',
    'ok 1 - sample[proxyMode=iptables]',
    'not ok 2 - sample[proxyMode=ipvs]',
    'ok 3 - sample[proxyMode=nftables] \\# IPv6 # SKIP IPv6 is not modelled',
  ]);
  const yaml = parse(/ {2}---\n([\s\S]*?) {2}\.\.\.\n/.exec(out.text)?.[1]?.replace(/^ {2}/gm, '') ?? '') as {
    unmet: unknown;
  };
  t.match(yaml, { verdict: 'fail', unmet: [{ at: 'scenarios/sample.yaml:12:9', seen: 'timeout at 12.000 s' }] });
});

t.test('an aborted run bails out in TAP', async (t) => {
  const out = new TextStream();
  new TapReporter(out).end({ ...summary, abortedBy: 'SIGINT' });
  t.equal(out.text, 'Bail out! SIGINT\n');
});

t.test('the JSON report has what programs are promised', async (t) => {
  const out = new TextStream();
  play(new JsonReporter(out));
  const report = JSON.parse(out.text) as ReturnType<typeof reportJson>;
  t.match(report, { schemaVersion: 1, run: { seed: '1', verdict: 'fail', exitCode: 1 } });
  t.match(report.cases[1], {
    scenario: 'sample',
    matrix: { proxyMode: 'ipvs' },
    backend: 'sim',
    seed: '1',
    verdict: 'fail',
    causes: [{ id: 'externalip-is-node-address', chain: [{ claim: String, artifact: String }] }],
    steps: [{ expectations: [{ verdict: 'fail', lastSeen: 'timeout at 12.000 s' }] }],
    virtualMs: 42_000,
    wallMs: 84,
  });
});

t.test('a reporter that throws gets no more events, is told of, and harms no other', async (t) => {
  const heard: string[] = [];
  const broken: Reporter = {
    name: 'broken',
    begin: () => {
      throw new Error('no space left');
    },
    caseEnd: () => heard.push('broken'),
  };
  const well: Reporter = { name: 'well', caseEnd: () => heard.push('well') };
  const all = new Multiplexer([broken, well]);
  await all.tell('begin', header);
  await all.tell('caseEnd', passed);
  t.same(heard, ['well']);
  t.match(all.failures, [{ reporter: 'broken', error: { message: 'no space left' } }]);
});

t.test('one reporter owns standard output', async (t) => {
  const streams = { out: new TextStream(), err: new TextStream(), flush: async () => {} };
  t.throws(() => makeReporters([{ kind: 'tap' }, { kind: 'json' }], streams, false), { name: 'Failure', exitCode: 2 });
  const { reporters } = makeReporters([{ kind: 'tap' }], streams, false);
  for (const reporter of reporters) play(reporter);
  t.match(streams.out.text, /^TAP version 14/);
  t.notMatch(streams.out.text, 'cases:', 'the terminal report stays away');
  t.match(streams.err.text, 'pass', 'the progress does not');
});

t.test('--report takes a kind and a file that may hold an equals sign', async (t) => {
  t.same(parseReport('json=a=b.json'), { kind: 'json', file: 'a=b.json' });
  t.same(parseReport('tap'), { kind: 'tap' });
  t.throws(() => parseReport('xml'), { name: 'Failure', exitCode: 2, hint: 'kinds are terminal, tap, json' });
  t.throws(() => parseReport('constructor'), { name: 'Failure', exitCode: 2 });
  t.throws(() => parseReport('json='), { name: 'Failure', exitCode: 2 });
});
