/** Takes away one container by the name that it was given here. */
import { commandFailure, type Docker } from './docker.js';

const NONE = /no such container/i;

/** Also where it was never made; twice is no error. Throws a {@link Failure} where the daemon refuses. */
export async function removeContainer(docker: Docker, name: string): Promise<void> {
  const args = ['rm', '--force', '--volumes', name];
  const ran = await docker.run(args);
  if (ran.code !== 0 && !NONE.test(ran.stderr)) throw commandFailure('docker', args, ran);
}
