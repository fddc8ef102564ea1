/** The parts of an explanation as lines of text, each under a word of its own. Takes results as data, and escapes what came from files. */
import { formatSeconds } from '../../src/base/instant.js';
import type { Decision, HistoryRecord } from '../../src/verdict/history.js';
import { formatTimeline, type TimelineEntry } from '../../src/verdict/timeline.js';
import type { ArmResult, Cause, ExpectationResult, StepResult } from '../../src/verdict/verdict.js';
import { differenceOf, type Rejudged } from '../bundle/rejudge.js';
import { causeLines, stepTitle, verdictWord } from '../reporters/wording.js';
import { escapeLine, escapeText } from '../terminal/escape.js';
import type { Colours } from '../terminal/streams.js';

const ROLE: Readonly<Record<ArmResult['expect'], string>> = {
  first: 'carries the treatment',
  differs: 'must end differently',
  same: 'must end the same',
};

function rejudgedLine({ stored, again }: Rejudged, { dim, red }: Colours): string {
  if (!again) return dim('no arm left a history to judge');
  if (!stored) return dim('the run ended before this case was judged; this verdict is from its bundle');
  const difference = differenceOf(stored, again);
  return difference === undefined
    ? dim('judged again from the bundle: the same')
    : red(`judged again from the bundle, it differs: ${difference}`);
}

export function verdictPart(rejudged: Rejudged, colours: Colours): string[] {
  const { spec, stored, again } = rejudged;
  const result = stored ?? again;
  const { scenario, backend, seed, notes } = spec;
  const scale = spec.arms[0]?.cluster.timing.scale ?? 1;
  const timers = scale === 1 ? '' : `, timers at ${scale}`;
  const about = `${scenario.file}, backend ${backend}, seed ${seed}${timers}`;
  const lines = scenario.description ? [`  ${escapeLine(scenario.description)}`] : [];
  lines.push(`  ${colours.dim(escapeLine(about))}`);
  if (result?.reason) lines.push(`  ${escapeLine(result.reason)}`);
  const several = (result?.arms.length ?? 0) > 1;
  for (const arm of result?.arms ?? []) {
    const reason = arm.reason && arm.reason !== result?.reason ? `: ${escapeLine(arm.reason)}` : '';
    const role = several ? ` ${colours.dim(ROLE[arm.expect])}` : '';
    const word = verdictWord(arm.verdict, colours);
    lines.push(`  arm ${escapeLine(arm.name)}: ${word} after ${formatSeconds(arm.elapsed)} s${role}${reason}`);
  }
  for (const note of notes) lines.push(`  note: ${escapeLine(note)}`);
  lines.push(`  ${rejudgedLine(rejudged, colours)}`);
  return lines;
}

export function timelinePart(entries: readonly TimelineEntry[], { bold }: Colours): string[] {
  if (entries.length === 0) return [bold('timeline: nothing happened')];
  return [bold('timeline'), ...escapeText(formatTimeline(entries)).split('\n')];
}

export function causePart(causes: readonly Cause[], colours: Colours): string[] {
  return causes.flatMap((cause) => causeLines(cause, colours));
}

const STATE: Readonly<Record<StepResult['state'], string>> = {
  ran: '',
  when: 'left out: its when does not match',
  omitted: 'left out on this arm',
  'not-reached': 'never reached',
};

function expectationLines({ text, verdict, seen, settledAt, place }: ExpectationResult, colours: Colours): string[] {
  const colour = verdict === 'pass' ? colours.green : verdict === 'not-run' ? colours.dim : colours.red;
  const lines = [`      ${colour(verdict.padEnd(7))} ${escapeLine(text)}`];
  if (verdict === 'not-run') return lines;
  const when = settledAt === undefined ? '' : ` (at ${formatSeconds(settledAt)} s)`;
  lines.push(colours.dim(`              ${escapeLine(seen)}${when}`));
  if (verdict !== 'pass')
    lines.push(colours.dim(`              ${escapeLine(place.file)}:${place.line}:${place.column}`));
  return lines;
}

function stepLines(step: StepResult, colours: Colours): string[] {
  const { startedAt, endedAt, treatment, state } = step;
  const { position, name } = stepTitle(step);
  const time =
    startedAt === undefined
      ? ''
      : `${formatSeconds(startedAt)} to ${endedAt === undefined ? '…' : formatSeconds(endedAt)} s`;
  const tail = [treatment ? 'treatment' : '', time, STATE[state]].filter((text) => text !== '').join(', ');
  const lines = [`  ${position}  ${colours.bold(name)}  ${colours.dim(tail)}`];
  if (step.error !== undefined) lines.push(`      ${colours.red('failed')}  ${escapeLine(step.error)}`);
  return [...lines, ...step.expectations.flatMap((expectation) => expectationLines(expectation, colours))];
}

export function stepsPart(steps: readonly StepResult[], colours: Colours): string[] {
  return [colours.bold('steps'), ...steps.flatMap((step) => stepLines(step, colours))];
}

/** Empty where bring-up had nothing to tell. */
export function bringUpPart(history: readonly HistoryRecord[], { bold }: Colours): string[] {
  const told = history.flatMap((record) => (record.kind === 'bring-up' ? [`  ${escapeLine(record.text)}`] : []));
  return told.length === 0 ? [] : ['', bold('bring-up'), ...told];
}

/** `network_traffic 500 (310 on wt-worker)`: what the chosen node got, and the others where they got something else. */
function pointsText({ node, points }: Decision): string {
  const told = Object.entries(points).flatMap(([plugin, ofNodes]) => {
    const chosen = ofNodes[node];
    const others = new Map<number, string[]>();
    for (const [name, value] of Object.entries(ofNodes))
      if (value !== chosen) others.set(value, [...(others.get(value) ?? []), name]);
    if (others.size === 0) return [];
    const rest = [...others].map(([value, names]) => `${value} on ${names.join(', ')}`);
    return [`${plugin} ${chosen ?? 'nothing'} (${rest.join('; ')})`];
  });
  if (told.length > 0) return told.join(', ');
  return Object.keys(points).length === 0 ? 'no other node could have it' : 'all nodes had the same points';
}

/** What schedulers decided, with the points in which nodes differed; empty where none told. */
export function placementPart(history: readonly HistoryRecord[], { bold, dim }: Colours): string[] {
  const decisions = history.filter((record) => record.kind === 'decision');
  if (decisions.length === 0) return [];
  const width = Math.max(...decisions.map(({ pod }) => pod.length));
  const lines = decisions.map(
    (decision) =>
      `  ${escapeLine(decision.pod.padEnd(width))}  on ${escapeLine(decision.node)}  ${dim(escapeLine(pointsText(decision)))}`,
  );
  return ['', bold("placement, by the schedulers' weighted points"), ...lines];
}
