/** Results as plain values for the tests of reporters and bundles: one case that passed, one that failed, one left out. */

import pico from 'picocolors';
import type { CaseSpec, Plan } from '../../src/plan/plan.js';
import type { ArmResult, CaseResult, ExpectationResult } from '../../src/verdict/verdict.js';
import type { OutputStream } from '../terminal/streams.js';
import type { CaseOutcome, RunHeader, RunSummary } from './reporter.js';

const FILE = 'scenarios/sample.yaml';

export function sampleSpec(id: string): CaseSpec {
  const scenario = { name: 'sample', description: '', file: FILE, tags: ['outage'], links: [] };
  const slug = id.replace(/[^A-Za-z0-9._-]/g, '_');
  return { id, slug, scenario, matrix: { proxyMode: 'ipvs' }, backend: 'sim', seed: '1', arms: [], notes: [] };
}

const unmet: ExpectationResult = {
  text: 'probe api is ok for 30s',
  place: { file: FILE, line: 12, column: 9 },
  verdict: 'fail',
  seen: 'timeout at 12.000 s',
  settledAt: 30_000_000,
  compared: true,
};

function arm(verdict: ArmResult['verdict'], expectations: readonly ExpectationResult[]): ArmResult {
  const place = { file: FILE, line: 10, column: 5 };
  const step = { list: 'steps', index: 2, name: 'it holds', place, treatment: false, state: 'ran' } as const;
  const steps = [{ ...step, startedAt: 0, endedAt: 30_000_000, expectations }];
  return { name: 'treatment', expect: 'first', verdict, steps, causes: [], elapsed: 42_000_000 };
}

function result(id: string, rest: Partial<CaseResult>): CaseResult {
  return { id, slug: sampleSpec(id).slug, verdict: 'pass', causes: [], arms: [arm('pass', [])], notes: [], ...rest };
}

function outcome(id: string, rest: Partial<CaseResult>): CaseOutcome {
  return { spec: sampleSpec(id), result: result(id, rest), wallMs: 84.4, again: `npx windtunnel run ${FILE} --seed 1` };
}

export const passed = outcome('sample[proxyMode=iptables]', {});
export const failed = outcome('sample[proxyMode=ipvs]', {
  verdict: 'fail',
  reason: '1 of 1 expectations failed',
  arms: [arm('fail', [unmet])],
  causes: [
    {
      id: 'externalip-is-node-address',
      names: ['Service default/web'],
      chain: [
        { claim: 'Service default/web has externalIP 172.30.0.3', artifact: 'treatment/evidence/1/api.txt#services' },
      ],
    },
  ],
});
export const skipped = outcome('sample[proxyMode=nftables] # IPv6', {
  verdict: 'skipped',
  reason: 'IPv6 is not modelled',
  arms: [],
});

export const outcomes: readonly CaseOutcome[] = [passed, failed, skipped];
export const plan: Plan = { seed: '1', cases: outcomes.map(({ spec }) => spec) };
export const header: RunHeader = {
  version: '0.1.0',
  seed: '1',
  command: 'npx windtunnel run scenarios',
  bundle: 'reports/2026-11-22T07-45-12Z-1',
  plan,
};
export const summary: RunSummary = { header, verdict: 'fail', exitCode: 1, outcomes, wallMs: 1234 };

/** A stream that keeps what is written. */
export class TextStream implements OutputStream {
  readonly colours = pico.createColors(false);
  readonly isTerminal = false;
  readonly columns = 120;
  text = '';
  write(text: string): void {
    this.text += text;
  }
}
