/** tcpdump in a host's namespace, line by line, as packet rows. */
import type { PacketRow } from '../../src/evidence/rows.js';
import type { Clock } from '../../src/ports/testbed.js';
import { AgentError, type AgentLine } from './line.js';

const LISTENING = /listening on/;
const START_MAX_MS = 5_000;

/** `eth0  Out IP 10.0.0.1 > ...` with -i any; without a device's name where one device is captured. */
const ANY = /^\S+ (\S+)\s+(In|Out|B|M|P)\s+(.*)$/;
const ONE = /^\S+ (.*)$/;

/** Where it runs: by which agent, in which namespace of that agent's, and what stands before the command. */
export interface TcpdumpPlace {
  readonly line: AgentLine;
  readonly ns: string;
  readonly within?: readonly string[];
}

/** Resolves when tcpdump listens, with what stops it. Rejects with its words where it refuses the filter. */
export function startTcpdump(
  { line, ns, within = [] }: TcpdumpPlace,
  filter: string,
  device: string,
  clock: Clock,
  packets: PacketRow[],
): Promise<() => void> {
  // As root: the user whom a distribution's tcpdump becomes by itself is not in every image.
  const how = ['-Z', 'root', '-l', '-n', '-tt', '--immediate-mode', '-i', device];
  const call = ['tcpdump', ...how, ...(filter === '' ? [] : [filter])];
  const argv = [...within, ...call];
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const number = line.number(({ event, line: text = '', code }) => {
      if (event === 'exited') reject(new AgentError(`${argv.join(' ')}: exit ${code}: ${said.join(' ')}`));
      else if (LISTENING.test(text)) {
        clearTimeout(timer);
        resolve(() => void line.ask({ do: 'kill', number }).catch(() => {}));
      } else {
        const row = rowOf(text, device, clock);
        if (row) packets.push(row);
        else said.push(text);
      }
    });
    const timer = setTimeout(() => reject(new AgentError(`${argv.join(' ')} did not start`)), START_MAX_MS);
    line.ask({ do: 'start', ns, number, argv }).catch(reject);
  });
}

function rowOf(text: string, device: string, clock: Clock): PacketRow | undefined {
  const any = device === 'any' ? ANY.exec(text) : undefined;
  if (any) {
    const [, on = '', direction, words = ''] = any;
    return { at: clock.now(), device: on, direction: direction === 'Out' ? 'out' : 'in', text: words };
  }
  const words = /^\d+\.\d+ /.test(text) ? ONE.exec(text)?.[1] : undefined;
  return words === undefined ? undefined : { at: clock.now(), device, direction: 'in', text: words };
}
