/** A port for an API server out of a range, where the daemon's machine forwards no others. */
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import type { PortRange } from '../settings/settings.js';
import type { Docker } from './docker.js';

/** The first that no container has published; another program's is found out by kind. */
export async function freePortOf(docker: Docker, { first, last }: PortRange): Promise<number> {
  const published = await docker.text(['ps', '--format', '{{.Ports}}']);
  const taken = [...published.matchAll(/:(\d+)(?:-(\d+))?->/g)].map(([, from, to = from]) => [
    Number(from),
    Number(to),
  ]);
  const isTaken = (port: number) => taken.some(([from = 0, to = 0]) => from <= port && port <= to);
  for (let port = first; port <= last; port++) if (!isTaken(port)) return port;
  throw new Failure(
    ExitCode.infraError,
    `every port from ${first} to ${last} is taken`,
    'backends.kind.apiServerPorts in windtunnel.config.yaml',
  );
}
