/**
 * Which build of the scheduler a cluster gets, and that its image is there. A kube-scheduler must not be newer than its API server, and
 * should be at most one minor older; one that is up to three minors older works, and is told. Refuses to know what is deployed with it.
 */
import semver from 'semver';
import { GENERATIONS } from '../../../src/plan/scheduler-words.js';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Failure } from '../../failure.js';
import type { Docker } from '../docker.js';
import type { Images } from '../images.js';
import { idInDaemon } from '../node-images.js';

export interface SchedulerBuild {
  /** kube-scheduler's. */
  readonly version: string;
  /** What is to be told of it. */
  readonly note?: string;
}

/** More minors than Kubernetes supports between the two, and still seen to work (1.31.0 on 1.34.2). */
const OLDER_MAX = 3;

/** Throws a {@link Failure} where no build serves this version of Kubernetes. */
export function buildFor(kubernetes: string, specimens: boolean, builds = GENERATIONS): SchedulerBuild {
  const usable = builds.filter((build) => build.specimens || !specimens);
  const minor = semver.minor(kubernetes);
  const older = ({ version }: (typeof usable)[number]) => minor - semver.minor(version);
  const [best] = usable.filter((build) => older(build) >= 0).sort((a, b) => older(a) - older(b));
  if (best && older(best) <= 1) return { version: best.version };
  if (best && older(best) <= OLDER_MAX) {
    const note = `kube-scheduler ${best.version} on Kubernetes ${kubernetes}: ${older(best)} minors older, Kubernetes supports one`;
    return { version: best.version, note };
  }
  const program = specimens ? 'specimen-scheduler' : 'bandwidth-scheduler';
  const served = usable.map(
    ({ version }) => `${version} for 1.${semver.minor(version)} and 1.${semver.minor(version) + 1}`,
  );
  const why = 'a kube-scheduler must not be newer than its API server';
  throw new Failure(
    ExitCode.infraError,
    `no ${program} serves Kubernetes ${kubernetes}: there are ${served.join(', ')}, and ${why}`,
    'give the cluster one of these versions of Kubernetes',
  );
}

/** Its name as manifests are to have it. Throws a {@link Failure} where the Docker daemon has it not. */
export async function schedulerImage(
  docker: Docker,
  images: Pick<Images, 'scheduler'>,
  { version }: SchedulerBuild,
  specimens: boolean,
  signal?: AbortSignal,
): Promise<string> {
  const image = images.scheduler(specimens ? 'specimens' : 'scheduler', version);
  if ((await idInDaemon(docker, image, signal)) !== undefined) return image;
  const minor = `${semver.major(version)}.${semver.minor(version)}`;
  throw new Failure(
    ExitCode.infraError,
    `the image ${image} is not in the Docker daemon`,
    `npm run scheduler:build -- --generation ${minor} makes it, with Go and Docker`,
  );
}
