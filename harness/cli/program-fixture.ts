/** For tests of the command line: the compiled program as a process of its own, and small files for it on bare hosts, which run fast. */
import { fileURLToPath } from 'node:url';
import { execa, type Options } from 'execa';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const ENVIRONMENT = { NO_COLOR: '1', FORCE_COLOR: undefined };

/**
 * tap puts a loader into every Node.js process below it, which makes each start three times as slow and is not what users run.
 * It does so while a process is made, so the variable is taken away after that; `env` leaves the process to the program.
 */
const NODE =
  process.platform === 'win32' ? [process.execPath] : ['/usr/bin/env', '-u', 'NODE_OPTIONS', process.execPath];

/** The program under way; never rejects. */
export function start(cwd: string, args: readonly string[], options: Options = {}) {
  const [file = '', ...before] = NODE;
  return execa(file, [...before, MAIN, ...args], {
    cwd,
    reject: false,
    env: ENVIRONMENT,
    stdin: 'ignore',
    ...options,
  });
}

export async function windtunnel(cwd: string, ...args: string[]): Promise<Ended> {
  const { exitCode, stdout, stderr } = await start(cwd, args);
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}

/** The call for a shell, where a test needs pipes or limits. */
export const COMMAND = `${NODE.join(' ')} '${MAIN}'`;

export const HOSTS = `
apiVersion: windtunnel/v1alpha1
kind: Cluster
metadata: {name: hosts}
spec:
  nodes:
    - {name: host, ip: 192.168.0.10, devices: [{name: eth1, up: false}]}
    - {name: neighbour, ip: 192.168.0.11}
  network: {subnet: 192.168.0.0/24}
`;

/** A scenario over these hosts with one probe; `rest` is the steps and what follows. */
export function scenario(name: string, rest: string, head = ''): string {
  return `
apiVersion: windtunnel/v1alpha1
kind: Scenario
metadata: {name: ${name}, description: ${name}, tags: [try]}
cluster: {from: hosts.yaml}
${head}
probes:
  ping: {from: host, ping: 192.168.0.11, every: 1s, timeout: 1s}
${rest}
`;
}

const TREATED = `
  - name: before
    expect: [{probe: ping, is: ok, for: 3s}]
  - name: the address
    treatment: true
    bind: {address: 192.168.0.11, on: host, device: eth1}
  - name: after
    expect: [{probe: ping, is: OUTCOME, within: 3s, for: 3s}]
`;

export const PASSING = scenario('passing', `steps:${TREATED.replace('OUTCOME', 'wrong-host')}`);
export const FAILING = scenario('failing', `steps:${TREATED.replace('OUTCOME', 'refused')}`);
/** The treatment does nothing that an expectation sees. */
export const VACUOUS = scenario(
  'vacuous',
  `steps:
  - {name: nothing, treatment: true, sleep: 1s}
  - {name: after, expect: [{probe: ping, is: ok, for: 3s}]}`,
);
/** Its testbed is not well before anything was done. */
export const UNWELL = scenario(
  'unwell',
  `steps:
  - {name: before, expect: [{probe: ping, is: refused, for: 3s}]}
  - {name: nothing, treatment: true, sleep: 1s}`,
);
/** Takes minutes of wall time. */
export const ENDLESS = scenario(
  'endless',
  `steps:
  - {name: before, expect: [{probe: ping, is: ok, for: 3s}]}
  - {name: waits, expect: [{probe: ping, is: ok, for: 9000h}]}`,
);
