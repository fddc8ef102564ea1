/** A server, and a client once it listens: one attempt at a flow. Owns the order of the two, refuses to know rates. */
import type { FlowSpec } from '../../../src/scenario/model.js';
import { Ends } from '../../ends/ends.js';
import type { Docker } from '../docker.js';
import type { Begun, FlowPlace, Running } from './flow-place.js';
import { type FlowPorts, isListening } from './flow-ports.js';
import { clientArgs, type Said, serverArgs } from './iperf.js';

export interface Time {
  /** Milliseconds. */
  now(): number;
  /** Rejects when it is cut short. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface LaunchPlan {
  readonly flow: FlowSpec;
  readonly from: FlowPlace;
  readonly to: FlowPlace;
  readonly docker: Docker;
  readonly ports: FlowPorts;
  /** Of iperf3. */
  readonly version: string;
  readonly time: Time;
  readonly say: (text: string) => void;
  /** Of `time.now()`. */
  readonly deadline: number;
  readonly bitrateBps: number | undefined;
  /** Hears of each of the two: what cannot be ended here is ended by whoever hears, who tells. */
  readonly begun: Begun;
}

const LOOK_EVERY_MS = 300;
const SAY_EVERY_MS = 10_000;
const PORTS_MAX = 3;
const IN_USE = /address already in use/i;
/** Where nobody can ask whether a server listens, it has this long. */
const UNSEEN_SERVER_MS = 1000;

export interface Launched extends Running {
  /** The client, by `time.now()`. */
  readonly startedAtMs: number;
  /** What the server said when it ended. */
  serverSaid(): Promise<Said | undefined>;
}

/** Rejects where one of the two cannot be started; then it is ended what can be. */
export async function launch(plan: LaunchPlan): Promise<Launched> {
  const { flow, from, to, bitrateBps, time, begun } = plan;
  const { server, port } = await startServer(plan);
  try {
    const client = await from.run(clientArgs(flow, to.ip, port, bitrateBps), leftMs(plan), begun);
    // Each call tries both again: what could not be ended once may be later.
    const end = () => {
      const ends = new Ends();
      ends.add(() => server.end());
      ends.add(() => client.end());
      return ends.run();
    };
    return { startedAtMs: time.now(), said: () => client.said(), serverSaid: () => server.said(), end };
  } catch (error) {
    await server.end().catch(() => {});
    throw error;
  }
}

const leftMs = ({ deadline, time }: LaunchPlan) => Math.max(1000, deadline - time.now());

async function startServer(plan: LaunchPlan): Promise<{ readonly server: Running; readonly port: number }> {
  const { to, ports, version, begun } = plan;
  for (let tried = 1; ; tried++) {
    const port = await ports.take(to.container);
    const bind = to.container === undefined ? {} : { bind: to.ip };
    const server = await to.run(serverArgs({ ...bind, port, version }), leftMs(plan), begun);
    const problem = await awaitListening(plan, server, port).catch((error: Error) => error.message);
    if (problem === undefined) return { server, port };
    await server.end().catch(() => {});
    // Somebody else was faster.
    if (!IN_USE.test(problem) || tried === PORTS_MAX) throw new Error(`the server on ${to.name}: ${problem}`);
  }
}

/** Why it does not listen. */
async function awaitListening(plan: LaunchPlan, server: Running, port: number): Promise<string | undefined> {
  const { to, docker, time, say, flow, deadline } = plan;
  let sayAt = time.now() + SAY_EVERY_MS;
  const { container } = to;
  if (container === undefined) await time.sleep(UNSEEN_SERVER_MS);
  for (;;) {
    const said = await server.said();
    if (said) return said.error ?? 'ended before anybody came';
    if (container === undefined || (await isListening(docker, container, port))) return undefined;
    if (time.now() >= deadline) return `does not listen on port ${port}`;
    if (time.now() >= sayAt) {
      say(`${flow.name}: the server on ${to.name} does not listen on port ${port} yet`);
      sayAt += SAY_EVERY_MS;
    }
    await time.sleep(LOOK_EVERY_MS);
  }
}
