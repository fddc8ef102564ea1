/** Real clusters as a backend: a thin adapter over harness/kind. The arms of a case share a cluster. */
import { KindSession } from '../kind/session.js';
import { DEFAULT_KIND_SETTINGS } from '../settings/settings.js';
import type { CaseSession, SessionStart } from './backend.js';

export function openSession({ settings, seed, say, breathe }: SessionStart): CaseSession {
  return new KindSession({ settings: settings.kind ?? DEFAULT_KIND_SETTINGS, seed, say, breathe });
}
