/**
 * The Docker network of a cluster: a bridge of its own, IPv4 only. On a network with two families kubelets dial the API server over IPv6
 * while the fault cuts IPv4, and nothing is seen of the outage.
 */
import { formatIpv4, formatPrefix, networkOf, prefix } from '../../src/base/ip.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { commandFailure, type Docker } from './docker.js';
import { LABEL } from './names.js';

const TRIES = 64;
const TAKEN = /overlap|already in use/i;
/** Where the next free one is looked for. */
const SECOND_CHOICE = '172.28.0.0/24';

/** The wanted subnet, then those of its size that follow the second choice. */
function candidates(wanted: string): readonly string[] {
  const { length } = prefix(wanted);
  const start = networkOf({ ...prefix(SECOND_CHOICE), length });
  const size = 2 ** (32 - length);
  const others = Array.from({ length: TRIES }, (_, i) => formatPrefix({ address: start + i * size, length }));
  return [wanted, ...others];
}

/** Makes the network, on the wanted subnet where it is free, else on the next free one; answers the subnet. */
export async function makeNetwork(docker: Docker, name: string, label: string, wanted: string): Promise<string> {
  for (const subnet of candidates(wanted)) {
    const gateway = formatIpv4(networkOf(prefix(subnet)) + 1);
    const options = ['--driver', 'bridge', '--subnet', subnet, '--gateway', gateway, '--label', `${LABEL}=${label}`];
    const args = ['network', 'create', ...options, name];
    const ran = await docker.run(args);
    if (ran.code === 0) return subnet;
    if (!TAKEN.test(ran.stderr)) throw commandFailure('docker', args, ran);
  }
  const hint = 'docker network ls shows what is there, docker network prune removes what nothing uses';
  throw new Failure(ExitCode.infraError, `no free subnet of the size of ${wanted} for a Docker network`, hint);
}
