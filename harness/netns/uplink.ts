/**
 * A wire between a guest and this machine's loopback, without rights: slirp4netns outside, the device vec0 of user-mode Linux inside, over
 * a Unix socket. In the guest this machine's 127.0.0.1 is {@link MACHINE}; nothing beyond this machine is reached.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { batch } from './ip-batch.js';
import type { AgentLine } from './line.js';

/** 127.0.0.1 of this machine, as a guest names it. */
export const MACHINE = '10.0.2.2';
const GUEST = '10.0.2.100/24';

export interface WireEnd {
  /** Of slirp4netns. */
  readonly arguments: readonly string[];
  /** Of the kernel. */
  readonly kernelArgument: string;
  /** It listens. */
  isThere(): boolean;
}

export const SLIRP = 'slirp4netns';
export const SLIRP_HINT = 'apt-get install slirp4netns';

/** `folder` gets the socket: short enough for the 107 bytes of a socket's name. */
export function wireEnd(folder: string): WireEnd {
  const socket = join(folder, 'wire');
  if (Buffer.byteLength(socket) > 107)
    throw new Failure(
      ExitCode.infraError,
      `the name of the socket ${socket} is too long`,
      'set XDG_CACHE_HOME to a shorter folder',
    );
  return {
    // Bound to loopback, so that what a guest sends goes nowhere else.
    arguments: ['--target-type=bess', '--outbound-addr=127.0.0.1', '--disable-dns', socket],
    kernelArgument: `vec0:transport=bess,dst=${socket}`,
    isThere: () => existsSync(socket),
  };
}

/** The guest's end, in the namespace that the agent was started in. */
export async function raiseWire(line: AgentLine): Promise<void> {
  await batch(line, [`addr add ${GUEST} dev vec0`, 'link set vec0 up']);
}
