/** Real clusters as a backend: a thin adapter over harness/kind. The arms of a case share a cluster. */
import { Docker } from '../kind/docker.js';
import { loadImages } from '../kind/images.js';
import { aboutMachine } from '../kind/preflight.js';
import { KindSession } from '../kind/session.js';
import { DEFAULT_KIND_SETTINGS } from '../settings/settings.js';
import type { About, BackendSettings, CaseSession, SessionStart } from './backend.js';

export function openSession({ settings, ...start }: SessionStart): CaseSession {
  return new KindSession({ ...start, settings: settings.kind ?? DEFAULT_KIND_SETTINGS });
}

/** The daemon, kind, and the kernel that runs the containers, looked at by whatever node image is there. */
export async function aboutKind({ kind = DEFAULT_KIND_SETTINGS }: BackendSettings): Promise<About> {
  const { nodes, doubts } = loadImages(kind.imageMap);
  const { lines, missing } = await aboutMachine(new Docker(process.env.DOCKER_HOST ?? ''), nodes);
  return { lines: [...lines, ...doubts], missing };
}
