/** Real clusters as a backend: a thin adapter over harness/kind. The arms of a case share a cluster. */
import { Docker } from '../kind/docker.js';
import { loadImages } from '../kind/images.js';
import { aboutMachine } from '../kind/preflight.js';
import { KindSession } from '../kind/session.js';
import { DEFAULT_KIND_SETTINGS } from '../settings/settings.js';
import type { BackendSettings, CaseSession, SessionStart } from './backend.js';

/** One of these node images serves to look at the kernel; none is pulled for it. */
const DOCTOR_VERSIONS = ['1.34.2', '1.36.1', '1.31.12', '1.28.15'];

export function openSession({ settings, ...start }: SessionStart): CaseSession {
  return new KindSession({ ...start, settings: settings.kind ?? DEFAULT_KIND_SETTINGS });
}

/** The daemon, kind, and the kernel that runs the containers. */
export function aboutKind({ kind = DEFAULT_KIND_SETTINGS }: BackendSettings): Promise<readonly string[]> {
  const images = loadImages(kind.imageMap);
  return aboutMachine(
    new Docker(process.env.DOCKER_HOST ?? ''),
    DOCTOR_VERSIONS.map((version) => images.node(version)),
  );
}
