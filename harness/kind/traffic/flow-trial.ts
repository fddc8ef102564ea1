/**
 * A flow until it was seen to run as asked, or was seen not to: what an interface counts, minus what it counted before, against the rate; the
 * bitrate is corrected once by what was seen. Other traffic that begins or ends meanwhile is taken for the flow's. Knows no iperf3 and no Docker.
 */
import type { FlowAnswer } from '../../../src/ports/testbed.js';
import type { FlowSpec } from '../../../src/scenario/model.js';
import { rateText, sizeText } from '../rounded.js';
import { between, type Counters, type Direction } from './flow-counters.js';
import type { Launched, Time } from './flow-launch.js';
import { firstBitrateBps, type Said } from './iperf.js';

export interface TrialOptions {
  readonly flow: FlowSpec;
  /** `from worker-1 to outside`. */
  readonly way: string;
  /** Whose eth0. */
  readonly counted: string;
  readonly direction: Direction;
  readonly read: () => Promise<Counters | undefined>;
  readonly launch: (bitrateBps: number | undefined) => Promise<Launched>;
  readonly time: Time;
  readonly say: (text: string) => void;
  /** Of `time.now()`. */
  readonly deadline: number;
}

const IDLE_MS = 2000;
const SETTLE_MS = 1000;
const WINDOW_MS = 4000;
const RETRY_MS = 500;
const SAY_EVERY_MS = 10_000;
const LOOKS_MAX = 4;
const REFUSED_MAX = 3;
const HELD_WITHIN = 0.05;
const CORRECTED_ABOVE = 0.02;
/** No header takes more: what is further off is not the bitrate's fault. */
const CORRECTED_BELOW = 0.15;
/** What a node says and hears beside all flows. */
const SLACK_BPS = 100_000;
/** By so much of itself other traffic changes from one look to the next; seen with iperf3's own flows. */
const IDLE_SWINGS = 0.02;

export interface Confirmed {
  readonly answer: FlowAnswer;
  /** Absent where nothing is left running. */
  readonly launched?: Launched;
}

export class FlowTrial {
  #launched: Launched | undefined;
  #sayAt = 0;
  #refused = 0;
  /** Of what is counted beside the flow. */
  #noiseBps = 0;
  #seen = '';
  #source = '';

  constructor(readonly options: TrialOptions) {}

  /** What does not run as asked is ended. Rejects where it could not be started. */
  async run(): Promise<Confirmed> {
    try {
      const answer = await this.#confirm();
      if (answer.ok && this.#launched) return { answer, launched: this.#launched };
      await this.#end();
      return { answer };
    } catch (error) {
      await this.#end().catch(() => {});
      throw error;
    }
  }

  async #confirm(): Promise<FlowAnswer> {
    const { flow, time, deadline } = this.options;
    this.#sayAt = time.now() + SAY_EVERY_MS;
    const idleBps = await this.#rateFor(IDLE_MS);
    let bitrateBps = firstBitrateBps(flow);
    let before = await this.#restart(bitrateBps);
    this.#noiseBps = idleBps * IDLE_SWINGS;
    let corrected = hasEnd(flow);
    for (let look = 1; ; look++) {
      await this.#pass(SETTLE_MS);
      const seenBps = Math.max(0, (await this.#rateFor(WINDOW_MS)) - idleBps);
      const said = await this.#launched?.said();
      if (said?.error !== undefined && REFUSED.test(said.error) && this.#refused++ < REFUSED_MAX) {
        before = await this.#restart(bitrateBps);
        continue;
      }
      if (said) return this.#ended(said, before, idleBps);
      // A look that fits would be chance, and one of several does.
      if (this.#isDrowned) return this.#missed(seenBps);
      const off = offBy(seenBps, flow.rateBps);
      if (off <= CORRECTED_ABOVE || (corrected && holds(seenBps, flow.rateBps))) return this.#holding(seenBps);
      const isLast = look >= LOOKS_MAX || time.now() + SETTLE_MS + WINDOW_MS > deadline;
      if (isLast) return holds(seenBps, flow.rateBps) ? this.#holding(seenBps) : this.#missed(seenBps);
      this.#seen = `; last seen: ${this.#ratesText(seenBps)}`;
      this.#tell(seenBps);
      if (corrected || off > CORRECTED_BELOW || bitrateBps === undefined) continue;
      corrected = true;
      bitrateBps *= (flow.rateBps ?? seenBps) / seenBps;
      before = await this.#restart(bitrateBps);
    }
  }

  /** Answers what was counted just before. */
  async #restart(bitrateBps: number | undefined): Promise<Counters> {
    await this.#end();
    const before = await this.#read();
    this.#launched = await this.options.launch(bitrateBps);
    return before;
  }

  async #end(): Promise<void> {
    await this.#launched?.end();
    this.#launched = undefined;
  }

  async #rateFor(ms: number): Promise<number> {
    const first = await this.#read();
    await this.#pass(ms);
    return between(first, await this.#read(), this.options.direction).bps;
  }

  /** A look that the deadline cuts short is none. */
  async #pass(ms: number): Promise<void> {
    const { time, deadline } = this.options;
    const leftMs = Math.max(0, deadline - time.now());
    await time.sleep(Math.min(ms, leftMs));
    if (leftMs < ms) throw new Error(`its time was over before it was seen to run as asked${this.#seen}`);
  }

  async #read(): Promise<Counters> {
    const { read, time, counted, deadline } = this.options;
    for (;;) {
      const counters = await read();
      if (counters) {
        this.#source = counters.source;
        return counters;
      }
      if (time.now() >= deadline) throw new Error(`the counters of ${counted}'s eth0 cannot be read`);
      await time.sleep(RETRY_MS);
    }
  }

  /** A flow with a size or a duration, or one that failed. */
  async #ended(said: Said, before: Counters, idleBps: number): Promise<FlowAnswer> {
    const { flow, direction } = this.options;
    const { error, sentBytes = 0, seconds = 0 } = said;
    if (error !== undefined) return this.#failed(`iperf3 says: ${error}`);
    if (!hasEnd(flow)) return this.#failed('iperf3 ended by itself');
    const all = between(before, await this.#read(), direction);
    const countedBytes = Math.max(0, all.bytes - (idleBps / 8) * all.seconds);
    const amounts = `${sizeText(countedBytes)} counted of ${sizeText(sentBytes)} that iperf3 sent`;
    if (sentBytes === 0 || countedBytes < sentBytes * (1 - HELD_WITHIN)) return this.#failed(`ended: ${amounts}`);
    // The interface counted for longer than the flow lasted: the rate is iperf3's own, with the headers that are known.
    const payload = flow.rateBps ? (firstBitrateBps(flow) ?? flow.rateBps) / flow.rateBps : 1;
    const seenBps = seconds > 0 ? (sentBytes * 8) / seconds / payload : 0;
    if (flow.rateBps !== undefined && !holds(seenBps, flow.rateBps)) return this.#missed(seenBps);
    const { way } = this.options;
    const text = `${flow.name}: ${amounts} ${way}, in ${seconds.toFixed(1)} s, ${this.#by()}`;
    return { ok: true, text };
  }

  #failed(why: string): FlowAnswer {
    const { flow, way } = this.options;
    return { ok: false, error: `${flow.name} ${way}: ${why}` };
  }

  #holding(seenBps: number): FlowAnswer {
    const { flow, way } = this.options;
    return { ok: true, text: `${flow.name}: ${this.#ratesText(seenBps)} ${way}, ${this.#by()}` };
  }

  async #missed(seenBps: number): Promise<FlowAnswer> {
    const said = await this.#launched?.serverSaid().catch(() => undefined);
    const server = said?.error === undefined ? '' : `; the server says: ${said.error}`;
    return { ok: false, error: `${this.#missText(seenBps)}${server}` };
  }

  /** Beside much other traffic a slow flow cannot be told. */
  get #isDrowned(): boolean {
    return this.#noiseBps > (this.options.flow.rateBps ?? Number.POSITIVE_INFINITY) * HELD_WITHIN;
  }

  #missText(seenBps: number): string {
    const { flow, way } = this.options;
    const doubt = this.#isDrowned ? `, which other traffic makes uncertain by ${rateText(this.#noiseBps)}` : '';
    return `${flow.name} reaches ${this.#ratesText(seenBps)} ${way}, ${this.#by()}${doubt}`;
  }

  #ratesText(seenBps: number): string {
    const { rateBps } = this.options.flow;
    return rateBps === undefined ? rateText(seenBps) : `${rateText(seenBps)} of ${rateText(rateBps)}`;
  }

  #by(): string {
    return `by ${this.options.counted}'s eth0 as ${this.#source} counts it`;
  }

  #tell(seenBps: number): void {
    const { time, say } = this.options;
    if (time.now() < this.#sayAt) return;
    this.#sayAt += SAY_EVERY_MS;
    say(this.#missText(seenBps));
  }
}

const REFUSED = /connection refused/i;

const hasEnd = ({ sizeBytes, duration }: FlowSpec) => sizeBytes !== undefined || duration !== undefined;

/** A share of what was asked; nothing was asked: 0. */
function offBy(seenBps: number, rateBps: number | undefined): number {
  if (rateBps === undefined) return seenBps > SLACK_BPS ? 0 : 1;
  return rateBps === 0 ? 1 : Math.abs(seenBps / rateBps - 1);
}

function holds(seenBps: number, rateBps: number | undefined): boolean {
  if (rateBps === undefined) return seenBps > SLACK_BPS;
  return offBy(seenBps, rateBps) <= HELD_WITHIN || (seenBps > 0 && Math.abs(seenBps - rateBps) <= slackOf(rateBps));
}

/** Not more than half of a slow flow: standing still must not pass. */
const slackOf = (rateBps: number) => Math.min(SLACK_BPS, rateBps / 2);
