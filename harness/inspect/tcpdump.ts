/** `tcpdump` as far as it can be asked: which device, how many packets, which filter. What it does not know it refuses by name. */
import { PCAP_WORDS, parsePcapFilter } from '../../src/net/pcap-filter.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

export interface TcpdumpCall {
  /** Absent: all devices. */
  readonly device?: string;
  /** Packets after which it ends. */
  readonly count: number;
  /** Read and found good. */
  readonly filter: string;
}

const HINT = 'tcpdump [-n] [-i DEVICE] [-c COUNT] [FILTER]; --window says how long';

/** Options that change nothing: addresses are numbers, lines come at once, promiscuous or not. */
const IDLE = 'nlUp';

function usage(message: string, hint = HINT): Failure {
  return new Failure(ExitCode.usage, `tcpdump: ${message}`, hint);
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usage(`invalid packet count ${text}`);
}

function checkFilter(text: string): void {
  const parsed = parsePcapFilter(text);
  if (!('error' in parsed)) return;
  throw usage(
    `the filter '${text}' is not understood at ${parsed.error}`,
    `known are ${PCAP_WORDS.join(' ')}; addresses and ports are numbers`,
  );
}

/** Options as getopt reads them: `-nni eth0`, `-c5`. The first word that is no option begins the filter. */
export function parseTcpdump(args: readonly string[]): TcpdumpCall {
  let device: string | undefined;
  let count = Number.POSITIVE_INFINITY;
  let at = 0;
  for (; args[at]?.startsWith('-'); at++) {
    const group = args[at] ?? '';
    for (let i = 1; i < group.length; i++) {
      const letter = group[i] ?? '';
      if (IDLE.includes(letter)) continue;
      if (letter !== 'i' && letter !== 'c') throw usage(`-${letter} is not understood here`);
      const value = group.slice(i + 1) || args[++at];
      if (value === undefined) throw usage(`option requires an argument -- '${letter}'`);
      if (letter === 'i') device = value;
      else count = parseCount(value);
      break;
    }
  }
  const filter = args.slice(at).join(' ');
  checkFilter(filter);
  return device === undefined || device === 'any' ? { count, filter } : { device, count, filter };
}
